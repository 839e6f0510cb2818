/** Signing in and out. */
import type { Context, Handler } from 'hono'
import { Failure } from '../errors.ts'
import { requestTicket, type SignInAnswer } from '../pve/api.ts'
import { factorsOf } from '../pve/challenge.ts'
import type { Host } from '../pve/host.ts'
import type { LoginAttempt } from '../session/login-limits.ts'
import type { Device, Session, Sessions } from '../session/sessions.ts'
import { SignIn } from '../session/sign-in.ts'
import { limitKey } from './addresses.ts'
import { markBrowser, markOf } from './browser-mark.ts'
import { type ChallengeAnswer, ChallengeRequest, type SignedIn, SignInRequest } from './contract.ts'
import { formatCookie } from './cookie.ts'
import type { Deps, Env } from './deps.ts'
import { deviceOf } from './device.ts'
import { requireConfidential, requireSession, takeCookiesAway } from './guard.ts'
import { param, readBody } from './input.ts'

/** First step: a password. Answers 200, or 202 with what second factor PVE wants. */
export function signIn(deps: Deps): Handler<Env> {
  return async (c) => {
    requireConfidential(c, deps)
    const host = deps.hosts.get(param(c, 'host'))
    const { username, realm, password } = await readBody(c, SignInRequest)
    const user = `${username}@${realm}`
    const answer = await limited(c, deps, host, user, async () => {
      // PVE takes a ticket in place of a password; root's even for other users.
      if (/^PVE[A-Z]*:/.test(password)) throw new Failure('login_failed')
      return requestTicket(host, user, password)
    })
    return respond(c, deps, host, answer)
  }
}

/** Second step: the answer to the second factor. */
export function answerChallenge(deps: Deps): Handler<Env> {
  return async (c) => {
    requireConfidential(c, deps)
    const host = deps.hosts.get(param(c, 'host'))
    const { id, method, response } = await readBody(c, ChallengeRequest)
    const mark = markOf(c, deps)
    const challenge = mark === null ? null : deps.challenges.attempt(id, mark, host)
    if (!challenge) throw new Failure('challenge_expired')
    const factor = `${method}:${response.trim()}`
    const { user, ticket } = challenge
    const answer = await limited(c, deps, host, user, () =>
      requestTicket(host, user, factor, ticket),
    )
    if (!challenge.met()) throw new Failure('challenge_expired')
    return respond(c, deps, host, answer)
  }
}

/** A call to PVE that the limits of sign-ins let through, and that counts by how it goes. */
async function limited(
  c: Context<Env>,
  deps: Deps,
  host: Host,
  user: string,
  call: () => Promise<SignInAnswer>,
): Promise<SignInAnswer> {
  try {
    const attempt = deps.logins.admit(limitKey(c.get('facts').client), user)
    return await judged(c, deps, host, attempt, call)
  } catch (error) {
    noteFailure(c, deps, host, user, error)
    throw error
  }
}

/** A call to PVE at its turn, that counts by how it goes. */
export async function judged(
  c: Context<Env>,
  deps: Deps,
  host: Host,
  attempt: LoginAttempt,
  call: () => Promise<SignInAnswer>,
): Promise<SignInAnswer> {
  const address = limitKey(c.get('facts').client)
  try {
    const answer = await deps.logins.atHost(host.config.key, address, call)
    // A password alone is no success where a second factor is to come.
    if (answer.kind === 'ticket') attempt.succeeded()
    else attempt.undecided()
    return answer
  } catch (error) {
    if (error instanceof Failure && error.code === 'login_failed') attempt.failed()
    else attempt.undecided()
    throw error
  }
}

/** Tells who watches over sign-ins of one that PVE refused, or that was not let through to it. */
export function noteFailure(
  c: Context<Env>,
  deps: Deps,
  host: Host,
  user: string,
  error: unknown,
): void {
  const { code } = error instanceof Failure ? error : {}
  if (code === 'login_failed') noteSignIn(c, deps, 'sign_in_refused', host, user)
  if (code === 'too_many_logins') noteSignIn(c, deps, 'sign_in_limited', host, user)
}

