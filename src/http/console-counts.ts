import { Failure } from '../errors.ts'

export interface ConsoleLimits {
  readonly consoles: number
  readonly consolesPerSession: number
  readonly consolesPerHost: number
}

/** How many consoles there are, against the limits. */
export class ConsoleCounts {
  readonly #limits: ConsoleLimits
  #all = 0
  readonly #byHost = new Map<string, number>()

  constructor(limits: ConsoleLimits) {
    this.#limits = limits
  }

  get open(): number {
    return this.#all
  }

  /**
   * Counts one console more and returns what counts it back, once.
   * `ofSession` is how many the asker's session has. Throws Failure too_many_consoles.
   */
  take(host: string, ofSession: number): () => void {
    const ofHost = this.#byHost.get(host) ?? 0
    const { consoles, consolesPerSession, consolesPerHost } = this.#limits
    if (this.#all >= consoles || ofSession >= consolesPerSession || ofHost >= consolesPerHost) {
      throw new Failure('too_many_consoles')
    }
    this.#all++
    this.#byHost.set(host, ofHost + 1)
    let counted = true
    return () => {
      if (!counted) return
      counted = false
      this.#all--
      const left = (this.#byHost.get(host) ?? 1) - 1
      if (left > 0) this.#byHost.set(host, left)
      else this.#byHost.delete(host)
    }
  }
}
