import type {
  Change,
  Guest,
  GuestList,
  HostProblem,
  Node,
  ProblemNews,
  SessionNews,
  Snapshot,
} from '../../src/http/contract.ts'

/** What is known of all hosts. Entries that did not change are the same objects as before. */
export interface LiveList {
  /** By `host/vmid`. Templates are no guests that one could open, and are not in here. */
  readonly guests: ReadonlyMap<string, Guest>
  /** By `host/node`. */
  readonly nodes: ReadonlyMap<string, Node>
  /** By host. */
  readonly problems: ReadonlyMap<string, HostProblem>
  /** Hosts that have yet to answer. */
  readonly asking: ReadonlySet<string>
  /** Undefined before the server has told. */
  readonly session: SessionNews | undefined
  /** False before the first snapshot. */
  readonly known: boolean
}

export const nothingKnown: LiveList = {
  guests: new Map(),
  nodes: new Map(),
  problems: new Map(),
  asking: new Set(),
  session: undefined,
  known: false,
}

/** What the server says, one of four things. */
export type LiveEvent =
  | { readonly event: 'snapshot'; readonly data: Snapshot }
  | { readonly event: 'change'; readonly data: Change }
  | { readonly event: 'problem'; readonly data: ProblemNews }
  | { readonly event: 'session'; readonly data: SessionNews }

/** Names a guest among all hosts. */
export function guestKey({ host, vmid }: { host: string; vmid: number }): string {
  return `${host}/${vmid}`
}

function nodeKey({ host, node }: { host: string; node: string }): string {
  return `${host}/${node}`
}

/** What is known after an event. */
export function apply(list: LiveList, { event, data }: LiveEvent): LiveList {
  switch (event) {
    case 'snapshot':
      return applySnapshot(list, data)
    case 'change':
      return applyChange(list, data)
    case 'problem':
      return { ...list, problems: applyProblem(list.problems, data) }
    case 'session':
      return applySession(list, data)
  }
}

/**
 * All anew. What a failing host told last stays, marked as unknown, and what one that has yet to answer told
 * last stays as it is, so that one broken host takes nothing off the page.
 */
function applySnapshot(before: LiveList, now: Snapshot): LiveList {
  const asking = new Set(now.asking)
  const told = new Set([...now.guests, ...now.nodes].map(({ host }) => host))
  const failing = new Set(now.problems.map(({ host }) => host).filter((host) => !told.has(host)))
  const guests = now.guests.filter(({ template }) => !template)
  for (const guest of before.guests.values()) {
    if (asking.has(guest.host)) guests.push(guest)
    else if (failing.has(guest.host)) guests.push(asUnknown(guest))
  }
  const nodes = [...now.nodes]
  for (const node of before.nodes.values()) {
    if (asking.has(node.host)) nodes.push(node)
    else if (failing.has(node.host)) nodes.push({ ...node, ...standstill })
  }
  return {
    guests: keepSame(before.guests, guests, guestKey),
    nodes: keepSame(before.nodes, nodes, nodeKey),
    problems: new Map(now.problems.map((problem) => [problem.host, problem])),
    asking,
    session: before.session,
    known: true,
  }
}

const standstill = { status: 'unknown', cpu: 0, mem: 0, uptime: 0 }

function asUnknown({ lock: _, ...guest }: Guest): Guest {
  return { ...guest, ...standstill }
}

/** The entries by their keys; those that say what they said before are the objects from before. */
function keepSame<T>(
  before: ReadonlyMap<string, T>,
  now: readonly T[],
  keyOf: (entry: T) => string,
): ReadonlyMap<string, T> {
  const entries = now.map((entry): [string, T] => {
    const key = keyOf(entry)
    const known = before.get(key)
    return [key, known && JSON.stringify(known) === JSON.stringify(entry) ? known : entry]
  })
  return new Map(entries)
}

function applyChange(list: LiveList, { guests, nodes, removed }: Change): LiveList {
  const nextGuests = new Map(list.guests)
  const nextNodes = new Map(list.nodes)
  for (const guest of guests) {
    if (guest.template) nextGuests.delete(guestKey(guest))
    else nextGuests.set(guestKey(guest), guest)
  }
  for (const node of nodes) nextNodes.set(nodeKey(node), node)
  for (const gone of removed) {
    if ('vmid' in gone) nextGuests.delete(guestKey(gone))
    else nextNodes.delete(nodeKey(gone))
  }
  return { ...list, guests: nextGuests, nodes: nextNodes }
}

function applyProblem(
  problems: ReadonlyMap<string, HostProblem>,
  { host, code, detail }: ProblemNews,
): ReadonlyMap<string, HostProblem> {
  const next = new Map(problems)
  if (code === null) next.delete(host)
  else next.set(host, { host, code, detail })
  return next
}

/** Where another person is signed in now, what the one before was shown does not stay for want of news. */
function applySession(list: LiveList, session: SessionNews): LiveList {
  const userOn = (news: SessionNews | undefined, host: string) =>
    news?.hosts.find((each) => each.host === host)?.user
  const left = (list.session?.hosts ?? []).filter(({ host, user }) => {
    const now = userOn(session, host)
    const old = list.asking.has(host) || list.problems.has(host)
    return now !== undefined && now !== user && old
  })
  if (left.length === 0) return { ...list, session }
  const stays = ([, { host }]: [string, { readonly host: string }]) =>
    !left.some((each) => each.host === host)
  return {
    ...list,
    session,
    guests: new Map([...list.guests].filter(stays)),
    nodes: new Map([...list.nodes].filter(stays)),
  }
}

/** What is known, as an event that tells another window all of it. */
export function asSnapshot(list: LiveList): Snapshot {
  return {
    guests: [...list.guests.values()],
    nodes: [...list.nodes.values()],
    problems: [...list.problems.values()],
    asking: [...list.asking],
  }
}

/** The answer to a plain question for the list, as the event that the stream would have sent. */
export function asEvent(list: GuestList): LiveEvent {
  return { event: 'snapshot', data: { ...list, asking: [] } }
}
