/** Console sockets, and the list of those that are open. */
import type { Context, Handler } from 'hono'
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { describeError, type Fields } from '../log.ts'
import type { BrowserPort } from '../relay/port.ts'
import type { Session } from '../session/sessions.ts'
import type { SignIn } from '../session/sign-in.ts'
import { ConsoleKind, type ConsoleSummary, NodeName } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireSession } from './guard.ts'
import { param, vmidParam } from './input.ts'
import {
  type ConsoleEnd,
  type ConsoleTarget,
  consolesOf,
  LiveConsole,
  placeKey,
} from './live-console.ts'
import { closeReason, failureId } from './problem.ts'
import { runScreen } from './screen.ts'
import { resumeTerminal, runTerminal } from './terminal.ts'

/** What a page may say about the console it wants; whatever else stands there is not ours. */
export const ConsoleQuery = v.object({
  kind: ConsoleKind,
  serial: v.optional(v.pipe(v.picklist(['0', '1', '2', '3']), v.transform(Number))),
  label: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/))),
  width: v.optional(pixels(4096)),
  height: v.optional(pixels(2160)),
  /** The page opens it again by itself: no sign of its person. */
  again: v.optional(v.literal('1')),
})

/** PVE's bounds (PVE 7 to 9). */
function pixels(most: number) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,4}$/),
    v.transform(Number),
    v.minValue(16),
    v.maxValue(most),
  )
}

/**
 * Takes the upgrade of everybody whose cookie this process signed, so that the browser can be told in the
 * close code why there is no console; a browser shows nothing of a refused upgrade.
 */
export function openGuestConsole(deps: Deps): Handler<Env> {
  return (c) =>
    upgrade(c, deps, (browser) => {
      const host = deps.hosts.get(param(c, 'host')).config.key
      const vmid = vmidParam(c)
      const { kind, serial, size } = readQuery(c, 'vnc')
      start(c, deps, browser, { host, vmid, kind, ...serial, ...size })
    })
}

export function openNodeConsole(deps: Deps): Handler<Env> {
  return (c) =>
    upgrade(c, deps, (browser) => {
      const host = deps.hosts.get(param(c, 'host')).config.key
      const node = param(c, 'node')
      if (!v.is(NodeName, node)) throw new Failure('no_such_node')
      const { kind, size } = readQuery(c, 'terminal')
      start(c, deps, browser, { host, node, kind, ...size })
    })
}

/** Throws Failure bad_request for a kind, port or size that is none. */
function readQuery(c: Context<Env>, kind: ConsoleKind) {
  const parsed = v.safeParse(ConsoleQuery, { kind, ...c.req.query() })
  if (!parsed.success) throw new Failure('bad_request')
  const { serial, width, height } = parsed.output
  return {
    kind: parsed.output.kind,
    serial: serial === undefined ? {} : { serial },
    size: width === undefined || height === undefined ? {} : { size: { width, height } },
  }
}

