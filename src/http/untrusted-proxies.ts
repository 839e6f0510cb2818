import type { Log } from '../log.ts'

/** Proxies that are remembered; more than a network has, and few enough for who invents some. */
const MAX_PROXIES = 64

/**
 * Peers that speak for others without being among `trusted_proxies`. They are not believed, which makes all
 * who come through them one address; so it is said, once for each.
 */
export class UntrustedProxies {
  readonly #log: Pick<Log, 'warn'>
  readonly #seen = new Set<string>()

  constructor(log: Pick<Log, 'warn'>) {
    this.#log = log
  }

  /** The addresses, in the order in which they came. */
  get seen(): readonly string[] {
    return [...this.#seen]
  }

  note(address: string): void {
    if (this.#seen.has(address) || this.#seen.size >= MAX_PROXIES) return
    this.#seen.add(address)
    this.#log.warn('a proxy is not believed; if it is yours, add it to trusted_proxies', {
      proxy: address,
    })
  }
}
