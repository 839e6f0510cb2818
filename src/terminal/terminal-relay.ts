/**
 * The relay of one terminal: PVE's side for as long as it lives, and a browser now and then.
 *
 * PVE buffers without limit for whoever does not read (PVE 7 to 9), so its output is always read, into a
 * ring; a browser gets it from there at its own pace.
 */
import { MessageBucket } from '../relay/message-bucket.ts'
import type { BrowserPort, Port, PortEnd } from '../relay/port.ts'
import type { Schedule } from '../relay/relay.ts'
import { InputFramer } from './input-framer.ts'
import { OutputRing } from './output-ring.ts'
import { TerminalFeed } from './terminal-feed.ts'

/** Bytes of output that a browser may lag behind, or find again when it comes back. */
const RING = 512 * 1024
/** Milliseconds between signs of life toward PVE, as its own client sends them. */
const KEEP_ALIVE = 30_000

/** What a browser says beside the keys. */
export type TerminalControl =
  | { readonly type: 'resize'; readonly cols: number; readonly rows: number }
  /** Everything up to this position has been shown. */
  | { readonly type: 'received'; readonly position: number }

/** Why a browser is not served any more; the terminal goes on. */
export type BrowserLoss =
  | { readonly by: 'end'; readonly end: PortEnd }
  /** It took nothing for `stallMs` with output waiting. */
  | { readonly by: 'stall' }
  | { readonly by: 'flood' }
  /** It sent a control message that is none. */
  | { readonly by: 'nonsense' }

/** Why the terminal is over. */
export type TerminalEnd =
  | { readonly by: 'pve'; readonly end: PortEnd }
  /** PVE took no keys for `stallMs`. */
  | { readonly by: 'stall' }

export interface TerminalOptions {
  readonly stallMs: number
  /** Messages a second from a browser; twice as many at once are let through. */
  readonly maxMessages: number
  readonly schedule: Schedule
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number
  /** Reads a text message; null when it is none that a terminal takes. */
  readonly readControl: (text: string) => TerminalControl | null
  readonly onInput: () => void
  /** Called once per browser; its port is still open, unless it was that which ended. */
  readonly onBrowserLost: (loss: BrowserLoss) => void
  /** Called once. */
  readonly onEnd: (end: TerminalEnd) => void
}

export class TerminalRelay {
  readonly #pve: Port
  readonly #options: TerminalOptions
  readonly #ring = new OutputRing(RING)
  readonly #framer: InputFramer
  #browser: AttachedBrowser | null = null
  #cancelKeepAlive: () => void = () => {}
  #cancelPveWatch: (() => void) | null = null
  #over = false
  #sentBefore = 0
  bytesIn = 0

  /** `early` is what PVE had sent before. */
  constructor(pve: Port, early: Uint8Array, options: TerminalOptions) {
    this.#pve = pve
    this.#options = options
    this.#framer = new InputFramer(options.now)
    this.#ring.push(early)
  }

  /** Bytes sent to browsers. */
  get bytesOut(): number {
    return this.#sentBefore + (this.#browser?.feed.bytes ?? 0)
  }

  /** All that the terminal has ever printed; null once that is more than `most` bytes. */
  allPrinted(most: number): Uint8Array | null {
    return this.#ring.end > most ? null : this.#ring.read(0, most)
  }