function upgrade(
  c: Context<Env>,
  deps: Deps,
  start: (browser: BrowserPort) => void,
): Response | Promise<Response> {
  if (!c.get('known')) throw new Failure('not_signed_in')
  if (!asksForWebSocket(c.req.raw)) throw new Failure('bad_request', { detail: NO_WEBSOCKET })
  const open = (browser: BrowserPort): void => {
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

function refuse(browser: BrowserPort, error: unknown, deps: Deps): void {
  const failure = error instanceof Failure ? error : new Failure('internal', { cause: error })
  const id = failure.code === 'internal' ? failureId() : undefined
  if (id) deps.log.error('a console could not be opened', { id, error: describeError(error) })
  browser.close(failure.kind.close, closeReason(failure, id))
}

function start(c: Context<Env>, deps: Deps, browser: BrowserPort, target: ConsoleTarget): void {
  const session = requireSession(c)
  if (!session.signIns.has(target.host)) throw new Failure('not_signed_in')
  const { label } = c.req.query()
  const { size: open } = session.consoles
  // One that is to be taken up again counts already, but no number of others may claim to be that.
  const resumes = target.kind === 'terminal' && c.req.query('resume') === '1'
  if (resumes && open >= 2 * deps.config.limits.consolesPerSession) {
    throw new Failure('too_many_consoles')
  }
  const takeOne = (others: number) => deps.counts.take(target.host, placeKey(target), others)
  let counted = resumes ? null : takeOne(open)
  const console = new LiveConsole(browser, {
    ...{ target, log: deps.log, clock: deps.clock },
    ...(label === undefined ? {} : { label }),
    onWatched: (isWatched) => counted?.watch(isWatched),
    onLive: () => {
      deps.metrics.consoleOpened(console)
      deps.audit.note('console_opened', describe(c, console, session))
    },
    onEnd: (end) => {
      counted?.countBack()
      deps.sessions.removeConsole(session, console)
      noteEnd(c, deps, console, session, end)
    },
  })
  deps.sessions.addConsole(session, console)
  if (c.req.query('again') !== '1') deps.sessions.touch(session)
  const begin = (): void => run(c, deps, browser, console, session)
  if (!resumes) begin()
  else {
    void resumeTerminal(console, browser, session, deps.clock, () => {
      counted = takeOne(session.consoles.size - 1)
      begin()
    })
  }
}

function run(
  c: Context<Env>,
  deps: Deps,
  browser: BrowserPort,
  console: LiveConsole,
  session: Session,
): void {
  const current = (): SignIn => {
    const now = session.signIns.get(console.host)
    if (!now) throw new Failure('signed_out')
    return now
  }
  deps.log.debug('console opening', describe(c, console, session))
  const runKind = console.target.kind === 'vnc' ? runScreen : runTerminal
  void runKind(console, browser, current, {
    ...{ runtime: deps.runtime, clock: deps.clock, turns: deps.turns },
    limits: deps.config.limits,
    keepTerminals: deps.config.session.keepTerminals,
    onActivity: () => deps.sessions.touch(session),
  })
}

/** Who looks at what, from where. */
function describe(c: Context<Env>, { id, target }: LiveConsole, session: Session): Fields {
  const { host, kind, vmid, node } = target
  const user = session.signIns.get(host)?.user
  const client = c.get('facts').client
  return { console: id, session: session.id, host, vmid, node, kind, user, client }
}

function noteEnd(
  c: Context<Env>,
  deps: Deps,
  console: LiveConsole,
  session: Session,
  { reason, seconds, error, id }: ConsoleEnd,
): void {
  // Another console has taken its place before it began.
  if (reason === 'resumed') return
  const { in: bytes_in, out: bytes_out } = console.bytes
  deps.metrics.consoleClosed(console, reason, seconds)
  const fields = { reason, seconds: Math.round(seconds), bytes_in, bytes_out }
  deps.audit.note('console_closed', { ...describe(c, console, session), ...fields })
  if (id) deps.log.error('a console broke', { console: console.id, id, error })
  else if (error) deps.log.debug('why a console ended', { console: console.id, reason, error })
}

export function listConsoles(deps: Deps): Handler<Env> {
  return (c) => c.json(describeConsoles(requireSession(c), deps))
}

/** A session's open consoles. */
export function describeConsoles(session: Session, deps: Pick<Deps, 'counts'>): ConsoleSummary[] {
  return consolesOf(session).map((console) => summarize(console, deps))
}

/** A console as its own person may see it. */
export function summarize(console: LiveConsole, { counts }: Pick<Deps, 'counts'>): ConsoleSummary {
  const { id, target, since, bytes, browser, label, live } = console
  const { host, vmid, node, kind } = target
  const rtt = browser?.roundTripMs ?? null
  const phases = Object.entries(console.phases).map(([name, ms]) => [name, round(ms)] as const)
  return {
    ...{ id, host, kind, since: since.toISOString() },
    ...(vmid === undefined ? {} : { vmid }),
    ...(node === undefined ? {} : { node }),
    ...{ bytes_in: bytes.in, bytes_out: bytes.out },
    ...(rtt === null ? {} : { rtt_ms: round(rtt) }),
    ...(label === undefined ? {} : { label }),
    // Of a node everybody has a shell of their own.
    viewers: vmid === undefined ? 1 : counts.viewers(placeKey(target)),
    ...(live && !browser ? { kept: true } : {}),
    phases: Object.fromEntries(phases),
  }
}

/** Milliseconds to a tenth. */
function round(ms: number): number {
  return Math.round(ms * 10) / 10
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
