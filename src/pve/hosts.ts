/** The configured hosts, and what a stranger may know of them. */
import { type Clock, within } from '../clock.ts'
import { Failure } from '../errors.ts'
import type { RealmInfo } from './api.ts'
import { readRealms } from './api.ts'
import type { Host, HostState } from './host.ts'
import type { Judgement } from './trust.ts'

/** Milliseconds between probes of one host, however many ask. */
const PROBE_AGE = 5000
/** Milliseconds that an asker waits for a probe; after that the host counts as silent for now. */
const PROBE_PATIENCE = 1500

interface Probe {
  at: number
  realms: readonly RealmInfo[] | null
  failure: Failure | null
  running: Promise<void> | null
  /** The refusal after whose mending was probed out of turn: once is enough. */
  mended: Judgement | null
}

export class Hosts {
  readonly #hosts: ReadonlyMap<string, Host>
  readonly #clock: Clock
  readonly #probes = new Map<string, Probe>()

  constructor(hosts: readonly Host[], clock: Clock) {
    this.#hosts = new Map(hosts.map((host) => [host.config.key, host]))
    this.#clock = clock
  }

  all(): Host[] {
    return [...this.#hosts.values()]
  }

  /** The host of this key. Throws Failure no_such_host. */
  get(key: string): Host {
    const host = this.#hosts.get(key)
    if (!host) throw new Failure('no_such_host')
    return host
  }

  /** How the host is, from memory; asked for at most once in five seconds. */
  async state(host: Host): Promise<HostState> {
    await this.#refresh(host)
    return host.state ?? 'unreachable'
  }

  /**
   * What a host showed last and what was made of it, from memory like its state.
   * Throws Failure host_unreachable when it has shown nothing yet.
   */
  async judgement(host: Host): Promise<Judgement> {
    await this.#refresh(host)
    const { latest } = host.trust
    if (!latest) throw new Failure('host_unreachable')
    return latest
  }

  /** The host's realms, from memory like its state. Throws Failure while there are none known. */
  async realms(host: Host): Promise<readonly RealmInfo[]> {
    const probe = await this.#refresh(host)
    if (probe.realms) return probe.realms
    throw probe.failure ?? new Failure('host_timeout')
  }

  close(): void {
    for (const host of this.#hosts.values()) host.close()
  }

  async #refresh(host: Host): Promise<Probe> {
    const probe = this.#probes.get(host.config.key) ?? {
      at: Number.NEGATIVE_INFINITY,
      realms: null,
      failure: null,
      running: null,
      mended: null,
    }
    this.#probes.set(host.config.key, probe)
    // An administrator who has just confirmed a certificate need not wait.
    const mended = host.trust.mended && probe.mended !== host.trust.latest
    const due = this.#clock.monotonic() - probe.at >= PROBE_AGE || mended
    if (!probe.running && due) {
      if (mended) probe.mended = host.trust.latest
      probe.at = this.#clock.monotonic()
      probe.running = this.#probe(host, probe)
    }
    // Good news is told from memory; for better news a probe is waited for, but not for long.
    if (probe.running && (host.state !== 'ready' || !probe.realms)) {
      await within(probe.running, PROBE_PATIENCE, this.#clock)
    }
    return probe
  }

  async #probe(host: Host, probe: Probe): Promise<void> {
    try {
      probe.realms = await readRealms(host)
      probe.failure = null
    } catch (error) {
      probe.failure = error instanceof Failure ? error : new Failure('pve_error', { cause: error })
    } finally {
      probe.running = null
    }
  }
}
