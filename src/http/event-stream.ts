/** Server-sent events toward one browser, as slow as it likes (HTML standard, section 9.2). */
import type { Clock } from '../clock.ts'

/** Milliseconds between comments, which keep the connection and show both ends that it lives. */
const BEAT = 15_000
/** Characters that wait for a browser; beyond that it gets everything anew, once it reads again. */
const MAX_WAITING = 64 * 1024

const encoder = new TextEncoder()

export interface EventStreamOptions {
  readonly clock: Pick<Clock, 'schedule'>
  /** Milliseconds for which a browser may leave what it has been given, in whole beats at least. */
  readonly stall: number
  /** The events that say everything that holds now. */
  readonly everything: () => string
  /** Called once, however it ends. */
  readonly onEnd: () => void
}

/** One event as it goes over the line. */
export function encodeEvent(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

export class EventStream {
  readonly body: ReadableStream<Uint8Array>
  readonly #options: EventStreamOptions
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  /** The browser has taken what it was given and waits for more. */
  #hungry = false
  #waiting = ''
  #behind = false
  #idleBeats = 0
  #cancelBeat: () => void
  #over = false

  constructor(options: EventStreamOptions) {
    this.#options = options
    // A comment first: it shows the browser, and what is between, that the stream is open.
    this.#waiting = ':\n\n'
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => {
          this.#hungry = true
          this.#idleBeats = 0
          this.#feed()
        },
        cancel: () => this.#finish(),
      },
      { highWaterMark: 0 },
    )
    this.#cancelBeat = options.clock.schedule(() => this.#beat(), BEAT)
  }

  /** Sends events made by `encodeEvent`, now or when the browser is ready. */
  send(events: string): void {
    if (this.#over || this.#behind) return
    this.#waiting += events
    this.#feed()
    if (this.#waiting.length > MAX_WAITING) this.sendEverything()
  }

  /** Sends all that holds in place of what waits. */
  sendEverything(): void {
    if (this.#over) return
    this.#waiting = ''
    this.#behind = true
    this.#feed()
  }

  end(): void {
    if (this.#over) return
    this.#finish()
    this.#controller?.close()
  }

  #feed(): void {
    if (!this.#hungry || this.#over) return
    const text = this.#behind ? this.#options.everything() : this.#waiting
    this.#behind = false
    this.#waiting = ''
    if (text === '') return
    this.#hungry = false
    this.#controller?.enqueue(encoder.encode(text))
  }

  #beat(): void {
    if (!this.#hungry) this.#idleBeats++
    if (this.#idleBeats * BEAT >= this.#options.stall) {
      this.end()
      return
    }
    this.#cancelBeat = this.#options.clock.schedule(() => this.#beat(), BEAT)
    this.send(':\n\n')
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#cancelBeat()
    this.#options.onEnd()
  }
}
