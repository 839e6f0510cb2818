import type { OutputRing } from './output-ring.ts'

/** Bytes of one message to a browser. */
const PIECE = 64 * 1024
/** Bytes under way to a browser that says what it has got: a key is then answered within about a second. */
const WINDOW = 256 * 1024
/** Bytes of the newest output that a browser which fell behind goes on with. */
const TAIL = 64 * 1024
/** Bytes in which a line's end is looked for, so that it goes on with a whole line. */
const LONGEST_LINE = 4096

const NEWLINE = 10

/** What a feed needs of a browser. */
export interface FedBrowser {
  send(bytes: Uint8Array): boolean
  readonly buffered: number
  /** Output was left out: the next byte has this position. */
  skipped(bytes: number, position: number): void
}

/**
 * Gives one browser the output of a ring, as fast as that browser takes it.
 *
 * It never makes the terminal wait. A browser that falls behind what the ring has is told how much it missed,
 * and goes on with the newest output.
 */
export class TerminalFeed {
  readonly #ring: OutputRing
  readonly #browser: FedBrowser
  /** Position of the next byte to send. */
  #cursor: number
  /** The socket is full. */
  #full = false
  /** Up to where the browser has said that it has everything; null: it does not say. */
  #received: number | null = null
  /** What was left out behind that. */
  #skips: { readonly bytes: number; readonly position: number }[] = []
  bytes = 0

  /** `position`: where the browser goes on; it must be in the ring. */
  constructor(ring: OutputRing, browser: FedBrowser, position: number) {
    this.#ring = ring
    this.#browser = browser
    this.#cursor = position
  }

  /** There is output that the browser has not taken. */
  get waits(): boolean {
    return this.#cursor < this.#ring.end || this.#browser.buffered > 0
  }

  /** A figure that grows whenever the browser takes something. */
  get taken(): number {
    return this.bytes - this.#browser.buffered + (this.#received ?? 0)
  }

  /** Output that is in the ring already and may be sent as it came. */
  pushed(bytes: Uint8Array): void {
    const isNext = this.#cursor + bytes.length === this.#ring.end
    if (isNext && !this.#full && bytes.length <= this.#room()) this.#send(bytes)
    else this.pump()
  }

  /** Sends what waits, as far as the browser takes it. */
  pump(): void {
    if (this.#cursor < this.#ring.start) {
      if (this.#full || this.#room() <= 0) return
      this.#skip()
    }
    while (this.#cursor < this.#ring.end && !this.#full) {
      const most = Math.min(PIECE, this.#room())
      if (most <= 0) return
      this.#send(this.#ring.read(this.#cursor, most))
    }
  }

  /** The socket takes more. */
  drained(): void {
    this.#full = false
    this.pump()
  }

  /** The browser says up to where it has everything. */
  acknowledge(position: number): void {
    if (position > this.#cursor || position < (this.#received ?? 0)) return
    this.#received = position
    this.#skips = this.#skips.filter((skip) => skip.position > position)
    this.pump()
  }

  #send(bytes: Uint8Array): void {
    this.#cursor += bytes.length
    this.bytes += bytes.length
    this.#full = !this.#browser.send(bytes)
  }

  /** Bytes that may be under way beside those that are. */
  #room(): number {
    if (this.#received === null) return Number.POSITIVE_INFINITY
    const skipped = this.#skips.reduce((sum, { bytes }) => sum + bytes, 0)
    return WINDOW - (this.#cursor - this.#received - skipped)
  }

  #skip(): void {
    const from = Math.max(this.#ring.start, this.#ring.end - TAIL)
    const line = this.#ring.read(from, LONGEST_LINE).indexOf(NEWLINE)
    const position = from + line + 1
    const bytes = position - this.#cursor
    this.#cursor = position
    this.#skips.push({ bytes, position })
    this.#browser.skipped(bytes, position)
  }
}
