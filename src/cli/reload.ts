/** SIGHUP: the configuration, the confirmed certificates and the key pair are read again. */
import { systemClock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { ConfigError, type LoadedConfig } from '../config/load.ts'
import type { Deps } from '../http/deps.ts'
import { describeError } from '../log.ts'
import type { Host } from '../pve/host.ts'
import type { ConfiguredHost } from '../pve/hosts.ts'
import type { Listener, Runtime, TlsPair } from '../runtime/runtime.ts'
import type { CurrentConfig } from './current-config.ts'
import type { HostMaker } from './host-maker.ts'
import { readKeyPair, speaksTls } from './key-pair.ts'
import type { KnownHostsFile } from './state-dir.ts'

/** The parts of a running server that a new configuration changes. */
export interface Running {
  readonly current: CurrentConfig
  readonly known: KnownHostsFile
  readonly maker: HostMaker
  readonly deps: Deps
  readonly listener: Listener
  /** What the listener shows; null: nothing, it speaks plain HTTP. */
  readonly tls: TlsPair | null
  /** Of the certificate that this server makes itself. */
  readonly stateDirectory: string
  readonly runtime: Runtime
  /** Reads the configuration as at the start. Throws ConfigError. */
  readonly load: () => LoadedConfig
  /** Answers requests with the current configuration from now on. */
  readonly renew: () => void
  /** Says which of these hosts are not trusted. */
  readonly announce: (hosts: readonly Host[]) => void
}

/** All that was read, before any of it counts. */
interface Next {
  readonly config: Config
  readonly notes: readonly string[]
  readonly hosts: readonly ConfiguredHost[]
  readonly tls: TlsPair | null
}

export class Reloader {
  readonly #running: Running
  #tls: TlsPair | null
  #turn: Promise<void> = Promise.resolve()

  constructor(running: Running) {
    this.#running = running
    this.#tls = running.tls
  }

  /** One at a time, in the order they were asked for. Never rejects. */
  reload(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#reload())
    return this.#turn
  }

  async #reload(): Promise<void> {
    const { log, stopping } = this.#running.deps
    if (stopping()) return
    try {
      const next = await this.#read()
      if (stopping()) return
      this.#apply(next)
      await this.#show(next.tls)
    } catch (error) {
      const event = 'the new configuration is refused, and the old one stays'
      const problems = error instanceof ConfigError ? error.problems : [describeError(error)]
      for (const problem of problems) log.error(event, { problem })
    }
  }

  /** Throws ConfigError; nothing has changed then. */
  async #read(): Promise<Next> {
    const { current, known, maker, deps, runtime, stateDirectory, load } = this.#running
    const { config: wished, warnings } = load()
    const { config, fixed } = keepFixed(current.config, wished)
    const tls = await readKeyPair(config, stateDirectory, runtime, systemClock)
    const hosts = maker.make(config, deps.hosts.all())
    known.reread()
    return {
      ...{ config, tls, hosts },
      notes: [...warnings, ...fixed.map((option) => `${option} takes a restart`)],
    }
  }

  #apply({ config, notes, hosts }: Next): void {
    const { current, deps, renew, announce } = this.#running
    const before = new Set(deps.hosts.all())
    current.replace(config)
    const gone = deps.hosts.replace(hosts)
    for (const host of gone) {
      const isThere = config.hosts.has(host.config.key)
      deps.sessions.forgetHost(host, isThere ? 'signed_out' : 'no_such_host')
    }
    renew()
    for (const note of notes) deps.log.warn(note)
    const added = deps.hosts.all().filter((host) => !before.has(host))
    deps.audit.note('config_loaded', { hosts_new: keysOf(added), hosts_gone: keysOf(gone) })
    announce(added)
  }

  /** A key pair that cannot be shown is no reason to go back: the hosts have changed already. */
  async #show(tls: TlsPair | null): Promise<void> {
    if (!tls || (tls.cert === this.#tls?.cert && tls.key === this.#tls.key)) return
    const { listener, deps } = this.#running
    try {
      await listener.rekey(tls)
      this.#tls = tls
      deps.log.info('the new certificate is shown')
    } catch (error) {
      deps.log.error('the new certificate cannot be shown', { error: describeError(error) })
    }
  }
}

function keysOf(hosts: readonly Host[]): string {
  return hosts.map(({ config }) => config.key).join(' ')
}

/** What a running server can take of a configuration, and the options that it cannot. */
function keepFixed(before: Config, wished: Config): { config: Config; fixed: readonly string[] } {
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b)
  const { listen, stateDir } = before
  const keepsTls = speaksTls({ ...wished, listen }) === speaksTls(before)
  const config = {
    ...wished,
    ...{ listen, stateDir },
    tls: keepsTls ? wished.tls : before.tls,
    log: { ...wished.log, audit: before.log.audit },
  }
  const fixed = [
    ...(differs(listen, wished.listen) ? ['listen'] : []),
    ...(differs(stateDir, wished.stateDir) ? ['state_dir'] : []),
    ...(keepsTls ? [] : ['tls.mode']),
    ...(before.log.audit === wished.log.audit ? [] : ['log.audit']),
  ]
  return { config, fixed }
}
