/** A byte port over a node socket. */
import { Buffer } from 'node:buffer'
import type { Duplex } from 'node:stream'
import type { PortEvents, RawPort } from '../relay/port.ts'
import { Inbox } from './inbox.ts'

/**
 * Bytes queued toward PVE before the sender is asked to wait: more than one full frame, so that a large
 * paste is not cut into round trips, and little enough to be dropped without regret.
 */
const HIGH_WATER = 256 * 1024

/** What is queued when a port is closed gets this long to go out, in milliseconds. */
const LINGER = 2000

export class SocketPort implements RawPort {
  readonly #socket: Duplex
  /** Stops and starts reading; Deno's TLS sockets need another way than their own. */
  readonly #flow: { pause(): void; resume(): void }
  readonly #inbox: Inbox

  constructor(socket: Duplex, flow: { pause(): void; resume(): void } = socket) {
    this.#socket = socket
    this.#flow = flow
    this.#inbox = new Inbox(() => socket.destroy())
    let error: unknown
    socket.on('data', (chunk) => this.#inbox.message(chunk))
    // Attaching 'data' set the socket flowing.
    flow.pause()
    socket.on('drain', () => this.#inbox.drain())
    socket.on('error', (cause) => {
      error = cause
    })
    // PVE ends without a close frame: the TCP end is all there is, and then nobody reads our half.
    socket.on('end', () => socket.end())
    socket.on('close', () =>
      this.#inbox.end({ code: 1006, reason: '', ...(error === undefined ? {} : { error }) }),
    )
  }

  receive(events: PortEvents): void {
    this.#inbox.receive(events)
    this.resume()
  }

  send(bytes: Uint8Array): boolean {
    if (this.#socket.writableEnded || this.#socket.destroyed) return true
    return this.#socket.write(bytes) || this.#socket.writableLength < HIGH_WATER
  }

  sendFramed(head: Uint8Array, body: Uint8Array): boolean {
    return this.send(Buffer.concat([head, body]))
  }

  get buffered(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#inbox.pause()
    this.#flow.pause()
  }

  resume(): void {
    this.#inbox.resume()
    if (!this.#inbox.paused) this.#flow.resume()
  }

  close(): void {
    this.#socket.end()
    const timer = setTimeout(() => this.#socket.destroy(), LINGER)
    this.#socket.once('close', () => clearTimeout(timer))
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
