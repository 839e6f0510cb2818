/**
 * RFC 6455 framing for the client's side of a byte stream: pure, and written for one purpose.
 *
 * PVE cuts its stream into frames wherever its socket reads ended, so a frame means nothing: payload is
 * handed on as it comes, never assembled, and all payload of one read leaves as one piece.
 */

/** PVE freezes on a larger payload (PVE 7 to 9, measured). */
export const MAX_PAYLOAD = 131_072

/** A message in more pieces than this is an attack on our counting, not a message. */
const MAX_FRAGMENTS = 1000

const CONTINUATION = 0x0
const BINARY = 0x2
const CLOSE = 0x8
const PING = 0x9
const PONG = 0xa

/** The peer broke RFC 6455; the connection is of no use any more. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

export interface FrameEvents {
  /** A ping whose payload (125 bytes at most) wants to be answered. */
  ping(payload: Uint8Array): void
  /** A close frame: nothing after it counts. Code 1005 when it carried none. */
  close(code: number, reason: string): void
}

/** Reads the frames of a server from a stream that may be cut anywhere. */
export class FrameReader {
  readonly #events: FrameEvents
  readonly #header = new Uint8Array(10)
  #headerLength = 0
  #headerNeeded = 2
  #opcode = 0
  #payloadLeft = 0
  readonly #control = new Uint8Array(125)
  #controlLength = 0
  /** Frames of the message that has not ended yet; 0 between messages. */
  #fragments = 0
  #closed = false

  constructor(events: FrameEvents) {
    this.#events = events
  }

  /**
   * Takes the bytes of one read and returns the payload in them as one piece, possibly empty.
   * The piece is a view of `chunk`, whose bytes are moved together in place.
   *
   * Throws FrameError on masked, compressed or unknown frames, wrong control frames and endless fragments
   * (RFC 6455 sections 5.1 to 5.5).
   */
  read(chunk: Uint8Array): Uint8Array {
    let start = 0
    let end = 0
    let at = 0
    while (at < chunk.length && !this.#closed) {
      if (this.#headerLength < this.#headerNeeded) {
        at = this.#readHeader(chunk, at)
        continue
      }
      const length = Math.min(this.#payloadLeft, chunk.length - at)
      if (this.#opcode >= CLOSE) {
        this.#control.set(chunk.subarray(at, at + length), this.#controlLength)
        this.#controlLength += length
      } else if (end === 0) {
        start = at
        end = at + length
      } else {
        chunk.copyWithin(end, at, at + length)
        end += length
      }
      at += length
      this.#payloadLeft -= length
      if (this.#payloadLeft === 0) this.#endFrame()
    }
    return chunk.subarray(start, end)
  }

  #readHeader(chunk: Uint8Array, from: number): number {
    let at = from
    while (at < chunk.length && this.#headerLength < this.#headerNeeded) {
      this.#header[this.#headerLength++] = chunk[at++] as number
      if (this.#headerLength === 2) this.#headerNeeded = 2 + this.#checkFirstBytes()
    }
    if (this.#headerLength < this.#headerNeeded) return at
    this.#payloadLeft = this.#payloadLength()
    if (this.#payloadLeft === 0) this.#endFrame()
    return at
  }

  /** Checks opcode, bits and order; returns how many bytes of extended length follow. */
  #checkFirstBytes(): number {
    const first = this.#header[0] as number
    const second = this.#header[1] as number
    const final = (first & 0x80) !== 0
    const length = second & 0x7f
    this.#opcode = first & 0x0f
    if (first & 0x70) throw new FrameError('reserved bits set, but no extension was agreed')
    if (second & 0x80) throw new FrameError('masked frame from a server')
    if (this.#opcode >= CLOSE) {
      if (this.#opcode > PONG) throw new FrameError(`unknown opcode ${this.#opcode}`)
      if (!final || length > 125) throw new FrameError('control frame fragmented or too long')
      return 0
    }
    if (this.#opcode > BINARY) throw new FrameError(`unknown opcode ${this.#opcode}`)
    if ((this.#opcode === CONTINUATION) !== this.#fragments > 0) {
      throw new FrameError('frame out of order in a fragmented message')
    }
    if (++this.#fragments > MAX_FRAGMENTS) throw new FrameError('too many fragments')
    if (final) this.#fragments = 0
    return length === 126 ? 2 : length === 127 ? 8 : 0
  }

  #payloadLength(): number {
    const short = (this.#header[1] as number) & 0x7f
    const view = new DataView(this.#header.buffer)
    if (short === 126) return view.getUint16(2)
    if (short < 126) return short
    const high = view.getUint32(2)
    // Above 2^53 a number loses its units; no sender means such a frame.
    if (high > 0x1f_ffff) throw new FrameError('frame longer than 2^53 bytes')
    return high * 2 ** 32 + view.getUint32(6)
  }

  #endFrame(): void {
    this.#headerLength = 0
    this.#headerNeeded = 2
    if (this.#opcode < CLOSE) return
    const payload = this.#control.slice(0, this.#controlLength)
    this.#controlLength = 0
    if (this.#opcode === PING) this.#events.ping(payload)
    if (this.#opcode === CLOSE) this.#endStream(payload)
  }

  #endStream(payload: Uint8Array): void {
    if (payload.length === 1) throw new FrameError('close frame with half a code')
    this.#closed = true
    const code = payload.length < 2 ? 1005 : ((payload[0] as number) << 8) | (payload[1] as number)
    this.#events.close(code, new TextDecoder().decode(payload.subarray(2)))
  }
}

/**
 * Makes the headers of frames for PVE: binary, final, masked with the zero mask (which RFC 6455 section 5.3
 * allows and PVE skips as a fast path), so that the payload goes out as it is.
 */
export class BinaryHeader {
  readonly #bySize = [6, 8, 14].map((size) => new Uint8Array(size))

  /** For a payload of MAX_PAYLOAD bytes at most; good until the next one is asked for. */
  of(length: number): Uint8Array {
    const out = this.#bySize[length < 126 ? 0 : length < 65_536 ? 1 : 2] as Uint8Array
    writeHeader(out, 0, BINARY, length)
    return out
  }
}

/** The pong that answers a ping. */
export function encodePong(payload: Uint8Array): Uint8Array {
  return encodeControl(PONG, payload)
}

/** A ping without payload. */
export function encodePing(): Uint8Array {
  return encodeControl(PING, new Uint8Array())
}

/** A close frame with a code and no reason. */
export function encodeClose(code: number): Uint8Array {
  return encodeControl(CLOSE, Uint8Array.of(code >> 8, code & 0xff))
}

function encodeControl(opcode: number, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(headerSize(payload.length) + payload.length)
  out.set(payload, writeHeader(out, 0, opcode, payload.length))
  return out
}

/** Two bytes, the extended length, four bytes of mask. */
function headerSize(length: number): number {
  return length < 126 ? 6 : length < 65_536 ? 8 : 14
}

function writeHeader(out: Uint8Array, at: number, opcode: number, length: number): number {
  out[at] = 0x80 | opcode
  if (length < 126) {
    out[at + 1] = 0x80 | length
  } else if (length < 65_536) {
    out[at + 1] = 0x80 | 126
    out[at + 2] = length >> 8
    out[at + 3] = length & 0xff
  } else {
    out[at + 1] = 0x80 | 127
    // Lengths end at MAX_PAYLOAD, so the upper four bytes stay zero.
    new DataView(out.buffer, out.byteOffset).setUint32(at + 6, length)
  }
  return at + headerSize(length)
}
