/**
 * What the far end does with the bytes of one console: RFB client messages in, whatever they ask for out.
 *
 * A measurement speaks RFB, so that it is the same through our server and through a plain proxy. Its orders
 * are clipboard texts, which RFB servers take from anybody.
 */
import { frame } from './frame-walk.ts'

/** An order, as JSON in a clipboard text. */
export type Order =
  /** Sends so many bytes, in frames of that payload. */
  | { readonly do: 'blast'; readonly frame: number; readonly bytes: number }
  /** Takes a clipboard text of so many bytes, which comes next, and answers with eight bytes. */
  | { readonly do: 'sink' }
  /** From now on answers each key with so many frames of that payload. */
  | { readonly do: 'echo'; readonly frame: number; readonly frames: number }

export const KEY_LENGTH = 8
export const CUT_TEXT_HEADER = 8

/** Bytes that are written at once. */
const BLOCK = 256 * 1024
/** Lengths of client messages by type (RFC 6143 section 7.5); two more have lengths of their own. */
const LENGTHS: Readonly<Record<number, number>> = { 0: 20, 3: 10, 4: KEY_LENGTH, 5: 6 }
const ENCODINGS = 2
const UPDATE_REQUEST = 3
const KEY = 4
const CUT_TEXT = 6

/** Where the bytes go; `flow` as Link has it. */
export interface Outlet {
  send(bytes: Buffer): void
  flow(block: Buffer, total: number): Promise<void>
}

export class FarStream {
  readonly #out: Outlet
  /** Whether frames are WebSocket frames; websockify wants none. */
  readonly #framed: boolean
  #rest: Buffer = Buffer.alloc(0)
  #sinking = false
  #sinkLeft = 0
  #answer: Buffer | null = null

  constructor(out: Outlet, framed: boolean) {
    this.#out = out
    this.#framed = framed
  }

  /** Bytes of a clipboard text that is only counted are on their way: nobody needs to unmask them. */
  get sinking(): number {
    return this.#sinkLeft
  }

  skip(length: number): void {
    this.#sinkLeft -= length
    if (this.#sinkLeft === 0) this.#send(Buffer.alloc(KEY_LENGTH))
  }

  take(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes])
    for (;;) {
      const length = this.#messageLength()
      if (length === undefined || this.#rest.length < length) return
      const message = this.#rest.subarray(0, length)
      this.#rest = this.#rest.subarray(length)
      this.#obey(message)
      const skipped = Math.min(this.#sinkLeft, this.#rest.length)
      this.#rest = this.#rest.subarray(skipped)
      if (skipped > 0) this.skip(skipped)
    }
  }

  #messageLength(): number | undefined {
    const type = this.#rest[0]
    if (type === undefined) return undefined
    if (type === ENCODINGS) {
      return this.#rest.length < 4 ? undefined : 4 + 4 * this.#rest.readUInt16BE(2)
    }
    if (type !== CUT_TEXT) return LENGTHS[type] ?? 1
    if (this.#rest.length < CUT_TEXT_HEADER) return undefined
    return CUT_TEXT_HEADER + (this.#sinking ? 0 : this.#rest.readUInt32BE(4))
  }

  #obey(message: Buffer): void {
    if (message[0] === KEY && this.#answer) this.#out.send(this.#answer)
    // Nothing changes on this screen, so there is only ever the whole picture to send.
    const isWhole = message[0] === UPDATE_REQUEST && message[1] === 0
    if (isWhole) this.#send(firstUpdate())
    if (message[0] !== CUT_TEXT) return
    if (this.#sinking) {
      this.#sinking = false
      this.#sinkLeft = message.readUInt32BE(4)
      return
    }
    this.#start(JSON.parse(message.toString('latin1', CUT_TEXT_HEADER)) as Order)
  }

  #start(order: Order): void {
    if (order.do === 'sink') this.#sinking = true
    if (order.do === 'echo') this.#answer = this.#block(order.frame, order.frames).bytes
    if (order.do !== 'blast') return
    const count = Math.max(1, Math.floor(BLOCK / order.frame))
    const { bytes, each } = this.#block(order.frame, count)
    void this.#out.flow(bytes, Math.ceil(order.bytes / order.frame) * each)
  }

  /** `count` frames of `size` bytes of payload each. */
  #block(size: number, count: number): { bytes: Buffer; each: number } {
    const payload = Buffer.alloc(size, 'console')
    if (!this.#framed) return { bytes: Buffer.alloc(size * count, payload), each: size }
    const one = frame(payload)
    return { bytes: Buffer.concat(Array.from({ length: count }, () => one)), each: one.length }
  }

  #send(payload: Buffer): void {
    this.#out.send(this.#framed ? frame(payload) : payload)
  }
}

/** A FramebufferUpdate of one raw rectangle of 16 by 16 pixels. */
function firstUpdate(): Buffer {
  const side = 16
  const out = Buffer.alloc(4 + 12 + side * side * 4, 0x80)
  out.fill(0, 0, 16)
  out[3] = 1
  out.writeUInt16BE(side, 8)
  out.writeUInt16BE(side, 10)
  return out
}

/** An order as the client message that carries it. */
export function orderMessage(order: Order): Buffer {
  const text = JSON.stringify(order)
  return Buffer.concat([cutTextHeader(text.length), Buffer.from(text, 'latin1')])
}

export function cutTextHeader(length: number): Buffer {
  const out = Buffer.alloc(CUT_TEXT_HEADER)
  out[0] = CUT_TEXT
  out.writeUInt32BE(length, 4)
  return out
}

export function keyMessage(): Buffer {
  return Buffer.from([KEY, 1, 0, 0, 0, 0, 0, 0x61])
}
