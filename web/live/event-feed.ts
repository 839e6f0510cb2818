import type { Api, ApiError } from '../api.ts'
import { EventParser, type StreamEvent } from '../model/event-parser.ts'
import { asEvent, type LiveEvent } from '../model/live-list.ts'

/** Milliseconds without a byte after which a stream is dead; the server says something every fifteen seconds. */
const silence = 40_000
/** Milliseconds to wait for the first event; longer, and something on the way holds events back. */
const patience = 8000
/** Milliseconds between plain questions for the list while that is so. */
const askEvery = 5000
/** Milliseconds before the next try, by how many have failed in a row. */
const backoff = [500, 1000, 2000, 4000, 8000, 15_000] as const

export interface EventFeedOptions {
  readonly api: Pick<Api, 'events' | 'guests'>
  /** Runs once after `ms` milliseconds; the answer cancels it. */
  readonly schedule: (run: () => void, ms: number) => () => void
  /** From 0 to 1. */
  readonly random: () => number
  readonly onEvent: (event: LiveEvent) => void
  /** The server is there and has nothing to say. */
  readonly onBeat: () => void
  /** Why there is no news. It is tried again, but for a 401. */
  readonly onTrouble: (error: ApiError) => void
}

/** Listens to the server's events until it is stopped, over as many connections as that takes. */
export class EventFeed {
  readonly #options: EventFeedOptions
  readonly #timers = new Set<() => void>()
  #abort = new AbortController()
  #stopped = false
  #failures = 0
  #cancelSilence: () => void = () => {}

  constructor(options: EventFeedOptions) {
    this.#options = options
    void this.#connect()
  }

  stop(): void {
    this.#stopped = true
    this.#abort.abort()
    for (const cancel of [...this.#timers]) cancel()
  }

  async #connect(): Promise<void> {
    this.#abort = new AbortController()
    const { signal } = this.#abort
    const asking = new AbortController()
    this.#after(patience, () => void this.#ask(asking.signal))
    this.#listenForSilence()
    const answer = await this.#options.api.events(signal)
    if (answer.ok) await this.#read(answer.value, () => asking.abort())
    asking.abort()
    if (this.#stopped) return
    this.#abort.abort()
    if (!answer.ok) {
      this.#options.onTrouble(answer.error)
      if (answer.error.status === 401) return this.stop()
    }
    const least = answer.ok ? 0 : answer.error.retryAfter * 1000
    this.#after(Math.max(least, this.#nextPause()), () => void this.#connect())
  }

  /** Longer with each failure, and not the same for all browsers that lost one server. */
  #nextPause(): number {
    const pause = backoff[Math.min(this.#failures, backoff.length - 1)] ?? 0
    this.#failures++
    return pause * (0.75 + this.#options.random() / 2)
  }

  async #read(body: ReadableStream<Uint8Array>, onNews: () => void): Promise<void> {
    const parser = new EventParser()
    const decoder = new TextDecoder()
    const reader = body.getReader()
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done || this.#stopped) return
        this.#listenForSilence()
        for (const event of parser.push(decoder.decode(value, { stream: true }))) {
          if (event.event !== '') onNews()
          this.#take(event)
        }
      }
    } catch {
      // The line was cut, which is no different from its end: the next one says everything anew.
    }
  }

  #take({ event, data }: StreamEvent): void {
    if (event === '') {
      this.#options.onBeat()
      return
    }
    if (!isKnown(event)) return
    this.#failures = 0
    this.#options.onEvent({ event, data: JSON.parse(data) } as LiveEvent)
  }

  /** Something between us and the server collects events before it passes them on: the list is asked for. */
  async #ask(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const answer = await this.#options.api.guests()
    if (signal.aborted || this.#stopped) return
    if (answer.ok) this.#options.onEvent(asEvent(answer.value))
    else this.#options.onTrouble(answer.error)
    this.#after(askEvery, () => void this.#ask(signal))
  }

  #listenForSilence(): void {
    this.#cancelSilence()
    this.#cancelSilence = this.#after(silence, () => this.#abort.abort())
  }

  #after(ms: number, run: () => void): () => void {
    const cancel = this.#options.schedule(() => {
      this.#timers.delete(stop)
      run()
    }, ms)
    const stop = () => {
      this.#timers.delete(stop)
      cancel()
    }
    this.#timers.add(stop)
    return stop
  }
}

const names: readonly string[] = ['snapshot', 'change', 'problem', 'session']

function isKnown(event: string): event is LiveEvent['event'] {
  return names.includes(event)
}
