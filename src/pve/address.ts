/** One address of a host: its connections, its certificate, and whether it is asked at all. */
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import type { DialTarget, Runtime } from '../runtime/runtime.ts'
import { Breaker } from './breaker.ts'
import { gatewayFailure } from './gateway.ts'
import {
  type Answer,
  type Call,
  CallCut,
  HostBusy,
  HttpClient,
  type Place,
  targetOf,
} from './http-client.ts'
import { refusalOf, type Trust } from './trust.ts'

export type HostState = 'ready' | 'untrusted' | 'unreachable'

/** An answer and where it came from. */
export type HostAnswer = Answer & Place

/** Milliseconds for a whole call; PVE refuses a sign-in after 3 s, on purpose. */
export const CALL_TIMEOUT = 10_000
/** Milliseconds before a refused certificate is looked at again without anybody asking for it. */
export const REJUDGE_AGE = 30_000

/** Small, needs no sign-in, and is answered by PVE's web server alone, however busy the rest is. */
export const PROBE = { path: '/api2/json/access/domains', lane: 'probe' } as const

export class Address {
  readonly url: URL
  readonly trust: Trust
  readonly #clock: Clock
  readonly #client: HttpClient
  readonly #breaker: Breaker
  #state: HostState | null = null

  constructor(url: URL, trust: Trust, runtime: Pick<Runtime, 'connect'>, clock: Clock) {
    this.url = url
    this.trust = trust
    this.#clock = clock
    this.#client = new HttpClient(url, trust, runtime, clock)
    this.#breaker = new Breaker(clock, () => this.#ask())
  }

  /** Whether it can be reached, as connections and probes found it; null before the first. */
  get state(): HostState | null {
    return this.#state
  }

  /** True when what it showed last is refused, and would be now. */
  get refused(): boolean {
    return this.trust.latest?.trusted === false && !this.trust.mended
  }

  /** Why calls fail at once, as the last ones did; null while they may go. */
  get resting(): Failure | null {
    return this.#breaker.open ?? this.#refusal()
  }

  /**
   * One exchange of at most `ms` milliseconds. A GET that met a connection which PVE was just closing is
   * sent once more: PVE drops idle ones without a word.
   *
   * Throws Failure while nothing has been sent, CallCut after.
   */
  async send(call: Call, ms: number): Promise<HostAnswer> {
    const resting = call.lane === 'probe' ? null : this.resting
    if (resting) throw resting
    // Connections that are kept open were judged when they were made.
    if (this.trust.withdrawn) this.#client.close()
    try {
      const answer = await this.#exchange(call, this.#clock.monotonic() + ms)
      this.#state = 'ready'
      this.#breaker.answered()
      return { ...answer, url: this.url }
    } catch (error) {
      // One IP address of several behind the name says nothing of the others.
      if (!call.at) this.#note(error, call)
      throw error
    }
  }

  /** Where calls would fail at once, finds out whether they still would. Never throws. */
  async revive(): Promise<void> {
    if (this.resting) await this.#breaker.probe()
  }

  /** The address as what takes calls. Throws Failure, as a host does. */
  readonly only = {
    send: async (call: Call): Promise<HostAnswer> => {
      try {
        return await this.send(call, CALL_TIMEOUT)
      } catch (error) {
        throw failureOf(error) ?? error
      }
    },
  }

  /** What to dial; `ip` is the IP address that answered before. */
  target(ip: string): DialTarget {
    return targetOf(this.url, this.trust, ip)
  }

  close(): void {
    this.#breaker.close()
    this.#client.close()
  }

  #refusal(): Failure | null {
    const { latest } = this.trust
    if (!latest || !this.refused) return null
    return this.#clock.monotonic() - latest.at < REJUDGE_AGE ? refusalOf(latest) : null
  }

  async #exchange(call: Call, deadline: number): Promise<Answer> {
    const once = () => this.#client.send(call, deadline - this.#clock.monotonic())
    const answer = await once().catch((error: unknown) => {
      const broke = error instanceof CallCut && !(error.cause instanceof Failure)
      if (broke && call.method === 'GET') return once()
      throw error
    })
    const gateway = gatewayFailure(answer)
    if (gateway) throw new CallCut('a proxy answered', { cause: gateway })
    return answer
  }

  /** Tells apart what says something about the way to the host, and what only about this call. */
  #note(error: unknown, { lane }: Call): void {
    const failure = failureOf(error)
    if (!failure || error instanceof HostBusy) return
    const sent = error instanceof CallCut
    if (failure.kind.close === 4495) {
      this.#state = 'untrusted'
      this.#breaker.answered()
    } else if (sent && failure.code === 'pve_error') {
      if (lane === 'probe') this.#state = 'unreachable'
    } else if (sent && failure.kind.close === 4504 && lane !== 'probe') {
      this.#breaker.slow()
    } else {
      this.#state = 'unreachable'
      this.#breaker.unreachable(failure)
    }
  }

  /** Why it does not answer; null where it does, or refuses to be trusted. */
  async #ask(): Promise<Failure | null> {
    try {
      await this.send({ ...PROBE, method: 'GET', headers: {} }, CALL_TIMEOUT)
      return null
    } catch (error) {
      return this.#state === 'unreachable' ? failureOf(error) : null
    }
  }
}

/** The failure to tell; null for an error that is none. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof Failure) return error
  if (!(error instanceof CallCut)) return null
  return error.cause instanceof Failure
    ? error.cause
    : new Failure('host_unreachable', { cause: error.cause })
}
