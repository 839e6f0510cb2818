/** The configuration as it is now: while the server runs, SIGHUP gives it another. */
import type { Config } from '../config/config.ts'

export class CurrentConfig {
  #config: Config
  /** Has at any time the options of the latest configuration. */
  readonly live: Config
  /** The same for parts of it, for who keeps only those. */
  readonly limits: Config['limits']
  readonly sessionLimits: Config['session'] & { readonly sessions: number }
  readonly log: Config['log']

  constructor(config: Config) {
    this.#config = config
    this.live = following(() => this.#config)
    this.limits = following(() => this.#config.limits)
    this.log = following(() => this.#config.log)
    this.sessionLimits = following(() => {
      const { session, limits } = this.#config
      return { ...session, sessions: limits.sessions }
    })
  }

  get config(): Config {
    return this.#config
  }

  replace(config: Config): void {
    this.#config = config
  }
}

/** An object with the properties that what `read` answers has when they are asked for. */
function following<T extends object>(read: () => T): T {
  return new Proxy({} as T, { get: (_, name) => Reflect.get(read(), name) })
}
