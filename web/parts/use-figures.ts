import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { ConsoleElement } from '../elements/console-element.ts'
import { historySeconds, type Rates, ratesBetween, type Sample } from '../model/rates.ts'

export interface Figures {
  readonly rates: Rates
  /** Bytes received a second, oldest first. */
  readonly history: readonly number[]
}

const none: Figures = { rates: { received: 0, sent: 0, updates: 0 }, history: [] }

/** What passes a console, second by second. */
export function useFigures(element: { current: ConsoleElement | null }): Figures {
  const [figures, setFigures] = useState(none)
  useLayoutEffect(() => {
    const read = (): Sample => ({
      at: performance.now(),
      ...(element.current?.figures ?? none.rates),
    })
    let before = read()
    let history: readonly number[] = []
    const timer = window.setInterval(() => {
      const now = read()
      const rates = ratesBetween(before, now)
      before = now
      history = [...history, rates.received].slice(-historySeconds)
      setFigures({ rates, history })
    }, 1000)
    return () => window.clearInterval(timer)
  }, [])
  return figures
}
