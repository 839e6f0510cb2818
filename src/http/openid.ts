/** Signing in through an identity provider: out to it, and back. */
import type { Context, Handler } from 'hono'
import { Failure } from '../errors.ts'
import { describeError } from '../log.ts'
import type { Host } from '../pve/host.ts'
import { finishOpenId, type OpenIdStart, startOpenId } from '../pve/openid.ts'
import type { LoginAttempt } from '../session/login-limits.ts'
import type { OpenIdFlow } from '../session/openid-flows.ts'
import { limitKey } from './addresses.ts'
import { markBrowser, markOf } from './browser-mark.ts'
import { type OpenIdAnswer, OpenIdRequest, OpenIdReturn } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireConfidential } from './guard.ts'
import { param, readBody } from './input.ts'
import { judged, noteFailure, respond } from './sign-in.ts'

/** Answers the address of the identity provider, which sends the person back to our page at /signin. */
export function startOpenIdSignIn(deps: Deps): Handler<Env> {
  return async (c) => {
    requireConfidential(c, deps)
    const host = deps.hosts.get(param(c, 'host'))
    const { realm } = await readBody(c, OpenIdRequest)
    const address = limitKey(c.get('facts').client)
    try {
      const attempt = deps.logins.admit(address, null)
      const url = await begin(c, deps, host, realm, attempt)
      const body: OpenIdAnswer = { url }
      return c.json(body)
    } catch (error) {
      noteFailure(c, deps, host, `@${realm}`, error)
      throw error
    }
  }
}

async function begin(
  c: Context<Env>,
  deps: Deps,
  host: Host,
  realm: string,
  attempt: LoginAttempt,
): Promise<string> {
  const { key } = host.config
  const address = limitKey(c.get('facts').client)
  const redirect = redirectAddress(c, deps)
  let start: OpenIdStart
  try {
    start = await deps.logins.atHost(key, address, () => startOpenId(host, realm, redirect))
  } catch (error) {
    const isRefused = error instanceof Failure && error.code === 'openid_unavailable'
    if (isRefused) attempt.failed()
    else attempt.undecided()
    // People are told the same whatever it is; who runs the host needs to know.
    deps.log.warn('no way to an identity provider', { host: key, error: describeError(error) })
    throw error
  }
  const { url, state, place } = start
  deps.openIdFlows.add(state, markBrowser(c, deps), { host, place, realm, redirect, attempt })
  return url
}

/**
 * Our page at the address in the person's browser, which the guard has found to be one of ours: the provider
 * must know it, and it is where the browser has its cookies.
 */
function redirectAddress(c: Context<Env>, deps: Deps): string {
  return `${c.req.header('origin')}${deps.config.publicUrl?.path ?? ''}/signin`
}

/** Finishes a sign-in with what the provider sent back; once, and for the browser that began it. */
export function finishOpenIdSignIn(deps: Deps): Handler<Env> {
  return async (c) => {
    requireConfidential(c, deps)
    const back = await readBody(c, OpenIdReturn)
    const { host, place, realm, redirect, attempt } = takeFlow(c, deps, back.state)
    const redeem = () => finishOpenId(host, back, redirect, place)
    const answer = await judged(c, deps, host, attempt, redeem).catch((error) => {
      noteFailure(c, deps, host, `@${realm}`, error)
      throw error
    })
    return respond(c, deps, host, answer)
  }
}

/** The flow of this state. Throws Failure openid_expired unless it is this browser's. */
function takeFlow(c: Context<Env>, deps: Deps, state: string): OpenIdFlow {
  const mark = markOf(c, deps)
  const flow = mark === null ? null : deps.openIdFlows.take(state, mark)
  // The host may have been configured anew meanwhile.
  if (flow && deps.hosts.all().includes(flow.host)) return flow
  deps.logins.admit(limitKey(c.get('facts').client), null).failed()
  throw new Failure('openid_expired')
}
