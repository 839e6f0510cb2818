/** Console sockets, and the list of those that are open. */

import type { Context, Handler } from 'hono'
import { Failure } from '../errors.ts'
import { describeError } from '../log.ts'
import type { Port } from '../relay/port.ts'
import type { Session } from '../session/sessions.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { ConsoleSummary } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireSession } from './guard.ts'
import { param, vmidParam } from './input.ts'
import { consolesOf, LiveConsole } from './live-console.ts'
import { closeReason, failureId } from './problem.ts'
import { runScreen } from './screen.ts'

/**
 * Takes the upgrade of everybody whose cookie this process signed, so that the browser can be told in the
 * close code why there is no console; a browser shows nothing of a refused upgrade.
 */
export function openGuestConsole(deps: Deps): Handler<Env> {
  return (c) =>
    upgrade(c, deps, (browser) => {
      const host = deps.hosts.get(param(c, 'host'))
      const vmid = vmidParam(c)
      const kind = c.req.query('kind') ?? 'vnc'
      if (kind !== 'vnc' && kind !== 'terminal') throw new Failure('bad_request')
      if (kind === 'terminal') {
        throw new Failure('no_such_console', { detail: 'Terminals are not there yet.' })
      }
      startScreen(c, deps, browser, { host: host.config.key, vmid })
    })
}

/** Node shells are terminals, which are not there yet. */
export function openNodeConsole(deps: Deps): Handler<Env> {
  return (c) =>
    upgrade(c, deps, () => {
      deps.hosts.get(param(c, 'host'))
      requireSession(c)
      throw new Failure('no_such_console', { detail: 'Node shells are not there yet.' })
    })
}

function upgrade(
  c: Context<Env>,
  deps: Deps,
  start: (browser: Port) => void,
): Response | Promise<Response> {
  if (!c.get('known')) throw new Failure('not_signed_in')
  if (!asksForWebSocket(c.req.raw)) throw new Failure('bad_request', { detail: NO_WEBSOCKET })
  const open = (browser: Port): void => {
    try {
      if (deps.stopping()) throw new Failure('restarting')
      start(browser)
    } catch (error) {
      refuse(browser, error, deps)
    }
  }
  const answer = c.env.upgrade({ protocol: 'binary', open })
  if (!answer) throw new Failure('bad_request', { detail: NO_WEBSOCKET })
  return answer
}

const NO_WEBSOCKET = 'This address takes WebSockets only.'

/** A complete opening handshake (RFC 6455 section 4.2.1); what runtimes make of others differs. */
function asksForWebSocket({ method, headers }: Request): boolean {
  return (
    method === 'GET' &&
    headers.get('upgrade')?.toLowerCase() === 'websocket' &&
    /(^|[\s,])upgrade([\s,]|$)/i.test(headers.get('connection') ?? '') &&
    headers.get('sec-websocket-version') === '13' &&
    /^[A-Za-z0-9+/]{22}==$/.test(headers.get('sec-websocket-key') ?? '')
  )
}

function refuse(browser: Port, error: unknown, deps: Deps): void {
  const failure = error instanceof Failure ? error : new Failure('internal', { cause: error })
  const id = failure.code === 'internal' ? failureId() : undefined
  if (id) deps.log.error('a console could not be opened', { id, error: describeError(error) })
  browser.close(failure.kind.close, closeReason(failure, id))
}

function startScreen(
  c: Context<Env>,
  deps: Deps,
  browser: Port,
  target: { host: string; vmid: number },
): void {
  const session = requireSession(c)
  const signIn = session.signIns.get(target.host)
  if (!signIn) throw new Failure('not_signed_in')
  const countBack = deps.counts.take(target.host, session.consoles.size)
  const console = new LiveConsole(browser, target, deps.log, deps.clock, () => {
    countBack()
    deps.sessions.removeConsole(session, console)
  })
  deps.sessions.addConsole(session, console)
  deps.sessions.touch(session)
  const { user } = signIn
  const from = c.get('facts').client
  deps.log.info('console opening', { console: console.id, ...target, user, from })
  const current = (): SignIn => {
    const now = session.signIns.get(target.host)
    if (!now) throw new Failure('signed_out')
    return now
  }
  void runScreen(console, browser, current, {
    runtime: deps.runtime,
    clock: deps.clock,
    limits: deps.config.limits,
    turns: deps.turns,
    onActivity: () => deps.sessions.touch(session),
  })
}

export function listConsoles(): Handler<Env> {
  return (c) => c.json(consolesOf(requireSession(c)).map(summarize))
}

function summarize(console: LiveConsole): ConsoleSummary {
  const { id, target, since, bytes } = console
  const { host, vmid } = target
  const counted = { bytes_in: bytes.in, bytes_out: bytes.out }
  return { id, host, vmid, kind: 'vnc', since: since.toISOString(), ...counted }
}

/** Closes one of the asker's own consoles; another's is not there. */
export function closeConsole(): Handler<Env> {
  return (c) => {
    const session: Session = requireSession(c)
    const console = consolesOf(session).find((candidate) => candidate.id === param(c, 'id'))
    if (!console) throw new Failure('not_found')
    console.end('ended')
    return c.body(null, 204)
  }
}
