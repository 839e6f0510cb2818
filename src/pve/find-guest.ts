/** Finding a guest that its user may open or switch, but does not see listed. */
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import type { GuestPlace } from './api.ts'
import { apiPath, get, type Identity, PveRefusal } from './call.ts'
import type { Host } from './host.ts'
import { GuestResource, type NodeResource } from './schemas.ts'

const TYPES = ['qemu', 'lxc'] as const
/** Nodes that are asked; a cluster of PVE's has rarely more. */
const MAX_NODES = 32

/** What a call says that finds no guest where it was sent: its configuration is on another node, or nowhere. */
const ELSEWHERE =
  /^Configuration file .* does not exist|^unable to find configuration file for (VM|CT) \d+ on node/

/** Whether PVE said that the guest is not where it was looked for (PVE 7 to 9 have two wordings). */
export function isElsewhere(error: unknown): boolean {
  return error instanceof PveRefusal && error.status === 500 && ELSEWHERE.test(error.reason)
}

/** At least one. */
export type GuestPlaces = readonly [GuestPlace, ...GuestPlace[]]

/**
 * Where a guest is, for a user to whom PVE lists neither it nor its place: the few places are tried.
 *
 * The index below a guest may be read by everybody, changes nothing, and is only there where the guest is
 * (PVE 7 to 9). A place about which PVE says neither yes nor no is possible: then there may be several.
 * `last` is where it was before, and as a rule still is.
 * Throws Failure: no_such_guest, or node_unreachable where it may be on a node that is off or does not answer.
 */
export async function findGuest(
  host: Host,
  identity: Identity,
  vmid: number,
  nodes: readonly Pick<NodeResource, 'node' | 'status'>[],
  last: GuestPlace | null,
): Promise<GuestPlaces> {
  const possible: GuestPlace[] = []
  const asked = nodes.filter(({ status }) => status !== 'offline').map(({ node }) => node)
  let unanswered: unknown
  for (const places of inTurn(vmid, asked.slice(0, MAX_NODES), last)) {
    const looks = await Promise.all(places.map((place) => look(host, identity, place)))
    for (const [place, answer] of looks) {
      if (answer === 'here') return [place]
      if (answer === 'untold') possible.push(place)
      if (answer instanceof PveRefusal) unanswered = answer
    }
  }
  const [first, ...others] = possible
  if (first) return [first, ...others]
  if (unanswered || asked.length < nodes.length) {
    throw new Failure('node_unreachable', { cause: unanswered })
  }
  throw new Failure('no_such_guest')
}

/** Both types of a node at a time, the last known place before all others. */
function inTurn(vmid: number, nodes: readonly string[], last: GuestPlace | null): GuestPlace[][] {
  const others = nodes.map((node) =>
    TYPES.filter((type) => node !== last?.node || type !== last.type).map((type) => ({
      node,
      type,
      vmid,
    })),
  )
  return last && nodes.includes(last.node) ? [[last], ...others] : others
}

type Look = 'here' | 'elsewhere' | 'untold' | PveRefusal

async function look(
  host: Host,
  identity: Identity,
  place: GuestPlace,
): Promise<readonly [GuestPlace, Look]> {
  try {
    const { node, type, vmid } = place
    const path = apiPath('nodes', node, type, vmid, 'status')
    await get(host, { path, identity, answer: v.array(v.unknown()) })
    return [place, 'here']
  } catch (error) {
    if (isElsewhere(error)) return [place, 'elsewhere']
    if (!(error instanceof PveRefusal) || error.status === 401) throw error
    return [place, isNodeAway(error) ? error : 'untold']
  }
}

/** PVE's own proxy between nodes could not reach one: statuses of its HTTP client (PVE 7 to 9). */
export function isNodeAway({ status }: PveRefusal): boolean {
  return status >= 595 && status <= 599
}

/** What can be told of a guest of which only its place is known. */
export function unlistedGuest(place: GuestPlace): GuestResource {
  return v.parse(GuestResource, place)
}
