/** Our sessions: in memory, each with its sign-ins and its open consoles. */
import type { Clock } from '../clock.ts'
import { Failure, type FailureCode } from '../errors.ts'
import type { SignIn } from './sign-in.ts'
import { randomId } from './token.ts'

/** Milliseconds between looks for sessions that are over. */
const SWEEP = 1000

/** What a session has to be able to end. */
export interface OpenConsole {
  readonly id: string
  readonly host: string
  /** Ends the console with a reason; once is enough, more do nothing. */
  end(code: FailureCode): void
}

export interface Session {
  /** Names this session in its cookie; changes at every sign-in. */
  readonly sid: string
  readonly signIns: ReadonlyMap<string, SignIn>
  readonly consoles: ReadonlySet<OpenConsole>
  /** When it ends in any case, in milliseconds since 1970. */
  readonly expires: number
  readonly over: boolean
}

class LiveSession implements Session {
  sid = randomId()
  readonly signIns = new Map<string, SignIn>()
  readonly consoles = new Set<OpenConsole>()
  readonly expires: number
  readonly endsAt: number
  activeAt: number
  over = false

  constructor(clock: Clock, max: number) {
    this.expires = clock.wall() + max
    this.endsAt = clock.monotonic() + max
    this.activeAt = clock.monotonic()
  }
}

export interface SessionLimits {
  /** Milliseconds without activity; 0: no such limit. */
  readonly idle: number
  /** Milliseconds altogether. */
  readonly max: number
  /** Sessions at a time. */
  readonly sessions: number
}

export class Sessions {
  readonly #clock: Clock
  readonly #limits: SessionLimits
  readonly #bySid = new Map<string, LiveSession>()
  #sweeping = false

  constructor(clock: Clock, limits: SessionLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  get size(): number {
    return this.#bySid.size
  }

  find(sid: string): Session | null {
    const session = this.#bySid.get(sid)
    if (!session) return null
    if (this.#isOver(session)) this.#close(session, 'session_expired')
    return session.over ? null : session
  }

  /**
   * Adds a sign-in to a session, or begins one, and gives the session a new name: one that was known
   * before a sign-in must not be worth more after it. One that is over stays over.
   *
   * Throws Failure too_many_logins when there are too many sessions; the sign-in is ended then.
   */
  signIn(existing: Session | null, signIn: SignIn): Session {
    const session = existing && !existing.over ? this.#own(existing) : this.#begin(signIn)
    this.#replaceSignIn(session, signIn)
    session.signIns.set(signIn.host.config.key, signIn)
    this.#bySid.delete(session.sid)
    session.sid = randomId()
    this.#bySid.set(session.sid, session)
    session.activeAt = this.#clock.monotonic()
    return session
  }

  /** The same person goes on with the consoles that are open; another person does not. */
  #replaceSignIn(session: Session, signIn: SignIn): void {
    const { key } = signIn.host.config
    const before = session.signIns.get(key)
    if (before?.user === signIn.user) before.end()
    else this.signOut(session, key, 'signed_out')
  }

  /** Ends the sign-in on one host and its consoles. */
  signOut(session: Session, host: string, code: FailureCode): void {
    const own = this.#own(session)
    own.signIns.get(host)?.end()
    own.signIns.delete(host)
    for (const console of [...own.consoles]) if (console.host === host) console.end(code)
  }

  /** Ends a session, its sign-ins and its consoles, at once. */
  end(session: Session): void {
    this.#close(this.#own(session), 'signed_out')
  }

  endAll(): void {
    for (const session of [...this.#bySid.values()]) this.#close(session, 'restarting')
  }

  /** The person did something. */
  touch(session: Session): void {
    this.#own(session).activeAt = this.#clock.monotonic()
  }

  /** Throws Failure signed_out when the session ended while its console was being opened. */
  addConsole(session: Session, console: OpenConsole): void {
    if (session.over) throw new Failure('signed_out')
    this.#own(session).consoles.add(console)
  }

  removeConsole(session: Session, console: OpenConsole): void {
    this.#own(session).consoles.delete(console)
  }

  #own(session: Session): LiveSession {
    if (!(session instanceof LiveSession)) throw new TypeError('a session from elsewhere')
    return session
  }

  #begin(signIn: SignIn): LiveSession {
    if (this.#bySid.size >= this.#limits.sessions) {
      // It would renew its ticket for ever, for nobody.
      signIn.end()
      throw new Failure('too_many_logins', {
        detail: 'Too many people are signed in.',
        retryAfter: 60,
      })
    }
    const session = new LiveSession(this.#clock, this.#limits.max)
    this.#scheduleSweep()
    return session
  }

  #isOver(session: LiveSession): boolean {
    const now = this.#clock.monotonic()
    const idle = this.#limits.idle > 0 && now - session.activeAt >= this.#limits.idle
    return idle || now >= session.endsAt
  }

  #close(session: LiveSession, code: FailureCode): void {
    if (session.over) return
    session.over = true
    this.#bySid.delete(session.sid)
    for (const signIn of session.signIns.values()) signIn.end()
    session.signIns.clear()
    for (const console of [...session.consoles]) console.end(code)
    session.consoles.clear()
  }

  /** Runs while there is anything to look at. */
  #scheduleSweep(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#clock.schedule(() => {
      this.#sweeping = false
      for (const session of [...this.#bySid.values()]) {
        if (this.#isOver(session)) this.#close(session, 'session_expired')
      }
      if (this.#bySid.size > 0) this.#scheduleSweep()
    }, SWEEP)
  }
}
