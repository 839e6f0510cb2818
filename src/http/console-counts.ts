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
  /** Consoles of one guest or node, under any name that tells it from others. */
  readonly #byPlace = new Map<string, number>()

  constructor(limits: ConsoleLimits) {
    this.#limits = limits
  }

  get open(): number {
    return this.#all
  }

  /** How many look at the same guest or node, whoever they are. */
  viewers(place: string): number {
    return this.#byPlace.get(place) ?? 0
  }

  /**
   * Counts one console more and returns what counts it back, once.
   * `ofSession` is how many the asker's session has. Throws Failure too_many_consoles.
   */
  take(host: string, place: string, ofSession: number): () => void {
    const ofHost = this.#byHost.get(host) ?? 0
    const { consoles, consolesPerSession, consolesPerHost } = this.#limits
    if (this.#all >= consoles || ofSession >= consolesPerSession || ofHost >= consolesPerHost) {
      throw new Failure('too_many_consoles')
    }
    this.#all++
    add(this.#byHost, host, 1)
    add(this.#byPlace, place, 1)
    let counted = true
    return () => {
      if (!counted) return
      counted = false
      this.#all--
      add(this.#byHost, host, -1)
      add(this.#byPlace, place, -1)
    }
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
