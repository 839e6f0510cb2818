/**
 * Input in the framing of PVE's terminal proxy (termproxy 1.0 to 2.1): `0:LENGTH:BYTES`, `1:COLS:ROWS:`, and
 * `2` as a sign of life.
 *
 * That proxy reads 4096 bytes at a time, and a header that is cut by the end of a read is lost, with whatever
 * follows it. So each header stands where no read can end.
 */

/** Bytes of one read of the proxy's. */
const READ = 4096
/**
 * Bytes that may go out as they come: they fit into the first read, wherever the proxy's reads end. All
 * headers after them stand at this distance from the border of a read.
 */
const LOOSE = 2048
/** Milliseconds without input after which the proxy has read all there was. */
const QUIET = 1000

/** The proxy skips it: a message of its own that says nothing. */
const FILLER = '2'.charCodeAt(0)

/** Says who sits at the terminal, once, before anything else; PVE answers `OK`. */
export function authLine(user: string, ticket: string): Uint8Array {
  return encode(`${user}:${ticket}\n`)
}

export class InputFramer {
  readonly #now: () => number
  /** Bytes since the proxy had nothing left to read. */
  #offset = 0
  #lastAt = Number.NEGATIVE_INFINITY

  /** `now` gives milliseconds on a clock that only goes forward. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Frames for keyboard bytes; each has to be sent as one WebSocket message. */
  input(bytes: Uint8Array): Uint8Array[] {
    this.#noteQuiet()
    const whole = message(`0:${bytes.length}:`, bytes)
    if (this.#fits(whole)) return [whole]
    const frames = this.#align()
    for (let at = 0; at < bytes.length; ) {
      // Its own four digits, at most, are part of the block.
      const piece = bytes.subarray(at, at + READ - '0:4096:'.length)
      frames.push(block(message(`0:${piece.length}:`, piece)))
      at += piece.length
    }
    return frames
  }

  /** Frames for a change of size. */
  resize(cols: number, rows: number): Uint8Array[] {
    this.#noteQuiet()
    const whole = encode(`1:${cols}:${rows}:`)
    return this.#fits(whole) ? [whole] : [...this.#align(), block(whole)]
  }

  /** A frame that only says that somebody is there; null when other frames said it just now. */
  keepAlive(): Uint8Array | null {
    if (this.#now() - this.#lastAt < QUIET) return null
    return Uint8Array.of(FILLER)
  }

  #noteQuiet(): void {
    const now = this.#now()
    if (now - this.#lastAt >= QUIET) this.#offset = 0
    this.#lastAt = now
  }

  #fits(frame: Uint8Array): boolean {
    if (this.#offset + frame.length > LOOSE) return false
    this.#offset += frame.length
    return true
  }

  /** Brings the stream to the place where blocks begin; they leave it there. */
  #align(): Uint8Array[] {
    const gap = LOOSE - this.#offset
    this.#offset = LOOSE
    return gap > 0 ? [new Uint8Array(gap).fill(FILLER)] : []
  }
}

/** A message as exactly one read's worth of bytes, so that the next one begins where this one did. */
function block(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(READ).fill(FILLER)
  whole.set(bytes)
  return whole
}

function message(header: string, bytes: Uint8Array): Uint8Array {
  const head = encode(header)
  const whole = new Uint8Array(head.length + bytes.length)
  whole.set(head)
  whole.set(bytes, head.length)
  return whole
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
