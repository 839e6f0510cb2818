/** Time as this program uses it; injected, so that tests can move it. */
export interface Clock {
  /** Milliseconds that only go forward, whatever happens to the wall clock. */
  monotonic(): number
  /** Milliseconds since 1970, for dates that people and other programs see. */
  wall(): number
  /** Runs once after `ms` milliseconds; the answer cancels it. A waiting timer does not keep the process. */
  schedule(run: () => void, ms: number): () => void
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  schedule(run, ms) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
