/** For whoever watches this process; to strangers it says no more than that it is there. */
import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import type { Handler } from 'hono'
import { Failure } from '../errors.ts'
import type { Deps, Env } from './deps.ts'
import { factsOf } from './request-facts.ts'

export function alive(): Handler<Env> {
  return (c) => c.text('ok\n')
}

/** Ready: not stopping, and at least one host answers and is trusted. */
export function ready(deps: Deps): Handler<Env> {
  return async (c) => {
    const states = await Promise.all(deps.hosts.all().map((host) => deps.hosts.state(host)))
    const isReady = !deps.stopping() && states.includes('ready')
    return isReady ? c.text('ready\n') : c.text('not ready\n', 503)
  }
}

/** Prometheus' text, for this machine, or for who has the token where one is configured. */
export function showMetrics(deps: Deps): Handler<Env> {
  return (c) => {
    const { token } = deps.config.metrics
    const { local } = factsOf(c.req.raw.headers, c.env.peer, deps.config)
    const given = c.req.header('authorization') ?? ''
    if (token === '' ? !local : !equal(given, `Bearer ${token}`)) {
      throw new Failure('forbidden', { detail: 'The figures are not for everybody.', hint: HINT })
    }
    return c.text(deps.metrics.format(), 200, { 'Content-Type': FORMAT })
  }
}

const HINT = 'Ask from this machine, or with the token that metrics.token sets.'
const FORMAT = 'text/plain; version=0.0.4; charset=utf-8'

/** Takes as long for a token that is nearly right as for one that is not. */
function equal(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
