/** For whoever watches this process: constant bodies that say nothing about it. */
import type { Handler } from 'hono'
import type { Deps, Env } from './deps.ts'

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
