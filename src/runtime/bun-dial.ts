/**
 * Connections to PVE for consoles, on Bun's own sockets: there a gigabyte costs a third less than on node's
 * (1.4). As with connectTls, the certificate is judged before the first byte of ours.
 */
import { isIP } from 'node:net'
import type { Socket, SocketHandler } from 'bun'
import type { PortEvents, RawPort } from '../relay/port.ts'
import { Inbox } from './inbox.ts'
import { Outbox, type TurnEnd } from './outbox.ts'
import { describeCertificate } from './presented-certificate.ts'
import type { DialTarget, Runtime } from './runtime.ts'
import { asFailure, timedOut } from './tls-connect.ts'

/**
 * Bytes queued toward PVE before the sender is asked to wait: more than one full frame, so that a large
 * paste is not cut into round trips, and little enough to be dropped without regret.
 */
const HIGH_WATER = 256 * 1024
/** What is queued when a port is closed gets this long to go out, in milliseconds. */
const LINGER = 2000
/** Milliseconds of silence after which the kernel asks whether the other end is there. */
const KEEP_ALIVE = 15_000
/** As the wire has it. */
const TLS_1_2 = 0x0303
/** A list of protocols as the wire has it: each behind its length (RFC 7301 section 3.1). */
const HTTP_1_1 = new TextEncoder().encode('\x08http/1.1')
const NOTHING = new Uint8Array()

type PveSocket = Socket<Attempt>
type Dialled = Awaited<ReturnType<Runtime['dial']>>

/**
 * What dials: connects and judges. It throws Failure: host_unreachable, host_timeout, or what `verify` threw;
 * nothing has been sent then.
 */
export function createDial(turnEnd: TurnEnd): Runtime['dial'] {
  return async (target) => {
    const attempt = new Attempt(target, turnEnd)
    const timer = setTimeout(() => attempt.fail(timedOut()), target.timeoutMs)
    connect(target, attempt)
    try {
      return await attempt.judged
    } catch (error) {
      throw asFailure(error)
    } finally {
      clearTimeout(timer)
    }
  }
}

function connect(target: DialTarget, attempt: Attempt): void {
  const name = target.servername ?? target.hostname
  const tls = {
    // An IP address is no server name (RFC 6066 section 3); with none, the address dialled is checked.
    serverName: isIP(name) ? '' : name,
    ca: [...target.authorities],
    minVersion: TLS_1_2,
    ALPNProtocols: HTTP_1_1.buffer,
    // Judged in `onHandshake`, before the first byte.
    rejectUnauthorized: false,
  }
  const where = { hostname: isIP(name) ? name : target.hostname, port: target.port }
  // What it throws is told to `connectError` as well.
  Bun.connect({ ...where, tls, data: attempt, socket: HANDLERS }).catch(() => {})
}

/** A connection from its dial on. */
class Attempt {
  readonly #target: DialTarget
  readonly #turnEnd: TurnEnd
  readonly #outcome = Promise.withResolvers<Dialled>()
  #socket: PveSocket | null = null
  #failed = false
  /** There is one once the certificate was accepted. */
  port: BunSocketPort | null = null

  constructor(target: DialTarget, turnEnd: TurnEnd) {
    this.#target = target
    this.#turnEnd = turnEnd
  }

  get judged(): Promise<Dialled> {
    return this.#outcome.promise
  }

  /** Nobody waits any more: whatever there is of it is ended, and whatever comes of it. */
  fail(error: unknown): void {
    this.#failed = true
    this.#outcome.reject(error)
    this.#socket?.terminate()
  }

  onOpen(socket: PveSocket): void {
    this.#socket = socket
    if (this.#failed) {
      socket.terminate()
      return
    }
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE)
  }

  onHandshake(socket: PveSocket, success: boolean, error: Error | null): void {
    try {
      const peer = socket.getPeerCertificate()
      // Without success there may be a certificate all the same: the name is not in it.
      if (!success && !peer?.raw) throw error ?? new Error('no TLS')
      const unauthorized = socket.authorized ? null : socket.getAuthorizationError()
      this.#target.verify(describeCertificate(peer, unauthorized))
      // Right now: the other end may speak first.
      this.port = new BunSocketPort(socket, this.#turnEnd)
      this.#outcome.resolve({ port: this.port, address: socket.remoteAddress })
    } catch (refusal) {
      this.fail(refusal)
    }
  }
}

const HANDLERS: SocketHandler<Attempt> = {
  open: (socket) => socket.data.onOpen(socket),
  handshake: (socket, success, error) => socket.data.onHandshake(socket, success, error),
  data: (socket, bytes) => socket.data.port?.onData(bytes),
  drain: (socket) => socket.data.port?.onDrain(),
  error: (socket, error) => socket.data.port?.onError(error),
  connectError: (socket, error) => socket.data.fail(error),
  close(socket, error) {
    socket.data.fail(error ?? new Error('the connection was closed'))
    socket.data.port?.onClose(error)
  },
}

class BunSocketPort implements RawPort {
  readonly #socket: PveSocket
  readonly #inbox: Inbox
  readonly #outbox: Outbox
  /** Somebody was asked to wait for `drain`. */
  #full = false
  #closing = false
  #ended = false
  #error: unknown
  #onClosed: () => void = () => {}

  constructor(socket: PveSocket, turnEnd: TurnEnd) {
    this.#socket = socket
    this.#inbox = new Inbox(() => socket.terminate())
    // Less than nothing says that the socket is gone, and then it takes everything.
    const write = (bytes: Uint8Array, from: number, length: number): number => {
      const taken = socket.write(bytes, from, length)
      return taken < 0 ? length : taken
    }
    this.#outbox = new Outbox(write, turnEnd)
    socket.pause()
  }

  onData(bytes: Uint8Array): void {
    this.#inbox.message(bytes)
  }

  onDrain(): void {
    if (!this.#outbox.drain()) return
    if (this.#closing) this.#socket.end()
    if (!this.#full) return
    this.#full = false
    this.#inbox.drain()
  }

  onError(error: unknown): void {
    this.#error ??= error
  }

  onClose(error: unknown): void {
    this.#ended = true
    this.#outbox.clear()
    this.#onClosed()
    const cause = this.#error ?? error
    this.#inbox.end({ code: 1006, reason: '', ...(cause === undefined ? {} : { error: cause }) })
  }

  receive(events: PortEvents): void {
    this.#inbox.receive(events)
    this.resume()
  }

  send(bytes: Uint8Array): boolean {
    return this.sendFramed(NOTHING, bytes)
  }

  sendFramed(head: Uint8Array, body: Uint8Array): boolean {
    if (this.#ended || this.#closing) return true
    this.#outbox.add(head, body)
    if (this.#outbox.buffered < HIGH_WATER) return true
    this.#full = true
    return false
  }

  get buffered(): number {
    return this.#outbox.buffered
  }

  pause(): void {
    this.#inbox.pause()
    this.#socket.pause()
  }

  resume(): void {
    this.#inbox.resume()
    if (!this.#inbox.paused) this.#socket.resume()
  }

  close(): void {
    if (this.#ended || this.#closing) return
    this.#closing = true
    this.#outbox.flush()
    if (this.#outbox.buffered === 0) this.#socket.end()
    const timer = setTimeout(() => this.#socket.terminate(), LINGER)
    this.#onClosed = () => clearTimeout(timer)
  }

  destroy(): void {
    this.#socket.terminate()
  }
}
