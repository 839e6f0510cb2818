/** What one session is shown, as events: its lists, what is wrong with its hosts, and itself. */
import type { Session } from '../session/sessions.ts'
import type { SignIn } from '../session/sign-in.ts'
import { describeConsoles } from './consoles.ts'
import type { ProblemNews, SessionNews, Snapshot } from './contract.ts'
import type { Deps } from './deps.ts'
import { encodeEvent } from './event-stream.ts'
import { lostHosts } from './guests.ts'
import type { ListNews, LiveList } from './live-list.ts'
import { summarizeSession } from './own-sessions.ts'

/** Milliseconds that the first snapshot waits for hosts; those that take longer come with a later one. */
const PATIENCE = 1000

/** Where events go: `EventStream`, as far as it is used here. */
export interface EventSink {
  send(events: string): void
  sendEverything(): void
}

type WatchDeps = Pick<Deps, 'lists' | 'counts' | 'clock'>

interface Followed {
  readonly signIn: SignIn
  readonly list: LiveList
  readonly stop: () => void
}

/**
 * Follows a session until `stop`. A host that has not answered yet is named in the snapshot; its first answer
 * makes another snapshot, so a change only ever tells of a host that has been told before.
 */
export class SessionWatch {
  readonly #session: Session
  readonly #deps: WatchDeps
  readonly #sink: EventSink
  readonly #followed = new Map<string, Followed>()
  /** Hosts whose entries the next snapshot holds, or the last one did. */
  readonly #told = new Set<string>()
  /** Hosts whose loss the last snapshot told. */
  #toldLost = ''
  #begun = false
  readonly #stopSession: () => void
  readonly #cancelPatience: () => void

  constructor(session: Session, deps: WatchDeps, sink: EventSink) {
    this.#session = session
    this.#deps = deps
    this.#sink = sink
    this.#cancelPatience = deps.clock.schedule(() => this.#begin(), PATIENCE)
    this.#stopSession = session.watch(() => this.#onSession())
    this.#follow()
    this.#beginIfKnown()
  }

  /** All that holds now, as events. */
  everything(): string {
    const known = [...this.#followed.values()].filter(({ list }) => list.known)
    for (const { list } of known) this.#told.add(list.host)
    this.#toldLost = this.#lost()
    const parts = known.map(({ list }) => list.told)
    const snapshot: Snapshot = {
      guests: parts.flatMap(({ guests }) => guests),
      nodes: parts.flatMap(({ nodes }) => nodes),
      problems: [...parts.flatMap(({ problem }) => problem ?? []), ...lostHosts(this.#session)],
      asking: [...this.#followed.keys()].filter((host) => !this.#told.has(host)),
    }
    return encodeEvent('snapshot', snapshot) + this.#sessionEvent()
  }

  stop(): void {
    this.#cancelPatience()
    this.#stopSession()
    for (const { stop } of this.#followed.values()) stop()
    this.#followed.clear()
  }

  /** Follows the sign-ins that are new, and answers whether there were any. */
  #follow(): boolean {
    const added = [...this.#session.signIns].filter(([host]) => !this.#followed.has(host))
    for (const [host, signIn] of added) {
      const list = this.#deps.lists.of(signIn)
      const stop = list.watch((news) => this.#onList(host, news))
      this.#followed.set(host, { signIn, list, stop })
    }
    return added.length > 0
  }

  /** Sign-ins that are no more, or other ones now, are followed no longer. Answers whether there were any. */
  #unfollow(): boolean {
    const ended = [...this.#followed].filter(
      ([host, { signIn }]) => this.#session.signIns.get(host) !== signIn,
    )
    for (const [host, { stop }] of ended) {
      stop()
      this.#followed.delete(host)
      this.#told.delete(host)
    }
    return ended.length > 0
  }

  #onSession(): void {
    // Its end is the stream's, which stops this.
    if (this.#session.over) return
    const left = this.#unfollow()
    const came = this.#follow()
    if (!this.#begun) return
    if (left || came || this.#lost() !== this.#toldLost) this.#sink.sendEverything()
    else this.#sink.send(this.#sessionEvent())
  }

  #lost(): string {
    return [...this.#session.lost].join()
  }

  #onList(host: string, { change, problem }: ListNews): void {
    if (!this.#begun) this.#beginIfKnown()
    else if (!this.#told.has(host)) this.#sink.sendEverything()
    else {
      if (change) this.#sink.send(encodeEvent('change', change))
      if (problem !== undefined) this.#tellProblem(problem ?? { host, code: null, detail: '' })
    }
  }

  #tellProblem(news: ProblemNews): void {
    this.#sink.send(encodeEvent('problem', news))
  }

  #beginIfKnown(): void {
    if ([...this.#followed.values()].every(({ list }) => list.known)) this.#begin()
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.#cancelPatience()
    this.#sink.sendEverything()
  }

  #sessionEvent(): string {
    const consoles = describeConsoles(this.#session, this.#deps)
    const news: SessionNews = { ...summarizeSession(this.#session), consoles }
    return encodeEvent('session', news)
  }
}