  start(): void {
    this.#keepAliveLater()
    this.#pve.receive({
      data: (bytes) => {
        this.#ring.push(bytes)
        this.#browser?.pushed(bytes)
      },
      drain: () => this.#pveDrained(),
      end: (end) => this.#finish({ by: 'pve', end }),
    })
  }

  /**
   * Serves a browser from now on, in place of any other, which is let go without a word.
   *
   * `received` is up to where it has the output; `hello` is sent first, with the position it goes on from.
   */
  attach(browser: BrowserPort, received: number, hello: (position: number) => string): void {
    this.detach()
    const { start, end } = this.#ring
    const position = received < start || received > end ? start : received
    browser.sendText(hello(position))
    if (received < start) browser.sendText(skippedMessage(start - received, start))
    this.#browser = new AttachedBrowser(browser, this.#ring, position, this.#options, {
      input: (bytes) => this.#input(bytes),
      resize: (cols, rows) => this.resize(cols, rows),
      lost: (loss) => {
        this.detach()
        this.#options.onBrowserLost(loss)
      },
    })
    if (this.#cancelPveWatch) browser.pause()
  }

  /** Serves nobody; the port is left as it is. */
  detach(): void {
    this.#sentBefore = this.bytesOut
    this.#browser?.letGo()
    this.#browser = null
  }

  resize(cols: number, rows: number): void {
    this.#send(this.#framer.resize(cols, rows))
  }

  /** Ends PVE's side, at once and silently. */
  stop(): void {
    if (!this.#quit()) return
    this.#pve.destroy()
  }

  #input(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.bytesIn += bytes.length
    this.#options.onInput()
    this.#send(this.#framer.input(bytes))
  }

  #send(frames: readonly Uint8Array[]): void {
    let takesMore = true
    for (const frame of frames) takesMore = this.#pve.send(frame)
    if (takesMore) return
    this.#browser?.port.pause()
    this.#watchPve()
  }

  #pveDrained(): void {
    if (!this.#cancelPveWatch) return
    this.#cancelPveWatch()
    this.#cancelPveWatch = null
    this.#browser?.port.resume()
  }

  #watchPve(): void {
    if (this.#cancelPveWatch) return
    const before = this.#pve.buffered
    this.#cancelPveWatch = this.#options.schedule(() => {
      this.#cancelPveWatch = null
      if (this.#pve.buffered < before) this.#watchPve()
      else this.#finish({ by: 'stall' })
    }, this.#options.stallMs)
  }

  #keepAliveLater(): void {
    this.#cancelKeepAlive = this.#options.schedule(() => {
      const frame = this.#framer.keepAlive()
      if (frame) this.#pve.send(frame)
      this.#keepAliveLater()
    }, KEEP_ALIVE)
  }

  #quit(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#cancelKeepAlive()
    this.#cancelPveWatch?.()
    this.detach()
    return true
  }

  #finish(end: TerminalEnd): void {
    if (!this.#quit()) return
    this.#pve.destroy()
    this.#options.onEnd(end)
  }
}

interface BrowserEvents {
  readonly input: (bytes: Uint8Array) => void
  readonly resize: (cols: number, rows: number) => void
  /** Called once, unless it was let go before. */
  readonly lost: (loss: BrowserLoss) => void
}

/** One browser of a terminal, from its coming to its going. */
class AttachedBrowser {
  readonly port: BrowserPort
  readonly feed: TerminalFeed
  readonly #options: TerminalOptions
  readonly #events: BrowserEvents
  readonly #bucket: MessageBucket
  #cancelWatch: (() => void) | null = null
  #gone = false

  constructor(
    port: BrowserPort,
    ring: OutputRing,
    position: number,
    options: TerminalOptions,
    events: BrowserEvents,
  ) {
    this.port = port
    this.#options = options
    this.#events = events
    this.#bucket = new MessageBucket(options.maxMessages, options.now)
    const browser = {
      send: (bytes: Uint8Array) => port.send(bytes),
      get buffered() {
        return port.buffered
      },
      skipped: (bytes: number, at: number) => void port.sendText(skippedMessage(bytes, at)),
    }
    this.feed = new TerminalFeed(ring, browser, position)
    port.receive({
      data: (bytes) => this.#counted(() => this.#events.input(bytes)),
      text: (text) => this.#counted(() => this.#control(text)),
      drain: () => {
        this.feed.drained()
        this.#watch()
      },
      end: (end) => this.#lose({ by: 'end', end }),
    })
    this.feed.pump()
    this.#watch()
  }

  /** Output has come that is in the ring already. */
  pushed(bytes: Uint8Array): void {
    this.feed.pushed(bytes)
    this.#watch()
  }

  letGo(): void {
    this.#gone = true
    this.#cancelWatch?.()
  }

  #lose(loss: BrowserLoss): void {
    if (this.#gone) return
    this.letGo()
    this.#events.lost(loss)
  }

  #counted(run: () => void): void {
    if (this.#gone) return
    if (this.#bucket.take()) run()
    else this.#lose({ by: 'flood' })
  }

  #control(text: string): void {
    const control = this.#options.readControl(text)
    if (!control) this.#lose({ by: 'nonsense' })
    else if (control.type === 'resize') this.#events.resize(control.cols, control.rows)
    else {
      this.feed.acknowledge(control.position)
      this.#watch()
    }
  }

  /** While output waits, something of it must be taken in each period. */
  #watch(): void {
    if (this.#cancelWatch || this.#gone || !this.feed.waits) return
    const { taken } = this.feed
    this.#cancelWatch = this.#options.schedule(() => {
      this.#cancelWatch = null
      if (this.feed.waits && this.feed.taken <= taken) this.#lose({ by: 'stall' })
      else this.#watch()
    }, this.#options.stallMs)
  }
}

function skippedMessage(bytes: number, position: number): string {
  return JSON.stringify({ type: 'skipped', bytes, position })
}
