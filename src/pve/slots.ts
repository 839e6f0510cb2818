import type { Clock } from '../clock.ts'

/** A counting semaphore, first come first served. */
export class Slots {
  readonly #clock: Pick<Clock, 'schedule'>
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number, clock: Pick<Clock, 'schedule'>) {
    this.#free = count
    this.#clock = clock
  }

  /** Resolves with what gives the slot back; with null when there was none within `ms`. */
  take(ms: number): Promise<(() => void) | null> {
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve(this.#release)
    }
    return new Promise((resolve) => {
      const go = (): void => {
        cancel()
        resolve(this.#release)
      }
      const cancel = this.#clock.schedule(() => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        resolve(null)
      }, ms)
      this.#waiting.push(go)
    })
  }

  readonly #release = (): void => {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
