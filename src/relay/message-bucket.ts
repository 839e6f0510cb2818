/** A token bucket of messages from a browser: `rate` a second, twice that at once. */
export class MessageBucket {
  readonly #rate: number
  readonly #now: () => number
  /** Messages that are let through between two looks at the clock, which cost as much as a message. */
  readonly #grant: number
  #granted = 0
  #tokens: number
  #at: number

  constructor(rate: number, now: () => number) {
    this.#rate = rate
    this.#now = now
    this.#grant = Math.max(1, Math.floor(rate / 64))
    this.#tokens = 2 * rate
    this.#at = now()
  }

  /** Counts one message; false when it is one too many. */
  take(): boolean {
    if (this.#granted === 0) this.#refill()
    if (this.#granted === 0) return false
    this.#granted--
    return true
  }

  #refill(): void {
    const now = this.#now()
    const since = ((now - this.#at) * this.#rate) / 1000
    const tokens = Math.min(2 * this.#rate, this.#tokens + since)
    this.#at = now
    this.#granted = Math.min(this.#grant, Math.floor(tokens))
    this.#tokens = tokens - this.#granted
  }
}
