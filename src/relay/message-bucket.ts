/** A token bucket of messages from a browser: `rate` a second, twice that at once. */
export class MessageBucket {
  readonly #rate: number
  readonly #now: () => number
  #tokens: number
  #at: number

  constructor(rate: number, now: () => number) {
    this.#rate = rate
    this.#now = now
    this.#tokens = 2 * rate
    this.#at = now()
  }

  /** Counts one message; false when it is one too many. */
  take(): boolean {
    const now = this.#now()
    this.#tokens = Math.min(2 * this.#rate, this.#tokens + ((now - this.#at) * this.#rate) / 1000)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
