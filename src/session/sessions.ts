/** All our sessions, in memory: begun, found, kept apart and ended. */
import type { Clock } from '../clock.ts'
import { Failure, type FailureCode } from '../errors.ts'
import type { Host } from '../pve/host.ts'
import {
  type Device,
  LiveSession,
  type OpenConsole,
  type Session,
  type SessionLimits,
} from './live-session.ts'
import type { SignIn } from './sign-in.ts'

export type { Device, OpenConsole, Session } from './live-session.ts'

/** Milliseconds between looks for sessions that are over. */
const SWEEP = 1000
/** Milliseconds for which a name is good that was replaced before the browser had it. */
const NAME_GRACE = 10_000
/** Sessions of one user on one host; one browser has one of them. */
const MAX_PER_USER = 32

/** A session that somebody may see because the same account is signed in there. */
export interface SharedSession {
  readonly session: Session
  /** The sign-ins that are the asker's too; others' are none of the asker's business. */
  readonly signIns: readonly SignIn[]
}

export class Sessions {
  readonly #clock: Clock
  readonly #limits: SessionLimits
  readonly #bySid = new Map<string, LiveSession>()
  /**
   * By names that were replaced on their way to the browser: of two sign-ins at a time the answers may
   * arrive in either order, and the browser keeps what came last.
   */
  readonly #byLateSid = new Map<string, LiveSession>()
  #sweeping = false

