/** The stream of events that keeps pages up to date: one a browser, however many windows it has. */
import type { Handler } from 'hono'
import { Failure } from '../errors.ts'
import type { Session } from '../session/sessions.ts'
import type { Deps, Env } from './deps.ts'
import { EventStream } from './event-stream.ts'
import { requireSession } from './guard.ts'
import { SessionWatch } from './session-watch.ts'

/** Streams of one session at a time: a browser needs one, and a moment of two when windows take turns. */
const MAX_STREAMS = 8

const HEADERS = {
  'Content-Type': 'text/event-stream',
  // Nothing between us may keep events back to compress them.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
} as const

/** The streams there are, against the limit. */
export class EventStreams {
  readonly #bySession = new Map<Session, Set<EventStream>>()

  get open(): number {
    return [...this.#bySession.values()].reduce((sum, streams) => sum + streams.size, 0)
  }

  /** Throws Failure too_many_streams. */
  requireRoom(session: Session): void {
    const { size = 0 } = this.#bySession.get(session) ?? {}
    if (size >= MAX_STREAMS) throw new Failure('too_many_streams')
  }

  add(session: Session, stream: EventStream): void {
    const streams = this.#bySession.get(session) ?? new Set()
    this.#bySession.set(session, streams.add(stream))
  }

  remove(session: Session, stream: EventStream): void {
    const streams = this.#bySession.get(session)
    streams?.delete(stream)
    if (streams?.size === 0) this.#bySession.delete(session)
  }

  endAll(): void {
    for (const streams of [...this.#bySession.values()]) for (const each of [...streams]) each.end()
  }
}

/** Watching is no activity: a page left open does not keep its session. */
export function streamEvents(deps: Deps): Handler<Env> {
  return (c) => {
    const session = requireSession(c)
    if (deps.stopping()) throw new Failure('restarting')
    if (c.req.method === 'HEAD') return new Response(null, { headers: HEADERS })
    deps.streams.requireRoom(session)
    return new Response(openStream(session, deps).body, { headers: HEADERS })
  }
}

function openStream(session: Session, deps: Deps): EventStream {
  const { clock, config, streams } = deps
  const stream = new EventStream({
    clock,
    stall: config.limits.stall,
    everything: () => watch.everything(),
    onEnd: () => {
      stopLooking()
      watch.stop()
      streams.remove(session, stream)
    },
  })
  const watch = new SessionWatch(session, deps, stream)
  const stopLooking = session.watch(() => {
    if (session.over) stream.end()
  })
  streams.add(session, stream)
  return stream
}
