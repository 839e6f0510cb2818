import { useLayoutEffect, useState } from 'hono/jsx/dom'

/** The time in ms on the page's own clock, anew every `every` ms while `running`. */
export function useNow(running: boolean, every: number): number {
  const [now, setNow] = useState(performance.now())
  useLayoutEffect(() => {
    if (!running) return
    setNow(performance.now())
    const timer = window.setInterval(() => setNow(performance.now()), every)
    return () => window.clearInterval(timer)
  }, [running, every])
  return now
}

/** Coming back to the page is a reason to ask at once, but not twice within this, in ms. */
const soonest = 1000

/**
 * Runs `task` after `first` ms and then every `every` ms while the page is seen, one at a time. A page that
 * is seen again or back on the network does not wait for its turn.
 */
export function poll(task: () => Promise<void>, every: number, first = 0): () => void {
  let stopped = false
  let timer = 0
  let running = false
  let earliest = performance.now() + first
  const run = async () => {
    window.clearTimeout(timer)
    if (stopped || running || document.visibilityState === 'hidden') return
    const early = earliest - performance.now()
    if (early > 0) {
      timer = window.setTimeout(run, early)
      return
    }
    running = true
    earliest = performance.now() + Math.min(every, soonest)
    await task()
    running = false
    if (!stopped) timer = window.setTimeout(run, every)
  }
  const onVisible = () => void run()
  document.addEventListener('visibilitychange', onVisible)
  window.addEventListener('online', onVisible)
  void run()
  return () => {
    stopped = true
    window.clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisible)
    window.removeEventListener('online', onVisible)
  }
}
