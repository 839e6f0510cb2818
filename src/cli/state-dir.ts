/** The directory of what this program keeps, and the confirmed certificates in it. */
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/load.ts'
import { describeError, type Log } from '../log.ts'
import { type KnownHosts, parseKnownHosts } from '../pve/known-hosts.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** The configured directory; where it is only the default and not ours to write, the user's own. */
export function stateDirectory(
  config: Config,
  runtime: Pick<Runtime, 'env' | 'canWriteIn'>,
): string {
  const { path, given } = config.stateDir
  if (given || runtime.canWriteIn(path)) return path
  const home = runtime.env('XDG_STATE_HOME') ?? `${runtime.env('HOME') ?? ''}/.local/state`
  return `${home}/pve-console`
}

export function knownHostsPath(directory: string): string {
  return `${directory}/known_hosts`
}

/** The confirmed certificates, read again whenever the file has changed. */
export class KnownHostsFile {
  readonly path: string
  readonly #runtime: Pick<Runtime, 'modifiedAt' | 'readText'>
  readonly #log: Pick<Log, 'error'>
  #modifiedAt: number | null = null
  #known: KnownHosts = new Map()

  /** Throws ConfigError when the file is there and cannot be understood: nothing is trusted by guess. */
  constructor(
    directory: string,
    runtime: Pick<Runtime, 'modifiedAt' | 'readText'>,
    log: Pick<Log, 'error'>,
  ) {
    this.path = knownHostsPath(directory)
    this.#runtime = runtime
    this.#log = log
    this.reread()
  }

  /** Reads it again, changed or not. Throws ConfigError as above; what it said before counts then. */
  reread(): void {
    try {
      this.#read(true)
    } catch (error) {
      throw new ConfigError([`${this.path}: ${(error as Error).message}`])
    }
  }

  /** Fingerprints confirmed for a host. A file that broke meanwhile is logged, and the old one counts. */
  of(key: string): readonly string[] {
    try {
      this.#read(false)
    } catch (error) {
      this.#log.error('known_hosts cannot be read; what it said before counts', {
        path: this.path,
        error: describeError(error),
      })
    }
    return this.#known.get(key) ?? []
  }

  #read(always: boolean): void {
    const modifiedAt = this.#runtime.modifiedAt(this.path)
    if (modifiedAt === this.#modifiedAt && !always) return
    this.#modifiedAt = modifiedAt
    this.#known =
      modifiedAt === null ? new Map() : parseKnownHosts(this.#runtime.readText(this.path))
  }
}
