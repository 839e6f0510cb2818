/** One session of ours: who is signed in where, since when, and what is open. */
import type { Clock } from '../clock.ts'
import type { FailureCode } from '../errors.ts'
import type { SignIn } from './sign-in.ts'
import { randomId } from './token.ts'

/** What a session has to be able to end. */
export interface OpenConsole {
  readonly id: string
  readonly host: string
  /** Ends the console with a reason; once is enough, more do nothing. */
  end(code: FailureCode): void
}

/** Where somebody signed in from: an address, and a few words on the browser. */
export interface Device {
  readonly client: string
  readonly browser: string
}

export interface SessionLimits {
  /** Milliseconds without activity; 0: no such limit. */
  readonly idle: number
  /** Milliseconds altogether. */
  readonly max: number
  /** Sessions at a time. */
  readonly sessions: number
}

/** Milliseconds until a session ends; `idle` is null where idleness does not end it. */
export interface TimeLeft {
  readonly idle: number | null
  readonly max: number
}

export interface Session {
  /** Names this session in its cookie; another one after every sign-in. */
  readonly sid: string
  /** Names it to the people whose it is, who may end it under this name; it opens nothing. */
  readonly id: string
  readonly signIns: ReadonlyMap<string, SignIn>
  readonly consoles: ReadonlySet<OpenConsole>
  /** Where the latest sign-in came from. */
  readonly device: Device
  /** When it began, when the person last did something, and when it ends in any case; ms since 1970. */
  readonly since: number
  readonly active: number
  readonly expires: number
  readonly timeLeft: TimeLeft
  readonly over: boolean
  /** Hosts on which PVE, and not the person, has ended the sign-in. */
  readonly lost: ReadonlySet<string>
  /** Calls `onChange` when sign-ins or consoles come or go, and once more at the end; the answer stops that. */
  watch(onChange: () => void): () => void
}

/**
 * Lives by the monotonic clock. Its dates are told by the wall clock of the moment, so a wall clock that is
 * set anew moves them and nothing else.
 */
export class LiveSession implements Session {
  sid = randomId()
  /** A request has come under the name that it has now, so the browser has got it. */
  seen = false
  readonly id = randomId()
  readonly signIns = new Map<string, SignIn>()
  readonly consoles = new Set<OpenConsole>()
  readonly lost = new Set<string>()
  device: Device
  over = false
  readonly #clock: Clock
  readonly #limits: SessionLimits
  readonly #begunAt: number
  readonly #watchers = new Set<() => void>()
  #activeAt: number

  constructor(clock: Clock, limits: SessionLimits, device: Device) {
    this.#clock = clock
    this.#limits = limits
    this.device = device
    this.#begunAt = clock.monotonic()
    this.#activeAt = this.#begunAt
  }

  get since(): number {
    return this.#date(this.#begunAt)
  }

  get active(): number {
    return this.#date(this.#activeAt)
  }

  get expires(): number {
    return this.#date(this.#begunAt + this.#limits.max)
  }

  get timeLeft(): TimeLeft {
    const now = this.#clock.monotonic()
    const { idle, max } = this.#limits
    return {
      idle: idle > 0 ? this.#activeAt + idle - now : null,
      max: this.#begunAt + max - now,
    }
  }

  /** Its time is up, whether or not that has been acted on yet. */
  get due(): boolean {
    const { idle, max } = this.timeLeft
    return max <= 0 || (idle !== null && idle <= 0)
  }

  /** Gives it another name and returns the one before, where that may still be on its way to the browser. */
  rename(): string | null {
    const before = this.seen ? null : this.sid
    this.sid = randomId()
    this.seen = false
    return before
  }

  touch(): void {
    this.#activeAt = this.#clock.monotonic()
  }

  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange)
    return () => this.#watchers.delete(onChange)
  }

  /** Whoever changes it says so afterwards. */
  tell(): void {
    for (const onChange of [...this.#watchers]) onChange()
  }

  #date(at: number): number {
    return this.#clock.wall() + at - this.#clock.monotonic()
  }
}
