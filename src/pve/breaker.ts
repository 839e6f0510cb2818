/** Whether an address is asked at all: one that fails again and again is only probed, now and then. */
import type { Clock } from '../clock.ts'
import type { Failure } from '../errors.ts'

/** Failures in a row after which calls fail at once. */
const FAILURES = 5
/** Milliseconds before each probe of an address that is given up for now; the last one repeats. */
const PAUSES = [5000, 10_000, 20_000, 30_000] as const
/** Milliseconds for which what a probe found is not asked again, however many want to know. */
const FRESH = 1000

export class Breaker {
  readonly #clock: Pick<Clock, 'monotonic' | 'schedule'>
  readonly #ask: () => Promise<Failure | null>
  #failures = 0
  #open: Failure | null = null
  #probes = 0
  #probing: Promise<void> | null = null
  #probedAt = Number.NEGATIVE_INFINITY
  #cancel: () => void = () => {}
  #closed = false

  /** `ask` asks the address something small; it resolves with why it does not answer, or null. */
  constructor(clock: Pick<Clock, 'monotonic' | 'schedule'>, ask: () => Promise<Failure | null>) {
    this.#clock = clock
    this.#ask = ask
  }

  /** Why calls are to fail at once; null while they may go. */
  get open(): Failure | null {
    return this.#open
  }

  /** The address answered, whatever it said. */
  answered(): void {
    this.#failures = 0
    this.#probes = 0
    this.#open = null
    this.#cancel()
  }

  /** There was no way to it. */
  unreachable(failure: Failure): void {
    this.#failures++
    if (!this.#open && this.#failures >= FAILURES) this.#trip(failure)
  }

  /** It took a call and did not answer in time; that may be the call's fault, so a small one decides. */
  slow(): void {
    this.#failures++
    if (!this.#open && this.#failures >= FAILURES) void this.probe()
  }

  /** Asks the address now; those who want it at a time share one question, and its answer for a second. */
  probe(): Promise<void> {
    if (this.#clock.monotonic() - this.#probedAt < FRESH) return Promise.resolve()
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = null
      this.#probedAt = this.#clock.monotonic()
    })
    return this.#probing
  }

  /** No more probes. */
  close(): void {
    this.#closed = true
    this.#cancel()
  }

  async #probe(): Promise<void> {
    const failure = await this.#ask()
    if (failure) this.#trip(failure)
    else this.answered()
  }

  #trip(failure: Failure): void {
    this.#open = failure
    this.#cancel()
    if (this.#closed) return
    const pause = PAUSES[this.#probes] ?? PAUSES[3]
    this.#probes = Math.min(this.#probes + 1, PAUSES.length)
    this.#cancel = this.#clock.schedule(() => void this.probe(), pause)
  }
}
