/**
 * One client connection: requests one after another, in PVE's order of checks.
 *
 * Head limits, method, chunked body, identity (by the host, in `open`), then the body's size and type, then the call.
 */
import type { TLSSocket } from 'node:tls'
import { pause } from './clock.ts'
import type { Connection } from './front.ts'
import { type Answer, type RequestHead, readHead, writeAnswer } from './wire.ts'

/** PVE closes a connection on which it waits for a request, or for the rest of one, after that long. */
const idleMs = 5000
const requestsPerConnection = 100
const methods = ['GET', 'POST', 'PUT', 'DELETE']

/** What a call ends with: an answer, silence for ever, a cut, or the socket handed over. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly delayMs?: number }
  | { readonly kind: 'never' }
  | { readonly kind: 'cut' }
  /** 101 is written by `take`, which answers who hears every byte from then on. */
  | { readonly kind: 'upgrade'; readonly take: (socket: TLSSocket) => (bytes: Buffer) => void }

/** One request on its way through the host. */
export interface Exchange {
  /** Bytes that a body may have. */
  readonly bodyLimit: number
  /** Identity and what else is decided before the body is read; an outcome ends it here. */
  open(): Outcome | undefined
  call(body: Buffer): Promise<Outcome>
  answered(status: number): void
}

export type BeginExchange = (head: RequestHead, connection: Connection) => Exchange

export class HttpSession {
  readonly #socket: TLSSocket
  readonly #connection: Connection
  readonly #begin: BeginExchange
  readonly #now: () => number
  #buffer = Buffer.alloc(0)
  #busy = false
  #dead = false
  #taken: ((bytes: Buffer) => void) | undefined
  /** Waits for more of a body; false when there will be none. */
  #wake: ((more: boolean) => void) | undefined
  #served = 0
  #idle: NodeJS.Timeout | undefined

  /** `now` is the host's clock, which its answers tell. */
  constructor(socket: TLSSocket, connection: Connection, begin: BeginExchange, now: () => number) {
    this.#socket = socket
    this.#connection = connection
    this.#begin = begin
    this.#now = now
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.on('error', () => socket.destroy()) // a reset by the client
    socket.once('end', () => {
      this.#wake?.(false)
      if (!this.#taken) socket.end()
    })
    socket.once('close', () => {
      clearTimeout(this.#idle)
      this.#wake?.(false)
    })
    this.#waitForInput()
  }

  #receive(bytes: Buffer): void {
    this.#connection.applicationBytesReceived += bytes.length
    if (this.#taken) this.#taken(bytes)
    if (this.#taken || this.#dead) return
    this.#buffer = Buffer.concat([this.#buffer, bytes])
    this.#wake?.(true)
    if (!this.#busy) void this.#next()
  }

  async #next(): Promise<void> {
    const result = readHead(this.#buffer)
    if (result.kind === 'more') return this.#waitForInput()
    if (result.kind === 'dead') {
      this.#dead = true
      return this.#waitForInput()
    }
    this.#busy = true
    clearTimeout(this.#idle)
    if (result.kind === 'bad')
      return this.#finish({ status: 400, reason: 'bad request' }, undefined)
    this.#buffer = Buffer.from(result.rest)
    await this.#serve(result.head)
  }

  async #serve(head: RequestHead): Promise<void> {
    this.#served += 1
    this.#connection.requests += 1
    const exchange = this.#begin(head, this.#connection)
    const outcome = await this.#judge(head, exchange)
    if (outcome.kind === 'never') return
    if (outcome.kind === 'cut') return void this.#socket.destroy()
    if (outcome.kind === 'upgrade') {
      exchange.answered(101)
      // Who has gone while the call was looked at gets no console.
      return this.#socket.destroyed ? undefined : this.#handOver(outcome.take)
    }
    if (outcome.delayMs) await pause(outcome.delayMs)
    exchange.answered(outcome.answer.status)
    this.#finish(outcome.answer, head)
  }

  async #judge(head: RequestHead, exchange: Exchange): Promise<Outcome> {
    if (!methods.includes(head.method)) {
      return answer({ status: 501, reason: `method '${head.method}' not available` })
    }
    if (head.headers['transfer-encoding'] !== undefined) {
      return textAnswer(501, 'chunked transfer encoding not supported')
    }
    const early = exchange.open()
    if (early) return early
    const length = Number(head.headers['content-length'] ?? 0)
    if (!(length > 0)) return exchange.call(Buffer.alloc(0))
    if (head.method !== 'POST' && head.method !== 'PUT') {
      return textAnswer(501, `Unexpected content for method '${head.method}'`)
    }
    if (length > exchange.bodyLimit) return textAnswer(501, 'for data too large')
    const type = head.headers['content-type']
    const plain = (type ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    if (!['', 'application/x-www-form-urlencoded', 'application/json'].includes(plain)) {
      return textAnswer(506, `upload 'Content-Type '${type}' not implemented`)
    }
    const body = await this.#readBody(length)
    return body ? exchange.call(body) : { kind: 'cut' }
  }

  /** Undefined when the client stops sending for five seconds or goes away. */
  async #readBody(length: number): Promise<Buffer | undefined> {
    while (this.#buffer.length < length) {
      const more = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), idleMs)
        this.#wake = (more) => {
          clearTimeout(timer)
          resolve(more)
        }
      })
      if (!more) return undefined
    }
    const body = this.#buffer.subarray(0, length)
    this.#buffer = Buffer.from(this.#buffer.subarray(length))
    return body
  }

  #finish(answer: Answer, head: RequestHead | undefined): void {
    const keep = head !== undefined && this.#mayKeep(head) && answer.status < 400
    if (this.#socket.destroyed) return
    const date = new Date(this.#now())
    this.#socket.write(writeAnswer(answer, keep, date, head?.headers['accept-encoding']))
    if (!keep) {
      this.#dead = true
      this.#socket.end()
      return
    }
    this.#busy = false
    this.#waitForInput()
    if (this.#buffer.length > 0) void this.#next()
  }

  #mayKeep(head: RequestHead): boolean {
    if (this.#served >= requestsPerConnection) return false
    const wish = (head.headers.connection ?? '').toLowerCase()
    return head.minor === 1 ? !wish.includes('close') : wish.includes('keep-alive')
  }

  #handOver(take: (socket: TLSSocket) => (bytes: Buffer) => void): void {
    const early = this.#buffer
    this.#buffer = Buffer.alloc(0)
    this.#taken = take(this.#socket)
    if (early.length > 0) this.#taken(early)
  }

  #waitForInput(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#socket.destroy(), idleMs)
    this.#idle.unref()
  }
}

export function answer(answer: Answer, delayMs = 0): Outcome {
  return { kind: 'answer', answer, delayMs }
}

/** Errors of the HTTP layer carry their reason as text too, without a content type. */
export function textAnswer(status: number, reason: string): Outcome {
  return answer({ status, reason, body: reason })
}
