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

/** Runs `task` at once and then every `every` ms while the page is seen, one at a time. */
export function poll(task: () => Promise<void>, every: number): () => void {
  let stopped = false
  let timer = 0
  let running = false
  const run = async () => {
    window.clearTimeout(timer)
    if (stopped || running || document.visibilityState === 'hidden') return
    running = true
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
