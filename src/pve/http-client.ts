/** HTTPS toward one address of a host, within the limits that PVE's web server has. */
import { Buffer } from 'node:buffer'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { Failure } from '../errors.ts'
import type { DialTarget, PresentedCertificate, Runtime } from '../runtime/runtime.ts'
import type { Trust } from './trust.ts'

/** Milliseconds for TCP and TLS. */
const CONNECT_TIMEOUT = 5000
/** Milliseconds for a whole call, its wait for a connection included; PVE refuses a sign-in after 3 s, on purpose. */
const CALL_TIMEOUT = 10_000
/** PVE closes an idle connection after 5 s without a hint, so ours goes before (PVE 7 to 9). */
const IDLE_TIMEOUT = 4000
/** Connections at a time to one address; PVE has three workers for everybody. */
const MAX_SOCKETS = 8
/** Sign-ins at a time to one address. */
const MAX_SIGN_INS = 8
/** Bytes of a list of 20,000 guests, and then some. */
const MAX_BODY = 16 * 1024 * 1024

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path and query below the address, encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** PVE takes three seconds to refuse a sign-in: these must not keep the others waiting. */
  readonly lane?: 'sign-in'
  /** A form's text; PVE takes no chunked body, so its length is always sent. */
  readonly body?: string
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
 * host was too slow or said too much, and the socket's error where the connection broke.
 */
export class CallCut extends Error {
  override readonly name = 'CallCut'
}

export class HttpClient {
  readonly url: URL
  readonly #agent: JudgingAgent
  /**
   * For calls that must not be sent twice: Deno sends again by itself what broke over a connection that
   * was kept (2.9), and anywhere PVE may just have closed such a one.
   */
  readonly #freshAgent: JudgingAgent
  readonly #agentAt: (address: string) => JudgingAgent
  readonly #slots = new Slots(MAX_SOCKETS)
  readonly #signInSlots = new Slots(MAX_SIGN_INS)

  constructor(url: URL, trust: Trust, runtime: Pick<Runtime, 'connect'>) {
    this.url = url
    this.#agent = new JudgingAgent(url, trust, runtime, true)
    this.#freshAgent = new JudgingAgent(url, trust, runtime, false)
    this.#agentAt = (address) => new JudgingAgent(url, trust, runtime, false, address)
  }

  /**
   * One exchange.
   *
   * Throws Failure while nothing has been sent (no connection, or none that is trusted), CallCut after.
   */
  async send(call: Call): Promise<Answer> {
    const deadline = performance.now() + CALL_TIMEOUT
    const slots = call.lane === 'sign-in' ? this.#signInSlots : this.#slots
    const release = await slots.take(CALL_TIMEOUT)
    if (!release) throw new Failure('host_timeout')
    try {
      return await this.#exchange(call, deadline - performance.now())
    } finally {
      release()
    }
  }

  close(): void {
    this.#agent.destroy()
    this.#freshAgent.destroy()
  }

  #agentFor(call: Call): JudgingAgent {
    if (call.at) return this.#agentAt(call.at.address)
    return call.method === 'GET' ? this.#agent : this.#freshAgent
  }

  async #exchange(call: Call, timeoutMs: number): Promise<Answer> {
    const request = httpsRequest({
      agent: this.#agentFor(call),
      host: this.url.hostname,
      port: portOf(this.url),
      method: call.method,
      path: call.path,
      headers: {
        Host: this.url.host,
        Accept: 'application/json',
        ...call.headers,
        ...(call.body === undefined ? {} : { 'Content-Length': Buffer.byteLength(call.body) }),
      },
    })
    let address: string | null = null
    request.on('socket', (socket) => {
      address = socket.remoteAddress ?? this.url.hostname
    })
    const timer = setTimeout(() => request.destroy(new Failure('host_timeout')), timeoutMs)
    try {
      const response = await answered(request, call.body)
      const body = await collect(response)
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
      clearTimeout(timer)
    }
  }
}

function answered(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve)
    // Stays attached: an error after the answer is told by the answer's own stream.
    request.on('error', reject)
    request.end(body)
  })
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > MAX_BODY)
      throw new Failure('pve_error', { detail: 'The host’s answer is too long.' })
    chunks.push(chunk)
  }
  if (!response.complete) throw new Error('the answer was cut off')
  return Buffer.concat(chunks).toString('utf8')
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

/** A counting semaphore, first come first served: the agent does not bound connections it has to wait for. */
class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Resolves with what gives the slot back; with null when there was none within `ms`. */
  take(ms: number): Promise<(() => void) | null> {
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve(this.#release)
    }
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer)
        resolve(this.#release)
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        resolve(null)
      }, ms)
      this.#waiting.push(go)
    })
  }

  readonly #release = (): void => {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
