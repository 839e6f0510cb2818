/** Signing in through an identity provider: out to it, and back. */
import type { Context, Handler } from 'hono'
import { Failure } from '../errors.ts'
import { describeError } from '../log.ts'
import type { SignInAnswer } from '../pve/api.ts'
import { finishOpenId, type OpenIdStart, startOpenId } from '../pve/openid.ts'
import type { OpenIdFlow } from '../session/openid-flows.ts'
import { limitKey } from './addresses.ts'
import { markBrowser, markOf } from './browser-mark.ts'
import { type OpenIdAnswer, OpenIdRequest, OpenIdReturn } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireConfidential } from './guard.ts'
import { param, readBody } from './input.ts'
import { isSignInRefused, respond } from './sign-in.ts'

/** Answers the address of the identity provider, which sends the person back to our page at /signin. */
export function startOpenIdSignIn(deps: Deps): Handler<Env> {
  return async (c) => {
    requireConfidential(c, deps)
    const host = deps.hosts.get(param(c, 'host'))
    const { realm } = await readBody(c, OpenIdRequest)
    const { key } = host.config
    const attempt = await deps.logins.admit(limitKey(c.get('facts').client), null, key)
    const redirect = redirectAddress(c, deps)
    let start: OpenIdStart
    try {
      start = await startOpenId(host, realm, redirect)
    } catch (error) {
      const isRefused = error instanceof Failure && error.code === 'openid_unavailable'
      if (isRefused) attempt.failed()
      else attempt.undecided()
      // People are told the same whatever it is; who runs the host needs to know.
      deps.log.warn('no way to an identity provider', { host: key, error: describeError(error) })
      throw error
    }
    const { url, state, place } = start
    deps.openIdFlows.add(state, markBrowser(c, deps), { host, place, redirect, attempt })
    const body: OpenIdAnswer = { url }
    return c.json(body)
  }
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
    const flow = await takeFlow(c, deps, back.state)
    return respond(c, deps, flow.host, await redeem(flow, back))
  }
}

async function redeem(flow: OpenIdFlow, back: OpenIdReturn): Promise<SignInAnswer> {
  const { host, place, redirect, attempt } = flow
  try {
    const answer = await finishOpenId(host, back, redirect, place)
    attempt.succeeded()
    return answer
  } catch (error) {
    if (isSignInRefused(error)) attempt.failed()
    else attempt.undecided()
    throw error
  }
}

/** The flow of this state, at its turn. Throws Failure openid_expired unless it is this browser's. */
async function takeFlow(c: Context<Env>, deps: Deps, state: string): Promise<OpenIdFlow> {
  const mark = markOf(c, deps)
  if (mark !== null) {
    const waiting = deps.openIdFlows.find(state, mark)
    if (waiting) await deps.logins.turn(waiting.host.config.key)
    const flow = waiting && deps.openIdFlows.take(state, mark)
    // The host may have been configured anew meanwhile.
    if (flow && deps.hosts.all().includes(flow.host)) return flow
  }
  const attempt = await deps.logins.admit(limitKey(c.get('facts').client), null, null)
  attempt.failed()
  throw new Failure('openid_expired')
}
