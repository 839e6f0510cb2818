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
  /** Consoles of one guest or node that a browser shows, under any name that tells it from others. */
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
   * Counts one console more, with somebody before it.
   * `ofSession` is how many the asker's session has. Throws Failure too_many_consoles.
   */
  take(host: string, place: string, ofSession: number): CountedConsole {
    const ofHost = this.#byHost.get(host) ?? 0
    const { consoles, consolesPerSession, consolesPerHost } = this.#limits
    if (this.#all >= consoles || ofSession >= consolesPerSession || ofHost >= consolesPerHost) {
      throw new Failure('too_many_consoles')
    }
    this.#all++
    add(this.#byHost, host, 1)
    let counted = true
    let watched = false
    const watch = (isWatched: boolean): void => {
      if (!counted || isWatched === watched) return
      watched = isWatched
      add(this.#byPlace, place, isWatched ? 1 : -1)
    }
    watch(true)
    const countBack = (): void => {
      if (!counted) return
      watch(false)
      counted = false
      this.#all--
      add(this.#byHost, host, -1)
    }
    return { watch, countBack }
  }
}

/** One console in the counts. */
export interface CountedConsole {
  /** Whether a browser shows it: a terminal that waits for its own is no viewer. */
  watch(isWatched: boolean): void
  /** Takes it out of all counts; once is enough. */
  countBack(): void
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
