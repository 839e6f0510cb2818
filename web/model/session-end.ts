import type { SessionSummary } from '../../src/http/contract.ts'
import type { Answer } from '../api.ts'

/** Ms before a session's end from which on the page says so. */
const warnBefore = 60_000
/** How often the server is asked while it is said, in ms: another window may have put the end off. */
const askWarned = 5000
/** And after the end, or where there was no answer. */
const askAgain = 2000
/** The longest wait, in ms: a computer that slept is behind its own timers. */
const longestWait = 600_000
/** How often the server is told that the person is there, in ms, and at most four times in its patience. */
const tellEvery = 60_000
/** And while the end is near. */
const tellWarned = 1000

/** When and why a session ends, on the page's own clock. */
export interface SessionEnd {
  /** Left alone for too long, which an act puts off; or at its longest life, which nothing does. */
  readonly kind: 'idle' | 'longest'
  readonly at: number
}

export function endOf(
  session: Pick<SessionSummary, 'seconds_left' | 'idle_seconds_left'>,
  now: number,
): SessionEnd {
  const idle = session.idle_seconds_left ?? Number.POSITIVE_INFINITY
  const longest = session.seconds_left
  return idle < longest
    ? { kind: 'idle', at: now + idle * 1000 }
    : { kind: 'longest', at: now + longest * 1000 }
}

/** Ms until the server has to be asked again what is left. */
export function nextQuestion(end: SessionEnd, now: number): number {
  const left = end.at - now
  if (left <= 0) return askAgain
  return left <= warnBefore ? Math.min(askWarned, left) : Math.min(left - warnBefore, longestWait)
}

export interface EndWatchOptions {
  /** Asks what is left of the session. */
  readonly ask: () => Promise<Answer<SessionSummary>>
  /** Says that the person is there. */
  readonly stay: () => Promise<Answer<SessionSummary>>
  readonly now: () => number
  /** Runs once after so many ms; the answer cancels it. */
  readonly schedule: (run: () => void, ms: number) => () => void
  /** The end is near, or undefined: not any more. */
  readonly onWarning: (end: SessionEnd | undefined) => void
}

/** Keeps an eye on the end of the session, and tells the server of the person's acts in this page. */
export class EndWatch {
  readonly #options: EndWatchOptions
  #end: SessionEnd | undefined
  #warned = false
  /** The longest that was ever left, in ms. */
  #patience = 0
  #told: number
  #asking = false
  #stopped = false
  #cancel = () => {}

  constructor(options: EndWatchOptions) {
    this.#options = options
    this.#told = options.now()
  }

  /** Asks now, as at the beginning and when the page is seen again. */
  look(): void {
    void this.#question(this.#options.ask)
  }

  /** The person did something here; consoles tell the server themselves. */
  acted(): void {
    if (!this.#end) return
    const usual = Math.min(tellEvery, this.#patience / 4)
    const pause = this.#warned && this.#end.kind === 'idle' ? tellWarned : usual
    if (this.#options.now() - this.#told >= pause) this.stay()
  }

  /** The person wants to stay. */
  stay(): void {
    this.#told = this.#options.now()
    void this.#question(this.#options.stay)
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  async #question(call: () => Promise<Answer<SessionSummary>>): Promise<void> {
    if (this.#asking || this.#stopped) return
    this.#asking = true
    this.#cancel()
    const answer = await call()
    this.#asking = false
    if (this.#stopped) return
    if (answer.ok) this.#take(endOf(answer.value, this.#options.now()))
    // Nobody is signed in: there is no end to come.
    else if (answer.error.status === 401) this.#take(undefined)
    else this.#askIn(askAgain)
  }

  #take(end: SessionEnd | undefined): void {
    const now = this.#options.now()
    this.#end = end
    if (end) this.#patience = Math.max(this.#patience, end.at - now)
    this.#warned = end !== undefined && end.at - now <= warnBefore
    this.#options.onWarning(this.#warned ? end : undefined)
    if (end) this.#askIn(nextQuestion(end, now))
  }

  #askIn(ms: number): void {
    this.#cancel = this.#options.schedule(() => this.look(), ms)
  }
}
