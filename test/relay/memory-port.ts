/** A port without a network: the test is its other end, and decides when it takes what was sent. */
import type { BrowserPort, PortEnd, PortEvents, RawPort } from '../../src/relay/port.ts'
import { Inbox } from '../../src/runtime/inbox.ts'
import { join } from './chance.ts'

export interface MemoryPortOptions {
  /** `send` answers false once so many bytes are queued. */
  readonly highWater?: number
  /** `drain` is told once no more than so many are left. */
  readonly lowWater?: number
  /** What is sent is gone at once. */
  readonly takesAll?: boolean
}

export class MemoryPort implements BrowserPort, RawPort {
  readonly #inbox = new Inbox(() => {
    this.hadThrow = true
    this.destroy()
  })
  readonly #highWater: number
  readonly #lowWater: number
  readonly #takesAll: boolean
  #isFull = false
  #hasEnded = false
  buffered = 0
  /** The most that was ever queued. */
  peak = 0
  /** All that was sent, taken or not, in pieces as they were sent. */
  readonly sent: Uint8Array[] = []
  /** Text messages, in order. */
  readonly texts: string[] = []
  /** Bytes and texts as they were sent. */
  readonly messages: (Uint8Array | string)[] = []
  roundTripMs: number | null = null
  pings = 0
  hadThrow = false
  isDestroyed = false
  closed: { readonly code: number | undefined; readonly reason: string | undefined } | null = null

  constructor(options: MemoryPortOptions = {}) {
    this.#highWater = options.highWater ?? 64
    this.#lowWater = options.lowWater ?? 16
    this.#takesAll = options.takesAll ?? false
  }

  get isPaused(): boolean {
    return this.#inbox.paused
  }

  /** Bytes that arrived while it was paused. */
  get held(): number {
    return this.#inbox.heldBytes
  }

  get allSent(): Uint8Array {
    return join(this.sent)
  }

  // --- the holder's side ---

  receive(events: PortEvents): void {
    this.#inbox.receive(events)
    this.resume()
  }

  send(bytes: Uint8Array): boolean {
    if (this.#hasEnded) return true
    this.sent.push(bytes.slice())
    this.messages.push(bytes.slice())
    return this.#queue(bytes.length)
  }

  sendText(message: string): boolean {
    if (this.#hasEnded) return true
    this.texts.push(message)
    this.messages.push(message)
    return this.#queue(message.length)
  }

  ping(): void {
    this.pings++
  }

  #queue(length: number): boolean {
    if (this.#takesAll) return true
    this.buffered += length
    this.peak = Math.max(this.peak, this.buffered)
    if (this.buffered < this.#highWater) return true
    this.#isFull = true
    return false
  }

  sendFramed(head: Uint8Array, body: Uint8Array): boolean {
    return this.send(join([head, body]))
  }

  pause(): void {
    this.#inbox.pause()
  }

  resume(): void {
    this.#inbox.resume()
  }

  close(code?: number, reason?: string): void {
    this.closed ??= { code, reason }
  }

  destroy(): void {
    if (this.#hasEnded) return
    this.isDestroyed = true
    this.buffered = 0
    this.end({ code: 1006, reason: '' })
  }

  // --- the other end ---

  /** Something arrives. The holder may change the bytes, so it gets a copy. */
  arrive(message: Uint8Array | string): void {
    this.#inbox.message(typeof message === 'string' ? message : message.slice())
  }

  /** Takes what is queued, as far as `most`. */
  take(most = Number.POSITIVE_INFINITY): void {
    this.buffered -= Math.min(most, this.buffered)
    if (!this.#isFull || this.buffered > this.#lowWater) return
    this.#isFull = false
    this.#inbox.drain()
  }

  end(end: PortEnd = { code: 1006, reason: '' }): void {
    this.#hasEnded = true
    this.#inbox.end(end)
  }
}
