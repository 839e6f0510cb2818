/** The calls that this program makes, one function a call. */
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { PROBE } from './address.ts'
import { apiPath, type Callee, get, type Identity, PveRefusal, post } from './call.ts'
import type { Host } from './host.ts'
import {
  CurrentStatus,
  Domains,
  type GuestResource,
  type NodeResource,
  Permissions,
  Resource,
  Resources,
  TicketAnswer,
  Version,
} from './schemas.ts'
import { identityOf } from './ticket.ts'

/** Where a guest is. */
export interface GuestPlace {
  readonly node: string
  readonly type: 'qemu' | 'lxc'
  readonly vmid: number
}

/** What has a console: a guest, or a node. */
export type ConsolePlace = GuestPlace | { readonly node: string }

/** Segments of the path that PVE has a place under. */
export function placePath(place: ConsolePlace): readonly (string | number)[] {
  const { node } = place
  return 'type' in place ? ['nodes', node, place.type, place.vmid] : ['nodes', node]
}

export interface RealmInfo {
  readonly realm: string
  readonly type: string
  readonly comment?: string
  readonly default?: boolean
  readonly tfa?: string
}

/** Bytes of what PVE lists to one user: 20,000 guests are 9 MB, and a right on each of them is no less. */
const MAX_LIST = 16 * 1024 * 1024

export interface HostLook {
  /** Sorted by name; PVE answers in any order. */
  readonly realms: RealmInfo[]
  /** The host's clock, in milliseconds since 1970, in whole seconds; null where it does not tell. */
  readonly clock: number | null
}

/**
 * What a host tells without a sign-in; so it is also what finds out whether it answers, and is sent even
 * where other calls would fail at once.
 */
export async function lookAt(host: Callee): Promise<HostLook> {
  const { data, date } = await get(host, { ...PROBE, answer: Domains })
  const realms = data
    .map(({ realm, type, comment, tfa, default: preferred }) => ({
      realm,
      type,
      ...(comment ? { comment } : {}),
      ...(tfa ? { tfa } : {}),
      ...(preferred ? { default: true } : {}),
    }))
    .sort((a, b) => a.realm.localeCompare(b.realm, 'en'))
  const time = Date.parse(date ?? '')
  return { realms, clock: Number.isNaN(time) ? null : time }
}

/**
 * The version that PVE's own page names for its scripts (7 to 9), without a sign-in; null where there is none,
 * as behind a proxy that shows a page of its own.
 */
export async function readPageVersion(host: Callee): Promise<string | null> {
  const headers = { Accept: 'text/html' }
  const { body } = await host.send({ method: 'GET', path: '/', headers, lane: PROBE.lane })
  return /\bpvemanagerlib\.js\?ver=(\d{1,3}(?:\.\d{1,4}){1,3})(?![\w.])/.exec(body)?.[1] ?? null
}

/** A ticket, or the half-ticket of a user who has to show a second factor. */
export type SignInAnswer =
  | { readonly kind: 'ticket'; readonly user: string; readonly identity: Identity }
  | { readonly kind: 'challenge'; readonly user: string; readonly ticket: string }

/**
 * Signs in with a password, or renews with a ticket in its place.
 *
 * `secondFactor` is the half-ticket of the first step; the password is then the factor's answer. Throws
 * Failure login_failed for every refusal, because PVE does not say why either, and it takes 3 s to say so.
 */
export async function requestTicket(
  host: Host,
  user: string,
  password: string,
  secondFactor?: string,
): Promise<SignInAnswer> {
  try {
    const answer = await post(host, {
      path: apiPath('access', 'ticket'),
      lane: 'sign-in',
      parameters: {
        username: user,
        password,
        // PVE 7 answers with an older kind of challenge without it.
        'new-format': '1',
        ...(secondFactor === undefined ? {} : { 'tfa-challenge': secondFactor }),
      },
      answer: TicketAnswer,
    })
    const { username: canonical, ticket, NeedTFA } = answer.data
    if (NeedTFA) return { kind: 'challenge', user: canonical, ticket }
    return { kind: 'ticket', user: canonical, identity: identityOf(answer) }
  } catch (error) {
    // 400 is a user name or realm that PVE's own rules exclude: no such account either.
    if (error instanceof PveRefusal && (error.status === 401 || error.status === 400)) {
      throw new Failure('login_failed', { cause: error })
    }
    throw error
  }
}

export async function readVersion(host: Host, identity: Identity): Promise<string> {
  const { data } = await get(host, { path: apiPath('version'), identity, answer: Version })
  return data.version
}

/** What PVE lists; `unread` counts entries that are not as PVE makes them. */
export interface ResourceList {
  readonly guests: readonly GuestResource[]
  readonly nodes: readonly NodeResource[]
  readonly unread: number
}

/** What PVE lists to this user; figures of guests are up to ten seconds old. */
export async function readResources(host: Host, identity: Identity): Promise<ResourceList> {
  const path = apiPath('cluster', 'resources')
  const { data } = await get(host, { path, identity, maxBody: MAX_LIST, answer: Resources })
  const guests: GuestResource[] = []
  const nodes: NodeResource[] = []
  let unread = 0
  for (const entry of data) {
    const { success, output } = v.safeParse(Resource, entry)
    if (!success) unread++
    else if ('vmid' in output) guests.push(output)
    else if ('node' in output) nodes.push(output)
  }
  return { guests, nodes, unread }
}

export async function readPermissions(host: Host, identity: Identity): Promise<Permissions> {
  const path = apiPath('access', 'permissions')
  const { data } = await get(host, { path, identity, maxBody: MAX_LIST, answer: Permissions })
  return data
}

/** The state of a guest now. Throws PveRefusal 403 for a user without VM.Audit on it. */
export async function readStatus(
  host: Host,
  identity: Identity,
  place: GuestPlace,
): Promise<v.InferOutput<typeof CurrentStatus>> {
  const path = apiPath(...placePath(place), 'status', 'current')
  const { data } = await get(host, { path, identity, answer: CurrentStatus })
  return data
}
