import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { ConsoleSummary } from '../../src/http/contract.ts'
import { useApp } from '../state.ts'
import { poll } from './clock.ts'

/** How often the list is asked for, in ms: its figures change all the time, so the stream of events has none. */
const askEvery = 5000
/** And while the server says nothing. */
const askSilent = 1000

/**
 * The session's open consoles while the page is seen; undefined before the first answer. A new mood asks at
 * once. `heard` is told after each question whether there was an answer: the server has it in memory.
 */
export function useOpenConsoles(
  mood: 'usual' | 'silent' | 'new',
  heard?: (answered: boolean, askedAt: number) => void,
): { list: readonly ConsoleSummary[] | undefined; ask: () => Promise<void> } {
  const { api } = useApp()
  const [list, setList] = useState<readonly ConsoleSummary[] | undefined>(undefined)
  const now = useRef<() => Promise<void>>(async () => {})
  const told = useRef(heard)
  told.current = heard
  useLayoutEffect(() => {
    let over = false
    const ask = async () => {
      const askedAt = performance.now()
      const answer = await api.consoles()
      if (over) return
      if (answer.ok) setList(answer.value)
      told.current?.(answer.ok || answer.error.status !== 0, askedAt)
    }
    now.current = ask
    const stop = poll(ask, mood === 'silent' ? askSilent : askEvery)
    return () => {
      over = true
      stop()
    }
  }, [mood])
  return { list, ask: () => now.current() }
}
