/** HTTPS toward one address of a host, within the limits that PVE's web server has. */
import { Buffer } from 'node:buffer'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import type { DialTarget, PresentedCertificate, Runtime } from '../runtime/runtime.ts'
import { readAnswer } from './read-answer.ts'
import { Slots } from './slots.ts'
import type { Trust } from './trust.ts'

/** Milliseconds for TCP and TLS. */
const CONNECT_TIMEOUT = 5000
/** PVE closes an idle connection after 5 s without a hint, so ours goes before (PVE 7 to 9). */
const IDLE_TIMEOUT = 4000
/** Connections at a time to one address; PVE has three workers for everybody. */
const MAX_SOCKETS = 8
/** Sign-ins at a time to one address. */
const MAX_SIGN_INS = 8
/** Answers before the answer (RFC 9110 section 15.2); PVE sends none, and a proxy one or two. */
const MAX_INTERIM = 8

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path and query below the address, encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /**
   * PVE takes three seconds to refuse a sign-in: these must not keep the others waiting. A probe finds out
   * whether the address answers, so it waits for nobody.
   */
  readonly lane?: 'sign-in' | 'probe'
  /** A form's text; PVE takes no chunked body, so its length is always sent. */
  readonly body?: string
  /** Bytes that the answer may have; default: enough for what is no list. */
  readonly maxBody?: number
  /** The only place this call may go to: what it is about exists there alone. */
  readonly at?: Place
}

/** An address of a host, and the IP address behind it that answered. */
export interface Place {
  readonly url: URL
  readonly address: string
}

export interface Answer {
  readonly status: number
  /** The reason phrase; before PVE 8.3 the only place where an error says what it is. */
  readonly reason: string
  readonly contentType: string
  readonly body: string
  /** The host's clock when it answered, as it says. */
  readonly date: string | null
  /** The IP address that answered: what a call opens there exists only there. */
  readonly address: string
}

/**
 * A call that failed after it had been sent: it may have been carried out. The cause is a Failure where the
 * host was too slow or said what is no answer, and the socket's error where the connection broke before one.
 */
export class CallCut extends Error {
  override readonly name = 'CallCut'
}

/** The call found no turn among those under way, which says nothing about the host. */
export class HostBusy extends Failure {
  constructor() {
    super('host_timeout', { detail: 'Too many calls are waiting for this host.' })
  }
}

type ClientClock = Pick<Clock, 'monotonic' | 'schedule'>

export class HttpClient {
  readonly url: URL
  readonly #clock: ClientClock
  readonly #agent: JudgingAgent
  /**
   * For calls that must not be sent twice: Deno sends again by itself what broke over a connection that
   * was kept (2.9), and anywhere PVE may just have closed such a one.
   */
  readonly #freshAgent: JudgingAgent
  readonly #agentAt: (address: string) => JudgingAgent
  readonly #slots: Slots
  readonly #signInSlots: Slots

  constructor(url: URL, trust: Trust, runtime: Pick<Runtime, 'connect'>, clock: ClientClock) {
    this.url = url
    this.#clock = clock
    this.#agent = new JudgingAgent(url, trust, runtime, true)
    this.#freshAgent = new JudgingAgent(url, trust, runtime, false)
    this.#agentAt = (address) => new JudgingAgent(url, trust, runtime, false, address)
    this.#slots = new Slots(MAX_SOCKETS, clock)
    this.#signInSlots = new Slots(MAX_SIGN_INS, clock)
  }

  /**
   * One exchange of at most `ms` milliseconds, the wait for a connection included.
   *
   * Throws Failure while nothing has been sent (no connection, or none that is trusted), CallCut after.
   */
  async send(call: Call, ms: number): Promise<Answer> {
    const deadline = this.#clock.monotonic() + ms
    const release = await this.#takeSlot(call, ms)
    if (!release) throw new HostBusy()
    try {
      return await this.#exchange(call, deadline - this.#clock.monotonic())
    } finally {
      release()
    }
  }

  /** Ends its connections; a later call makes a new one. */
  close(): void {
    this.#agent.destroy()
    this.#freshAgent.destroy()
  }

