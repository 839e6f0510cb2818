/** What one sign-in is shown, followed for as long as somebody watches. */
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { Change, Guest, HostProblem, Node } from './contract.ts'
import { type HostPart, listHost, logFailure } from './guests.ts'
import { type Difference, update } from './list-changes.ts'

/** Milliseconds between an answer and the next question: PVE's own figures are up to ten seconds old. */
const PACE = 4000
/** The same for a while after an action, when people wait for what it does: PVE keeps its list for two seconds. */
const QUICK_PACE = 2000
/** Milliseconds after an action for which that holds; a shutdown has a minute, but then its task tells more. */
const QUICK_FOR = 30_000
/** Milliseconds for which what was asked of a guest itself outdoes the list: no longer than that is late. */
const LEARNED_FOR = 12_000

/** What became new: entries of the list, or what is wrong with the host. */
export interface ListNews {
  readonly change?: Change
  /** Null once all is well again. */
  readonly problem?: HostProblem | null
}

interface Learned {
  readonly status: string
  readonly lock: string | undefined
  readonly until: number
}

export class LiveList {
  readonly #signIn: SignIn
  readonly #clock: Clock
  readonly #log: Log
  readonly #watchers = new Set<(news: ListNews) => void>()
  readonly #guests = new Map<number, Guest>()
  readonly #nodes = new Map<string, Node>()
  readonly #learned = new Map<number, Learned>()
  #problem: HostProblem | null = null
  #latest: HostPart | null = null
  #quickUntil = Number.NEGATIVE_INFINITY
  #cancel: () => void = () => {}
  /** Answers to questions of an earlier watch are of no interest to the next one. */
  #watch = 0

  constructor(signIn: SignIn, clock: Clock, log: Log) {
    this.#signIn = signIn
    this.#clock = clock
    this.#log = log
  }

  get host(): string {
    return this.#signIn.host.config.key
  }

  /** Whether the host has answered, or failed to, since somebody began to watch. */
  get known(): boolean {
    return this.#latest !== null
  }

  /** What watchers have been told so far. */
  get told(): {
    readonly guests: Guest[]
    readonly nodes: Node[]
    readonly problem: HostProblem | null
  } {
    return {
      guests: [...this.#guests.values()],
      nodes: [...this.#nodes.values()],
      problem: this.#problem,
    }
  }

  /**
   * Follows the list from its first watcher to its last. `onNews` is called with each difference from what
   * `told` says, the first answer included. The answer ends the watch.
   */
  watch(onNews: (news: ListNews) => void): () => void {
    this.#watchers.add(onNews)
    if (this.#watchers.size === 1) void this.#ask(this.#watch)
    return () => {
      if (this.#watchers.delete(onNews) && this.#watchers.size === 0) this.#forget()
    }
  }

  /** Something was done to a guest: what comes of it is looked for sooner. */
  hurry(): void {
    this.#quickUntil = this.#clock.monotonic() + QUICK_FOR
    if (!this.known) return
    this.#cancel()
    this.#schedule()
  }

  /** A guest was asked itself, which is newer than the list for a while. */
  learn({ vmid, status, lock }: Guest): void {
    if (!this.#latest) return
    const until = this.#clock.monotonic() + LEARNED_FOR
    this.#learned.set(vmid, { status, lock, until })
    this.#tell(this.#latest)
  }

  async #ask(watch: number): Promise<void> {
    const part = await listHost(this.#signIn)
    if (watch !== this.#watch) return
    // Once, and not at each try of a host that is away for the night.
    if (part.problem?.code !== this.#problem?.code) logFailure(part, this.#log)
    this.#latest = part
    this.#schedule()
    this.#tell(part)
  }

  #schedule(): void {
    const quick = this.#clock.monotonic() < this.#quickUntil
    const watch = this.#watch
    this.#cancel = this.#clock.schedule(() => void this.#ask(watch), quick ? QUICK_PACE : PACE)
  }

  #forget(): void {
    this.#watch++
    this.#cancel()
    this.#guests.clear()
    this.#nodes.clear()
    this.#learned.clear()
    this.#problem = null
    this.#latest = null
  }

  /** Tells watchers what is new in an answer; with none, what was known of the host is known no more. */
  #tell(part: HostPart): void {
    const answered = part.error === undefined
    const guests = answered
      ? part.guests.map((guest) => this.#withLearned(guest))
      : this.#unknownGuests()
    const nodes = answered ? part.nodes : this.#unknownNodes()
    const change = changeOf(
      this.host,
      update(this.#guests, guests, ({ vmid }) => vmid),
      update(this.#nodes, nodes, ({ node }) => node),
    )
    const isNew =
      part.problem?.code !== this.#problem?.code || part.problem?.detail !== this.#problem?.detail
    this.#problem = part.problem
    const news: ListNews = {
      ...(change ? { change } : {}),
      ...(isNew ? { problem: part.problem } : {}),
    }
    for (const onNews of [...this.#watchers]) onNews(news)
  }

  /** The list's entry, with what the guest itself has said since, until the list says so too. */
  #withLearned(guest: Guest): Guest {
    const learned = this.#learned.get(guest.vmid)
    if (!learned) return guest
    const { status, lock, until } = learned
    const agrees = guest.status === status && guest.lock === lock
    if (agrees || until <= this.#clock.monotonic()) {
      this.#learned.delete(guest.vmid)
      return guest
    }
    const { lock: _, ...rest } = guest
    return { ...rest, status, ...(lock === undefined ? {} : { lock }) }
  }

  #unknownGuests(): Guest[] {
    return [...this.#guests.values()].map(({ lock: _, ...guest }) => ({
      ...guest,
      status: 'unknown',
      cpu: 0,
      mem: 0,
      uptime: 0,
    }))
  }

  #unknownNodes(): Node[] {
    const unknown = { status: 'unknown', cpu: 0, mem: 0, uptime: 0 }
    return [...this.#nodes.values()].map((node) => ({ ...node, ...unknown }))
  }
}

function changeOf(host: string, guests: Difference<Guest>, nodes: Difference<Node>): Change | null {
  const removed = [
    ...guests.removed.map(({ vmid }) => ({ host, vmid })),
    ...nodes.removed.map(({ node }) => ({ host, node })),
  ]
  if (guests.changed.length + nodes.changed.length + removed.length === 0) return null
  return { guests: [...guests.changed], nodes: [...nodes.changed], removed }
}

/** The live list of each sign-in: many watchers, one question at a time. */
export class LiveLists {
  readonly #clock: Clock
  readonly #log: Log
  readonly #lists = new WeakMap<SignIn, LiveList>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  of(signIn: SignIn): LiveList {
    const known = this.#lists.get(signIn)
    if (known) return known
    const list = new LiveList(signIn, this.#clock, this.#log)
    this.#lists.set(signIn, list)
    return list
  }
}
