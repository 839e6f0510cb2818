/** Signing in through an identity provider: out to it, and back. */
import type { Context, Handler } from 'hono'
import { Failure } from '../errors.ts'
import { describeError } from '../log.ts'
import { finishOpenId, type OpenIdStart, startOpenId } from '../pve/openid.ts'
import type { OpenIdFlow } from '../session/openid-flows.ts'
import { limitKey } from './addresses.ts'
import { markBrowser, markOf } from './browser-mark.ts'
import { type OpenIdAnswer, OpenIdRequest, OpenIdReturn } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireConfidential } from './guard.ts'
import { param, readBody } from './input.ts'
import { judged, noteSignIn, respond } from './sign-in.ts'

/** Answers the address of the identity provider, which sends the person back to our page at /signin. */
export function startOpenIdSignIn(deps: Deps): Handler<Env> {
  return async (c) => {
    requireConfidential(c, deps)
    const host = deps.hosts.get(param(c, 'host'))
    const { realm } = await readBody(c, OpenIdRequest)
    const { key } = host.config
    const address = limitKey(c.get('facts').client)
    const attempt = await deps.logins.admit(address, null, key).catch((error) => {
      noteSignIn(c, deps, 'sign_in_limited', host, `@${realm}`)
      throw error
    })
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
    deps.openIdFlows.add(state, markBrowser(c, deps), { host, place, realm, redirect, attempt })
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
    const { host, place, realm, redirect, attempt } = await takeFlow(c, deps, back.state)
    const answer = await judged(c, deps, host, `@${realm}`, attempt, () =>
      finishOpenId(host, back, redirect, place),
    )
    return respond(c, deps, host, answer)
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
