/** What stands before every handler: names, origins, cookies. */
import type { Context, MiddlewareHandler } from 'hono'
import { Failure } from '../errors.ts'
import type { Session } from '../session/sessions.ts'
import type { SignIn } from '../session/sign-in.ts'
import { clearCookies, formatCookie, hasSecureCookie, readCookie } from './cookie.ts'
import type { Deps, Env } from './deps.ts'
import { hostOf, isAllowedOrigin, isKnownHost } from './origin.ts'
import { factsOf } from './request-facts.ts'

/** Refuses requests under a name that is not ours (DNS rebinding), before anything else looks at them. */
export function requireKnownHost(request: Request, deps: Deps): void {
  const { config, runtime } = deps
  if (!isKnownHost(hostOf(request), config, runtime.machineName)) {
    throw new Failure('unknown_host')
  }
}

/** Finds out who asks and from where. */
export function identify(deps: Deps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const facts = factsOf(c.req.raw.headers, c.env.peer, deps.config)
    c.set('facts', facts)
    if (facts.unbelieved) deps.untrustedProxies.note(facts.client)
    const token = readCookie(c.req.raw.headers.get('cookie'), isPlainAllowed(c, deps))
    const named = token === null ? null : await deps.signer.verify(token)
    c.set('known', named !== null)
    const session = named && deps.sessions.find(named.sid)
    const sid = session?.sid ?? null
    c.set('session', session)
    c.set('sid', sid)
    await next()
    // A cookie that is not ours would be sent, and refused, for ever.
    if (token !== null && !named) takeCookiesAway(c)
    const isLate = session !== null && named?.sid !== sid
    if (isLate && session.sid === sid) await tellNewName(c, deps, session)
  }
}

/** The browser has a name of its session that is no longer the one: the answer brings the right one. */
async function tellNewName(c: Context<Env>, deps: Deps, session: Session): Promise<void> {
  // An upgrade's answer is the runtime's, and a session that has ended has taken its cookies away.
  if (session.over || c.req.header('upgrade') !== undefined) return
  const token = await deps.signer.sign(session.sid, session.expires - deps.clock.wall())
  const secure = hasSecureCookie(c.req.raw.headers.get('cookie'))
  c.header('Set-Cookie', formatCookie(token, { ...c.get('facts'), secure }), { append: true })
}

/** Whether a cookie counts that a browser also sends where nothing is encrypted. */
export function isPlainAllowed(c: Context<Env>, deps: Deps): boolean {
  return c.get('facts').local || deps.config.allowInsecureHttp
}

export function takeCookiesAway(c: Context<Env>): void {
  for (const cookie of clearCookies()) c.header('Set-Cookie', cookie, { append: true })
}

/** Refuses writes and upgrades from pages that are not ours, and reads that another page asks for. */
export function requireOwnPage(deps: Deps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const headers = c.req.raw.headers
    const site = headers.get('sec-fetch-site')
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD'
    const upgrades = headers.get('upgrade') !== null
    if (!reads || upgrades) requireOrigin(c, deps)
    if (site !== null && site !== 'same-origin' && !(reads && site === 'none')) {
      throw new Failure('cross_origin')
    }
    await next()
  }
}

function requireOrigin(c: Context<Env>, deps: Deps): void {
  const { config, runtime } = deps
  const { secure } = c.get('facts')
  const origin = c.req.raw.headers.get('origin')
  if (!isAllowedOrigin(origin, hostOf(c.req.raw), secure, config, runtime.machineName)) {
    throw new Failure('cross_origin')
  }
}

/** Refuses bodies that are not JSON: forms of other pages can send the rest. */
export const requireJson: MiddlewareHandler<Env> = async (c, next) => {
  const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (c.req.method === 'POST' && type !== 'application/json') {
    throw new Failure('unsupported_media_type')
  }
  await next()
}

/** Writes are the person's doing, reads may be a page that polls: the latter keep no session alive. */
export function noteActivity(deps: Deps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const session = c.get('session')
    if (session && c.req.method !== 'GET' && c.req.method !== 'HEAD') deps.sessions.touch(session)
    await next()
  }
}

/** Sign-in sends a password, so it wants encryption or this machine, unless the admin said otherwise. */
export function requireConfidential(c: Context<Env>, deps: Deps): void {
  const { secure, local } = c.get('facts')
  if (!secure && !local && !deps.config.allowInsecureHttp) throw new Failure('insecure_http')
}

/** The asker's session. Throws Failure not_signed_in, or session_expired where there was one. */
export function requireSession(c: Context<Env>): Session {
  const session = c.get('session')
  if (!session || session.over) {
    throw new Failure(c.get('known') ? 'session_expired' : 'not_signed_in')
  }
  return session
}

/** The asker's sign-in on a host. Throws Failure as above, and no_such_host. */
export function requireSignIn(c: Context<Env>, deps: Deps, host: string): SignIn {
  deps.hosts.get(host)
  const signIn = requireSession(c).signIns.get(host)
  if (!signIn) throw new Failure('not_signed_in')
  return signIn
}
