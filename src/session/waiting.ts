import type { Clock } from '../clock.ts'

export interface WaitingLimits {
  /** Milliseconds that each is waited for. */
  readonly lifetime: number
  /** How many are waited for at a time, of everybody; the oldest goes first. */
  readonly most: number
}

interface Entry<T> {
  readonly browser: string
  readonly value: T
  readonly expires: number
}

/**
 * Sign-ins that are half done, each waiting for the browser that began it: to any other it is not there.
 * Bounded in time and in number.
 */
export class Waiting<T> {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #limits: WaitingLimits
  readonly #entries = new Map<string, Entry<T>>()

  constructor(clock: Pick<Clock, 'monotonic'>, limits: WaitingLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  add(id: string, browser: string, value: T): void {
    // Made anew, it is the youngest.
    this.#entries.delete(id)
    this.#forgetOld(this.#limits.most - 1)
    const expires = this.#clock.monotonic() + this.#limits.lifetime
    this.#entries.set(id, { browser, value, expires })
  }

  find(id: string, browser: string): T | null {
    this.#forgetOld(this.#limits.most)
    const entry = this.#entries.get(id)
    return entry?.browser === browser ? entry.value : null
  }

  /** Finds it for the last time. */
  take(id: string, browser: string): T | null {
    const value = this.find(id, browser)
    if (value !== null) this.#entries.delete(id)
    return value
  }

  /** Drops what is past its time, and the oldest of what is more than `room`. */
  #forgetOld(room: number): void {
    const now = this.#clock.monotonic()
    for (const [id, { expires }] of this.#entries) {
      if (expires > now && this.#entries.size <= room) break
      this.#entries.delete(id)
    }
  }
}
