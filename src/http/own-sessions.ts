/** The asker's session, and the others of the same person. */
import type { Handler } from 'hono'
import { Failure } from '../errors.ts'
import type { Session, SharedSession } from '../session/sessions.ts'
import { ActivityRequest, type OwnSession, type SessionSummary } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireSession, takeCookiesAway } from './guard.ts'
import { param, readBody } from './input.ts'

export function showSession(): Handler<Env> {
  return (c) => c.json(summarizeSession(requireSession(c)))
}

/** The person is there, though nothing else says so: the guard has noted it, as with every write. */
export function stayActive(): Handler<Env> {
  return async (c) => {
    const session = requireSession(c)
    await readBody(c, ActivityRequest)
    return c.json(summarizeSession(session))
  }
}

/** Who is signed in, and for how long. */
export function summarizeSession(session: Session): SessionSummary {
  const expires = iso(session.expires)
  const { idle, max } = session.timeLeft
  return {
    hosts: [...session.signIns].map(([host, { user }]) => ({ host, user, expires })),
    expires,
    seconds_left: seconds(max),
    ...(idle === null ? {} : { idle_seconds_left: seconds(idle) }),
  }
}

export function listOwnSessions(deps: Deps): Handler<Env> {
  return (c) => {
    const own = requireSession(c)
    return c.json(deps.sessions.sharedWith(own).map((shared) => describe(shared, own)))
  }
}

function describe({ session, signIns }: SharedSession, own: Session): OwnSession {
  return {
    id: session.id,
    current: session === own,
    since: iso(session.since),
    active: iso(session.active),
    expires: iso(session.expires),
    hosts: signIns.map(({ host, user }) => ({ host: host.config.key, user })),
    ...session.device,
  }
}

/** Another person's session is not there, whatever its id. */
export function endOwnSession(deps: Deps): Handler<Env> {
  return (c) => {
    const own = requireSession(c)
    if (!deps.sessions.endShared(own, param(c, 'id'))) throw new Failure('not_found')
    const client = c.get('facts').client
    deps.audit.note('session_ended', { session: param(c, 'id'), by: own.id, client })
    if (own.over) takeCookiesAway(c)
    return c.body(null, 204)
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000))
}
