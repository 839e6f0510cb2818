/**
 * The relay of one console: two ports, bytes both ways, nothing dropped and nothing hoarded.
 *
 * What one side cannot take stops the other side from being read. A side that takes nothing for too long
 * ends the console, because what waits for it would wait for ever.
 */
import { MessageBucket } from './message-bucket.ts'
import type { Port, PortEnd } from './port.ts'

/** Why a relay is over. */
export type RelayEnd =
  /** A port ended by itself; what it had sent before has been passed on. */
  | { readonly by: 'browser' | 'pve'; readonly end: PortEnd }
  /** A port took nothing for `stallMs` with data waiting for it. */
  | { readonly by: 'stall'; readonly side: 'browser' | 'pve' }
  /** The browser sent text on a stream of bytes. */
  | { readonly by: 'text' }
  /** The browser sent more messages than `maxMessages`. */
  | { readonly by: 'flood' }

/** Starts a timer and returns how to cancel it. */
export type Schedule = (run: () => void, ms: number) => () => void

export interface RelayOptions {
  /** Milliseconds that a side may take nothing while data waits for it. */
  readonly stallMs: number
  /** Messages a second from the browser; twice as many at once are let through. */
  readonly maxMessages: number
  readonly schedule: Schedule
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number
  /** Called for each piece from the browser, before it is passed on. */
  readonly onBrowserData?: (bytes: Uint8Array) => void
  /** Called for each piece from PVE. */
  readonly onPveData?: () => void
  /** Called once. The browser's port is still open, unless it was the one that ended. */
  readonly onEnd: (end: RelayEnd) => void
}

export class Relay {
  readonly #browser: Port
  readonly #pve: Port
  readonly #options: RelayOptions
  readonly #down: Direction
  readonly #up: Direction
  readonly #tokens: MessageBucket
  #over = false
  /** PVE has ended, and the browser has not taken all of it yet. */
  #pveEnd: PortEnd | null = null
  #cancelCheck: (() => void) | null = null

  constructor(browser: Port, pve: Port, options: RelayOptions) {
    this.#browser = browser
    this.#pve = pve
    this.#options = options
    this.#tokens = new MessageBucket(options.maxMessages, options.now)
    const stalled = (side: 'browser' | 'pve') => () => this.#finish({ by: 'stall', side })
    this.#down = new Direction(pve, browser, options, stalled('browser'))
    this.#up = new Direction(browser, pve, options, stalled('pve'))
  }

  /** Bytes passed to the browser. */
  get bytesOut(): number {
    return this.#down.bytes
  }

  /** Bytes passed to PVE. */
  get bytesIn(): number {
    return this.#up.bytes
  }

  /** Starts with what each side had sent before the relay took over. */
  start(fromBrowser: Uint8Array, fromPve: Uint8Array): void {
    if (fromPve.length > 0) this.#down.pass(fromPve)
    if (fromBrowser.length > 0) {
      this.#options.onBrowserData?.(fromBrowser)
      this.#up.pass(fromBrowser)
    }
    this.#browser.receive({
      data: (bytes) => this.#fromBrowser(bytes),
      text: () => this.#finish({ by: 'text' }),
      drain: () => {
        this.#down.drained()
        this.#finishDrained()
      },
      end: (end) => this.#finish({ by: 'browser', end }),
    })
    this.#pve.receive({
      data: (bytes) => {
        if (this.#over) return
        this.#options.onPveData?.()
        this.#down.pass(bytes)
      },
      drain: () => this.#up.drained(),
      end: (end) => {
        this.#pveEnd = end
        this.#finishDrained()
      },
    })
  }

  /** Ends the relay from outside, at once and silently: `onEnd` is not called. */
  stop(): void {
    if (this.#quit()) this.#pve.destroy()
  }

  #quit(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#cancelCheck?.()
    this.#down.stop()
    this.#up.stop()
    return true
  }

  #fromBrowser(bytes: Uint8Array): void {
    if (this.#over) return
    if (!this.#tokens.take()) {
      this.#finish({ by: 'flood' })
      return
    }
    this.#options.onBrowserData?.(bytes)
    this.#up.pass(bytes)
  }

  /** Ends once the browser has taken all that PVE had sent; no port tells when its queue is empty. */
  #finishDrained(): void {
    this.#cancelCheck?.()
    this.#cancelCheck = null
    if (!this.#pveEnd || this.#over) return
    if (this.#browser.buffered === 0) {
      this.#finish({ by: 'pve', end: this.#pveEnd })
    } else {
      this.#down.watch()
      this.#cancelCheck = this.#options.schedule(() => this.#finishDrained(), DRAIN_CHECK)
    }
  }

  #finish(end: RelayEnd): void {
    if (!this.#quit()) return
    // The last keys of a browser that left still go out.
    if (end.by === 'browser') this.#pve.close()
    else this.#pve.destroy()
    this.#options.onEnd(end)
  }
}

/** Bytes from one port to the other, the source held while the sink is full. */
class Direction {
  readonly #source: Port
  readonly #sink: Port
  readonly #options: RelayOptions
  readonly #onStall: () => void
  #cancel: (() => void) | null = null
  bytes = 0

  constructor(source: Port, sink: Port, options: RelayOptions, onStall: () => void) {
    this.#source = source
    this.#sink = sink
    this.#options = options
    this.#onStall = onStall
  }

  pass(bytes: Uint8Array): void {
    this.bytes += bytes.length
    if (this.#sink.send(bytes)) return
    // Also when it is held already: whoever took over its events let it flow again.
    this.#source.pause()
    this.watch()
  }

  drained(): void {
    if (!this.#cancel) return
    this.stop()
    this.#source.resume()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  /** Each time a period ends, the sink must have taken something since it began. */
  watch(): void {
    if (this.#cancel) return
    const taken = this.#taken()
    this.#cancel = this.#options.schedule(() => {
      this.#cancel = null
      if (this.#taken() > taken) this.watch()
      else this.#onStall()
    }, this.#options.stallMs)
  }

  #taken(): number {
    return this.bytes - this.#sink.buffered
  }
}

/** Milliseconds between looks at a queue that has to run empty. */
const DRAIN_CHECK = 10
