/** One configured host: where its addresses are tried in turn, and what is known of it meanwhile. */
import type { HostConfig } from '../config/config.ts'
import { Failure } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { type Answer, type Call, CallCut, HttpClient } from './http-client.ts'
import type { Trust } from './trust.ts'

export type HostState = 'ready' | 'untrusted' | 'unreachable'

/** An answer and the address of the host it came from. */
export interface HostAnswer extends Answer {
  readonly url: URL
}

export class Host {
  readonly config: HostConfig
  readonly trust: Trust
  readonly #clients: readonly HttpClient[]
  /** Which address worked last; it is tried first. */
  #preferred = 0
  #state: HostState | null = null

  constructor(config: HostConfig, trust: Trust, runtime: Pick<Runtime, 'connect'>) {
    this.config = config
    this.trust = trust
    this.#clients = config.urls.map((url) => new HttpClient(url, trust, runtime))
  }

  /** As the last call found it; null before the first. */
  get state(): HostState | null {
    return this.#state
  }

  /**
   * Sends a call to the first address that takes it; the next is tried only while nothing has been sent.
   * One that is bound to a place goes there or nowhere.
   *
   * Throws Failure: host_unreachable, host_timeout, host_untrusted, certificate_changed, pve_error.
   */
  async send(call: Call): Promise<HostAnswer> {
    if (call.at) return this.#sendAt(call.at.url, call)
    const refusals: Failure[] = []
    for (let turn = 0; turn < this.#clients.length; turn++) {
      const index = (this.#preferred + turn) % this.#clients.length
      const client = this.#clients[index] as HttpClient
      try {
        const answer = await sendSafely(client, call)
        this.#preferred = index
        this.#state = 'ready'
        return { ...answer, url: client.url }
      } catch (error) {
        if (error instanceof CallCut) throw this.#noteRefusal([asFailure(error)])
        if (!(error instanceof Failure)) throw error
        refusals.push(error)
      }
    }
    throw this.#noteRefusal(refusals)
  }

  /** One address that does not answer says nothing of the others: the host's state stays as it is. */
  async #sendAt(url: URL, call: Call): Promise<HostAnswer> {
    const client = this.#clients.find((each) => each.url === url)
    if (!client) throw new TypeError('an address of another host')
    try {
      return { ...(await client.send(call)), url }
    } catch (error) {
      throw error instanceof CallCut ? asFailure(error) : error
    }
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }

  /** A certificate that is not trusted says more than an address that does not answer. */
  #noteRefusal(refusals: readonly Failure[]): Failure {
    const trust = refusals.find((failure) => failure.kind.close === 4495)
    this.#state = trust ? 'untrusted' : 'unreachable'
    return trust ?? refusals.at(-1) ?? new Failure('host_unreachable')
  }
}

/** PVE drops idle connections without a word: a GET that met such a one is sent once more. */
async function sendSafely(client: HttpClient, call: Call): Promise<Answer> {
  try {
    return await client.send(call)
  } catch (error) {
    const broke = error instanceof CallCut && !(error.cause instanceof Failure)
    if (!broke || call.method !== 'GET') throw error
  }
  return client.send(call)
}

function asFailure(cut: CallCut): Failure {
  if (cut.cause instanceof Failure) return cut.cause
  return new Failure('host_unreachable', { cause: cut.cause })
}