const RESULTS = { signed_in: 'ok', sign_in_refused: 'refused', sign_in_limited: 'limited' } as const

/** For who watches over sign-ins; `user` is as it was typed where PVE has not said whose it is. */
function noteSignIn(
  c: Context<Env>,
  deps: Deps,
  event: keyof typeof RESULTS,
  host: Host,
  user: string,
  session?: string,
): void {
  const { key } = host.config
  deps.metrics.signIn(key, RESULTS[event])
  deps.audit.note(event, { host: key, user, client: c.get('facts').client, session })
}

/** The answer to a step of a sign-in that PVE took: a session with it in it, or what PVE wants next. */
export async function respond(
  c: Context<Env>,
  deps: Deps,
  host: Host,
  answer: SignInAnswer,
): Promise<Response> {
  const { user } = answer
  if (answer.kind === 'challenge') {
    deps.metrics.signIn(host.config.key, 'challenged')
    const id = deps.challenges.add(markBrowser(c, deps), { host, user, ticket: answer.ticket })
    const body: ChallengeAnswer = { challenge: { id, methods: factorsOf(answer.ticket) } }
    return c.json(body, 202)
  }
  // The configuration may have lost it meanwhile.
  if (!deps.hosts.has(host)) throw new Failure('no_such_host')
  const signedIn = new SignIn(host, user, answer.identity, {
    clock: deps.clock,
    random: deps.random,
    onLost: (lost) => {
      // The session is known by now: a sign-in is lost hours after it was made.
      deps.sessions.signOut(session, lost.host.config.key, 'session_expired')
    },
  })
  const session = join(deps.sessions, joinable(c), signedIn, deviceOf(c))
  const lifetime = session.expires - deps.clock.wall()
  const token = await deps.signer.sign(session.sid, lifetime)
  c.header('Set-Cookie', formatCookie(token, c.get('facts')))
  noteSignIn(c, deps, 'signed_in', host, user, session.id)
  return c.json(summarize(session, host.config.key, user))
}

/**
 * The session that a sign-in adds to: the asker's, unless it has ended while PVE thought about the password.
 * Where another sign-in gave it a new name meanwhile, only the same browser is still its owner: of two at a
 * time both knew the name before, and so may somebody who had planted it there.
 */
function joinable(c: Context<Env>): Session | null {
  const session = c.get('session')
  if (!session || session.over) return null
  const { client, browser } = deviceOf(c)
  const isSame = session.device.browser === browser && session.device.client === client
  return session.sid === c.get('sid') || isSame ? session : null
}

/** Adds the sign-in to a session; one that finds no place forgets its ticket. */
function join(
  sessions: Sessions,
  before: Session | null,
  signedIn: SignIn,
  device: Device,
): Session {
  try {
    return sessions.signIn(before, signedIn, device)
  } catch (error) {
    signedIn.end()
    throw error
  }
}

export function signOutOfHost(deps: Deps): Handler<Env> {
  return (c) => {
    const host = deps.hosts.get(param(c, 'host'))
    const session = requireSession(c)
    noteSignOut(c, deps, session, host.config.key)
    deps.sessions.signOut(session, host.config.key, 'signed_out')
    if (session.signIns.size > 0) return c.body(null, 204)
    return endSession(c, deps, session)
  }
}

export function signOut(deps: Deps): Handler<Env> {
  return (c) => endSession(c, deps, requireSession(c))
}

function endSession(c: Context<Env>, deps: Deps, session: Session): Response {
  for (const host of session.signIns.keys()) noteSignOut(c, deps, session, host)
  deps.sessions.end(session)
  takeCookiesAway(c)
  return c.body(null, 204)
}

function noteSignOut(c: Context<Env>, deps: Deps, session: Session, host: string): void {
  const user = session.signIns.get(host)?.user
  const client = c.get('facts').client
  if (user) deps.audit.note('signed_out', { host, user, client, session: session.id })
}

function summarize(session: Session, host: string, user: string): SignedIn {
  return { user, host, expires: new Date(session.expires).toISOString() }
}
