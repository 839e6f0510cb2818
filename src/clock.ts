/** Time as this program uses it; injected, so that tests can move it. */
export interface Clock {
  /** Milliseconds that only go forward, whatever happens to the wall clock. */
  monotonic(): number
  /** Milliseconds since 1970, for dates that people and other programs see. */
  wall(): number
  /** Runs once after `ms` milliseconds; the answer cancels it. A waiting timer does not keep the process. */
  schedule(run: () => void, ms: number): () => void
}

/** A signal that aborts with a TimeoutError after `ms`, as AbortSignal.timeout does, by this clock. */
export function timeoutSignal(ms: number, clock: Pick<Clock, 'schedule'>): AbortSignal {
  const controller = new AbortController()
  clock.schedule(() => controller.abort(new DOMException('too late', 'TimeoutError')), ms)
  return controller.signal
}

/** Whether this is what such a signal aborts with. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError'
}

/** Waits for a promise, but no longer than `ms`; undefined when it took longer. Its rejection is passed on. */
export function within<T>(
  promise: Promise<T>,
  ms: number,
  clock: Pick<Clock, 'schedule'>,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(() => resolve(undefined), ms)
    promise.then(resolve, reject).finally(cancel)
  })
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  schedule(run, ms) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
