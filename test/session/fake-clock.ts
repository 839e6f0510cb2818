import type { Clock } from '../../src/clock.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  #now = 0
  #wallOffset = 0
  readonly #timers = new Set<Timer>()

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return Date.UTC(2026, 0, 1) + this.#now + this.#wallOffset
  }

  /** Sets the wall clock anew, forward or back, as an administrator or NTP does; no timer minds. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms
  }

  schedule(run: () => void, ms: number): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size
  }

  /** Milliseconds until the next timer; Infinity where there is none. */
  get untilNext(): number {
    return Math.min(...[...this.#timers].map((timer) => timer.at)) - this.#now
  }

  /** Time passes while nothing runs; what has become due meanwhile runs at the next `advance`. */
  sleep(ms: number): void {
    this.#now += ms
  }

  /** Moves on, running what becomes due, in order. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= until)
      const next = due.sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = until
  }
}

/** Lets everything that waits only for promises come to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}