  constructor(clock: Clock, limits: SessionLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  get size(): number {
    return this.#bySid.size
  }

  find(sid: string): Session | null {
    const session = this.#bySid.get(sid) ?? this.#byLateSid.get(sid)
    if (!session) return null
    if (session.sid === sid) session.seen = true
    if (session.due) this.#close(session, 'session_expired')
    return session.over ? null : session
  }

  /**
   * Adds a sign-in to a session, or begins one, and gives the session a new name: one that was known
   * before a sign-in must not be worth more after it. A name that no request has brought yet is known to
   * nobody but the browser that it is on its way to; it stays good for a moment. One that is over stays over.
   *
   * Throws Failure too_many_logins when there are too many sessions; the sign-in is ended then.
   */
  signIn(existing: Session | null, signIn: SignIn, device: Device): Session {
    const known = existing && !existing.over ? this.#own(existing) : null
    this.#makeRoom(signIn, known)
    const session = known ?? this.#begin(signIn, device)
    this.#replaceSignIn(session, signIn)
    session.signIns.set(signIn.host.config.key, signIn)
    session.lost.delete(signIn.host.config.key)
    session.device = device
    this.#rename(session)
    session.touch()
    session.tell()
    return session
  }

  /** Ends the sign-in on one host and its consoles, and the session when that was the last one. */
  signOut(session: Session, host: string, code: FailureCode): void {
    const own = this.#own(session)
    const isLast = own.signIns.size === 1 && own.signIns.has(host)
    if (isLast) {
      this.#close(own, code)
      return
    }
    this.#drop(own, host, code)
    if (code === 'session_expired') own.lost.add(host)
    else own.lost.delete(host)
    own.tell()
  }

  /** Ends a session, its sign-ins and its consoles, at once. */
  end(session: Session): void {
    this.#close(this.#own(session), 'signed_out')
  }

  endAll(): void {
    for (const session of [...this.#bySid.values()]) this.#close(session, 'restarting')
  }

  /** Ends every sign-in on this host: it leads elsewhere now, or nowhere. */
  forgetHost(host: Host, code: FailureCode): void {
    const { key } = host.config
    for (const session of [...this.#bySid.values()]) {
      if (session.signIns.get(key)?.host === host) this.signOut(session, key, code)
    }
  }

  /** The sessions in which an account of this one is signed in too, itself among them; the latest used first. */
  sharedWith(session: Session): SharedSession[] {
    return [...this.#bySid.values()]
      .filter((other) => !other.due)
      .map((other) => ({ session: other, signIns: sharedSignIns(session, other) }))
      .filter(({ signIns }) => signIns.length > 0)
      .sort((a, b) => b.session.active - a.session.active)
  }

  /**
   * Signs the asker's accounts out of the session of this id. Accounts of other people that are signed in
   * in the same browser stay; where there are none, the session ends.
   *
   * Returns false when the asker has no account in a session of this id.
   */
  endShared(asker: Session, id: string): boolean {
    const shared = this.sharedWith(asker).find(({ session }) => session.id === id)
    if (!shared) return false
    for (const { host } of shared.signIns) {
      this.signOut(shared.session, host.config.key, 'signed_out')
    }
    return true
  }

  /** The person did something. Too late is too late: what is due ends. */
  touch(session: Session): void {
    const own = this.#own(session)
    if (own.due) this.#close(own, 'session_expired')
    else own.touch()
  }

  /** Throws Failure signed_out when the session ended while its console was being opened. */
  addConsole(session: Session, console: OpenConsole): void {
    if (session.over) throw new Failure('signed_out')
    const own = this.#own(session)
    own.consoles.add(console)
    own.tell()
  }

  removeConsole(session: Session, console: OpenConsole): void {
    const own = this.#own(session)
    if (own.consoles.delete(console)) own.tell()
  }

  #own(session: Session): LiveSession {
    if (!(session instanceof LiveSession)) throw new TypeError('a session from elsewhere')
    return session
  }

  /** One session too many of a user ends the one that was left alone the longest: nobody is locked out. */
  #makeRoom({ host, user }: SignIn, joined: LiveSession | null): void {
    const { key } = host.config
    const others = [...this.#bySid.values()].filter(
      (session) => session !== joined && session.signIns.get(key)?.user === user,
    )
    if (others.length < MAX_PER_USER) return
    const [oldest] = others.sort((a, b) => a.active - b.active)
    if (oldest) this.signOut(oldest, key, 'signed_out')
  }

  #begin(signIn: SignIn, device: Device): LiveSession {
    if (this.#bySid.size >= this.#limits.sessions) {
      // It would renew its ticket for ever, for nobody.
      signIn.end()
      throw new Failure('too_many_logins', {
        detail: 'Too many people are signed in.',
        retryAfter: 60,
      })
    }
    const session = new LiveSession(this.#clock, this.#limits, device)
    this.#scheduleSweep()
    return session
  }

  /** The same person goes on with the consoles that are open; another person does not. */
  #replaceSignIn(session: LiveSession, signIn: SignIn): void {
    const { key } = signIn.host.config
    const before = session.signIns.get(key)
    if (before?.user === signIn.user) before.end()
    else this.#drop(session, key, 'signed_out')
  }

  #rename(session: LiveSession): void {
    const isNamed = this.#bySid.delete(session.sid)
    const late = session.rename()
    this.#bySid.set(session.sid, session)
    if (!isNamed || late === null) return
    this.#byLateSid.set(late, session)
    this.#clock.schedule(() => this.#byLateSid.delete(late), NAME_GRACE)
  }

  #drop(session: LiveSession, host: string, code: FailureCode): void {
    session.signIns.get(host)?.end()
    session.signIns.delete(host)
    for (const console of [...session.consoles].filter((each) => each.host === host)) {
      session.consoles.delete(console)
      console.end(code)
    }
  }

  #close(session: LiveSession, code: FailureCode): void {
    if (session.over) return
    session.over = true
    this.#bySid.delete(session.sid)
    for (const signIn of session.signIns.values()) signIn.end()
    session.signIns.clear()
    for (const console of [...session.consoles]) console.end(code)
    session.consoles.clear()
    session.tell()
  }

  /** Runs while there is anything to look at. */
  #scheduleSweep(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#clock.schedule(() => {
      this.#sweeping = false
      for (const session of [...this.#bySid.values()]) {
        if (session.due) this.#close(session, 'session_expired')
      }
      if (this.#bySid.size > 0) this.#scheduleSweep()
    }, SWEEP)
  }
}

function sharedSignIns(asker: Session, other: Session): SignIn[] {
  return [...other.signIns.values()].filter(
    ({ host, user }) => asker.signIns.get(host.config.key)?.user === user,
  )
}