  #agentFor(call: Call): JudgingAgent {
    if (call.at) return this.#agentAt(call.at.address)
    return call.method === 'GET' ? this.#agent : this.#freshAgent
  }

  #takeSlot({ lane }: Call, ms: number): Promise<(() => void) | null> {
    if (lane === 'probe') return Promise.resolve(() => {})
    return (lane === 'sign-in' ? this.#signInSlots : this.#slots).take(ms)
  }

  async #exchange(call: Call, ms: number): Promise<Answer> {
    const request = this.#request(call)
    let address: string | null = null
    request.on('socket', (socket) => {
      address = socket.remoteAddress ?? this.url.hostname
    })
    const { promise: late, reject } = Promise.withResolvers<never>()
    const cancel = this.#clock.schedule(() => reject(new Failure('host_timeout')), ms)
    try {
      // Raced, because a request that was destroyed need not say so (after a 101, on Bun and Deno).
      const response = await Promise.race([answered(request, call.body), late])
      const body = await Promise.race([readAnswer(response, call.maxBody), late])
      return {
        status: response.statusCode ?? 0,
        reason: response.statusMessage ?? '',
        contentType: response.headers['content-type'] ?? '',
        body,
        date: response.headers.date ?? null,
        address: address ?? this.url.hostname,
      }
    } catch (error) {
      request.destroy()
      if (address === null && error instanceof Failure) throw error
      throw new CallCut('the call broke after it was sent', { cause: error })
    } finally {
      cancel()
    }
  }

  #request(call: Call): ClientRequest {
    return httpsRequest({
      agent: this.#agentFor(call),
      host: this.url.hostname,
      port: portOf(this.url),
      method: call.method,
      path: call.path,
      headers: {
        Host: this.url.host,
        Accept: 'application/json',
        // A packed answer could unpack to anything.
        'Accept-Encoding': 'identity',
        ...call.headers,
        ...(call.body === undefined ? {} : { 'Content-Length': Buffer.byteLength(call.body) }),
      },
    })
  }
}

/** Sends the request and waits for the head of its answer. */
function answered(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let interim = 0
    request.on('response', resolve)
    request.on('information', () => {
      if (++interim > MAX_INTERIM) reject(noAnswer(new Error('too many interim answers')))
    })
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      reject(noAnswer(new Error('an upgrade that nobody asked for')))
    })
    // Stays attached: an error after the answer is told by the answer's own stream.
    request.on('error', (error) => reject(isParserError(error) ? noAnswer(error) : error))
    request.end(body)
  })
}

/** The parser of both runtimes names its errors HPE_…; it refuses heads of more than 16 KiB as well. */
function isParserError(error: Error): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('HPE_')
}

function noAnswer(cause: Error): Failure {
  return new Failure('pve_error', { detail: 'What the host sent is no answer.', cause })
}

/** An agent whose connections were judged before it gets them. */
class JudgingAgent extends Agent {
  readonly #url: URL
  readonly #trust: Trust
  readonly #runtime: Pick<Runtime, 'connect'>
  readonly #address: string | undefined

  constructor(
    url: URL,
    trust: Trust,
    runtime: Pick<Runtime, 'connect'>,
    keepAlive: boolean,
    address?: string,
  ) {
    super({ keepAlive, timeout: IDLE_TIMEOUT, maxFreeSockets: MAX_SOCKETS })
    this.#url = url
    this.#trust = trust
    this.#runtime = runtime
    this.#address = address
  }

  override createConnection(
    _options: unknown,
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    this.#runtime.connect(targetOf(this.#url, this.#trust, this.#address)).then(
      ({ socket }) => done(null, socket),
      (error) => (done as (error: Error) => void)(error),
    )
  }
}

/** What to dial for an address of a host; `address` pins the IP address that answered before. */
export function targetOf(url: URL, trust: Trust, address?: string): DialTarget {
  const name = url.hostname.replace(/^\[|\]$/g, '')
  return {
    hostname: address ?? name,
    servername: name,
    port: portOf(url),
    authorities: trust.authorities,
    verify: (certificate: PresentedCertificate) => trust.verify(certificate),
    timeoutMs: CONNECT_TIMEOUT,
  }
}

function portOf(url: URL): number {
  return url.port === '' ? 443 : Number(url.port)
}
