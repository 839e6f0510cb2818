import { X509Certificate } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { ConfigError } from '../config/load.ts'
import { Host } from '../pve/host.ts'
import type { ConfiguredHost } from '../pve/hosts.ts'
import { createTrust } from '../pve/trust.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { readFile } from './read-file.ts'
import type { KnownHostsFile } from './state-dir.ts'

/** Makes hosts from their configuration, and keeps those that a new configuration leaves as they are. */
export class HostMaker {
  readonly #known: Pick<KnownHostsFile, 'of'>
  readonly #runtime: Runtime
  readonly #clock: Clock
  /** Where each host leads and what it is trusted by. */
  readonly #ways = new WeakMap<Host, string>()

  constructor(known: Pick<KnownHostsFile, 'of'>, runtime: Runtime, clock: Clock) {
    this.#known = known
    this.#runtime = runtime
    this.#clock = clock
  }

  /**
   * The configured hosts; of those `before`, the very same where addresses and trust are the same.
   * Throws ConfigError for a `ca` that cannot be read; nothing has changed then.
   */
  make(config: Config, before: readonly Host[] = []): ConfiguredHost[] {
    return [...config.hosts.values()].map((each) => {
      const authority = each.ca === '' ? null : readAuthority(each, this.#runtime)
      const way = JSON.stringify([each.urls, authority, each.fingerprint])
      const same = before.find((host) => host.config.key === each.key)
      if (same && this.#ways.get(same) === way) return { host: same, config: each }
      const host = this.#create(each, authority)
      this.#ways.set(host, way)
      return { host, config: each }
    })
  }

  #create(config: HostConfig, authority: string | null): Host {
    const newTrust = () =>
      createTrust(config, {
        authority,
        systemAuthorities: this.#runtime.systemAuthorities,
        known: () => this.#known.of(config.key),
        now: () => this.#clock.monotonic(),
      })
    return new Host(config, newTrust, this.#runtime, this.#clock)
  }
}

function readAuthority({ key, ca }: HostConfig, runtime: Runtime): string {
  const option = `hosts.${key}.ca`
  const text = readFile(option, ca, runtime)
  try {
    new X509Certificate(text)
    return text
  } catch (error) {
    throw new ConfigError([
      `${option}: ${ca} is no certificate in PEM: ${(error as Error).message}`,
    ])
  }
}
