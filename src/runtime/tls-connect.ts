/**
 * How this program opens a connection to PVE: TCP, TLS, the certificate judged, and only then a byte of
 * ours. Bun's and Deno's own clients judge too late or not at all. (Consoles on Bun: see bun-dial.ts.)
 */
import { isIP, createConnection as netConnect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { Failure } from '../errors.ts'
import { describeCertificate } from './presented-certificate.ts'
import type { DialTarget } from './runtime.ts'

/** A TLS socket that was judged, with the way to stop it from reading. */
export interface JudgedSocket {
  readonly socket: TLSSocket
  readonly flow: { pause(): void; resume(): void }
  /** The IP address at the other end. */
  readonly address: string
}

/**
 * Connects and judges. `gated` puts a stream under TLS whose reading can really be stopped; Deno needs
 * that for consoles (its TLS sockets read on while paused, 2.9), and Bun must not have it (no backpressure
 * on writes then, 1.4).
 *
 * Throws Failure: host_unreachable, host_timeout, or what `verify` threw. Nothing has been sent then.
 */
export async function connectTls(target: DialTarget, gated: boolean): Promise<JudgedSocket> {
  const raw = netConnect({ host: target.hostname, port: target.port })
  const gate = gated ? new Gate(raw) : null
  const name = target.servername ?? target.hostname
  let socket: TLSSocket | null = null
  const timer = setTimeout(() => raw.destroy(timedOut()), target.timeoutMs)
  try {
    await settled(raw, 'connect')
    const address = raw.remoteAddress ?? target.hostname
    raw.setNoDelay(true)
    raw.setKeepAlive(true, 15_000)
    socket = tlsConnect({
      socket: gate ?? raw,
      // An IP address is no server name (RFC 6066 section 3), but the name check needs one.
      servername: isIP(name) ? '' : name,
      host: name,
      ca: [...target.authorities],
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      // Judged below, on this socket, before the first byte.
      rejectUnauthorized: false,
    })
    await settled(socket, 'secureConnect')
    const unauthorized = socket.authorized ? null : socket.authorizationError
    target.verify(describeCertificate(socket.getPeerCertificate(false), unauthorized))
    return { socket, flow: gate ? gate.flowOf(socket) : socket, address }
  } catch (error) {
    socket?.destroy()
    raw.destroy()
    throw asFailure(error)
  } finally {
    clearTimeout(timer)
  }
}

/** The failure of a dial that took too long. */
export function timedOut(): Failure {
  return new Failure('host_timeout', { detail: 'The host did not take the connection in time.' })
}

/** The failure of a dial: what a judge threw, or that there is no connection. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  return new Failure('host_unreachable', { cause: error })
}

/** Waits for an event of a socket that may fail or close instead. */
function settled(socket: Duplex, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new Error('the connection was closed'))
    socket.once(event, () => {
      socket.off('close', onClose)
      resolve()
    })
    // Stays attached: an error of an idle socket must never be nobody's.
    socket.on('error', reject)
    socket.once('close', onClose)
  })
}

/** A stream between TCP and TLS whose reading can be held. */
class Gate extends Duplex {
  readonly #raw: Socket
  #held = false

  constructor(raw: Socket) {
    super()
    this.#raw = raw
    raw.on('data', (chunk) => {
      if (!this.push(chunk) || this.#held) raw.pause()
    })
    raw.pause()
    raw.on('end', () => this.push(null))
    raw.on('error', (error) => this.destroy(error))
    // Before TLS listens, whoever waits for the raw socket hears of its error; this one must not be nobody's.
    this.on('error', () => {})
    raw.on('close', () => this.destroy())
  }

  /** Holding alone would let what TLS has already decrypted flow on, so both are stopped. */
  flowOf(socket: TLSSocket): { pause(): void; resume(): void } {
    return {
      pause: () => {
        socket.pause()
        this.#held = true
        this.#raw.pause()
      },
      resume: () => {
        this.#held = false
        this.#raw.resume()
        socket.resume()
      },
    }
  }

  override _read(): void {
    if (!this.#held) this.#raw.resume()
  }

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    if (this.#raw.write(chunk)) done()
    else this.#raw.once('drain', () => done())
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#raw.destroy()
    done(error)
  }
}
