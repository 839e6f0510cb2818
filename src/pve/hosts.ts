/** The configured hosts, and what a stranger may know of them. */
import { type Clock, within } from '../clock.ts'
import type { HostConfig } from '../config/config.ts'
import { Failure } from '../errors.ts'
import { type HostState, REJUDGE_AGE } from './address.ts'
import { lookAt, type RealmInfo } from './api.ts'
import type { Host } from './host.ts'
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

/** A host and its latest configuration. */
export interface ConfiguredHost {
  readonly host: Host
  readonly config: HostConfig
}

export class Hosts {
  #hosts: ReadonlyMap<string, Host>
  readonly #clock: Clock
  readonly #probes = new WeakMap<Host, Probe>()

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

  /** Whether this very host is still configured. */
  has(host: Host): boolean {
    return this.#hosts.get(host.config.key) === host
  }

  /** Takes other hosts; those that are not among them any more are closed and returned. */
  replace(configured: readonly ConfiguredHost[]): Host[] {
    const before = this.all()
    for (const { host, config } of configured) host.config = config
    this.#hosts = new Map(configured.map(({ host, config }) => [config.key, host]))
    const gone = before.filter((host) => !this.has(host))
    for (const host of gone) host.close()
    return gone
  }

  /**
   * Whether a host can be used, from memory; asked for at most once in five seconds, and where its
   * certificate is refused, once in thirty.
   */
  async state(host: Host): Promise<HostState> {
    const probe = await this.#refresh(host, ageOf(host))
    // What never spoke as PVE does is not ready, though something answers.
    if (host.state === 'ready' && !probe.realms && probe.failure) return 'unreachable'
    return host.state ?? 'unreachable'
  }

  /**
   * What a host showed last and what was made of it, from memory; looked at again at most once in five
   * seconds, because who asks for it waits for it to change.
   * Throws Failure host_unreachable when it has shown nothing yet.
   */
  async judgement(host: Host): Promise<Judgement> {
    await this.#refresh(host, PROBE_AGE)
    // A node whose certificate is refused is not asked while another one answers.
    if (host.state === 'ready') await within(host.rejudge(PROBE_AGE), PROBE_PATIENCE, this.#clock)
    const { judgement } = host
    if (!judgement) throw new Failure('host_unreachable')
    return judgement
  }

  /** The host's realms, from memory like its state. Throws Failure while there are none known. */
  async realms(host: Host): Promise<readonly RealmInfo[]> {
    const probe = await this.#refresh(host, ageOf(host))
    if (probe.realms) return probe.realms
    throw probe.failure ?? new Failure('host_timeout')
  }

  close(): void {
    for (const host of this.#hosts.values()) host.close()
  }

  /** `age` is how old, in milliseconds, what is known of a host may be. */
  async #refresh(host: Host, age: number): Promise<Probe> {
    const probe = this.#probeOf(host)
    const { mended } = host
    // An administrator who has just confirmed a certificate need not wait.
    const isMended = mended !== null && probe.mended !== mended
    const isDue = this.#clock.monotonic() - probe.at >= age
    if (!probe.running && (isDue || isMended)) {
      if (isMended) probe.mended = mended
      probe.at = this.#clock.monotonic()
      probe.running = this.#probe(host, probe)
    }
    // Good news is told from memory; for better news a probe is waited for, but not for long.
    if (probe.running && (host.state !== 'ready' || !probe.realms)) {
      await within(probe.running, PROBE_PATIENCE, this.#clock)
    }
    return probe
  }

  #probeOf(host: Host): Probe {
    const known = this.#probes.get(host)
    if (known) return known
    const at = Number.NEGATIVE_INFINITY
    const probe = { at, realms: null, failure: null, running: null, mended: null }
    this.#probes.set(host, probe)
    return probe
  }

  async #probe(host: Host, probe: Probe): Promise<void> {
    try {
      probe.realms = (await lookAt(host)).realms
      probe.failure = null
    } catch (error) {
      probe.failure = error instanceof Failure ? error : new Failure('pve_error', { cause: error })
    } finally {
      probe.running = null
    }
  }
}

/** How old, in milliseconds, what is known of a host may be where nobody waits for it to change. */
function ageOf(host: Host): number {
  return host.state === 'untrusted' ? REJUDGE_AGE : PROBE_AGE
}
