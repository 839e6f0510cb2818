/** Guests and nodes of all hosts that the asker is signed in to. */
import type { Handler } from 'hono'
import { type Clock, within } from '../clock.ts'
import { Failure } from '../errors.ts'
import { describeError, type Log } from '../log.ts'
import { readStatus } from '../pve/api.ts'
import { unlistedGuest } from '../pve/find-guest.ts'
import { consoleKinds, readGuestConfig } from '../pve/guest-config.ts'
import { hasPrivilege } from '../pve/privileges.ts'
import type { GuestResource, NodeResource, Permissions } from '../pve/schemas.ts'
import type { Listing } from '../session/inventory.ts'
import type { Session } from '../session/sessions.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { Guest, GuestList, HostProblem, Node } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireSession, requireSignIn } from './guard.ts'
import { param, vmidParam } from './input.ts'
import { refusalToFailure } from './refusal.ts'

/** Milliseconds that the list of all hosts waits for one of them. */
const HOST_PATIENCE = 900
const LATE = 'The host has not answered yet; what is shown of it is from before.'
const NOTHING = { guests: [], nodes: [] }

/** One host's part of the list. */
export interface HostPart {
  readonly guests: Guest[]
  readonly nodes: Node[]
  /** Why entries are missing; null where none are. */
  readonly problem: HostProblem | null
  /** What to say of it in the log; undefined where the host has answered, be it oddly. */
  readonly error?: unknown
}

/** One broken host is a problem in the answer, and never hides the others. */
export function listGuests(deps: Deps): Handler<Env> {
  return async (c) => {
    const session = requireSession(c)
    const signIns = [...session.signIns.values()]
    const parts = await Promise.all(signIns.map((signIn) => listInTime(signIn, deps.clock)))
    for (const part of parts) logFailure(part, deps.log)
    const problems = parts.flatMap(({ problem }) => problem ?? [])
    // One that was lost just now has said so already.
    const lost = lostHosts(session).filter(
      ({ host }) => !problems.some((each) => each.host === host),
    )
    const body: GuestList = {
      guests: parts.flatMap((part) => part.guests),
      nodes: parts.flatMap((part) => part.nodes),
      problems: [...problems, ...lost],
    }
    return c.json(body)
  }
}

/** What one host lists, or listed before where it takes too long. */
async function listInTime(signIn: SignIn, clock: Pick<Clock, 'schedule'>): Promise<HostPart> {
  const part = await within(listHost(signIn), HOST_PATIENCE, clock)
  if (part) return part
  const host = signIn.host.config.key
  const problem = { host, code: 'host_timeout', detail: LATE }
  const { latest } = signIn.inventory
  return { ...(latest ? describeListing(host, latest) : NOTHING), problem }
}

/** What one host lists to whom it is signed in; never throws. */
export async function listHost(signIn: SignIn): Promise<HostPart> {
  const host = signIn.host.config.key
  try {
    const listing = await signIn.inventory.list()
    const { unread } = listing
    const problem = unread === 0 ? null : unreadProblem(host, unread)
    return { ...describeListing(host, listing), problem }
  } catch (error) {
    const failure = refusalToFailure(error)
    const known = failure instanceof Failure ? failure : new Failure('internal')
    const problem = { host, code: known.code, detail: known.message }
    return { ...NOTHING, problem, error }
  }
}

function describeListing(host: string, { guests, nodes, permissions }: Listing) {
  return {
    guests: guests.map((guest) => describeGuest(host, guest, permissions)),
    nodes: nodes.map((node) => describeNode(host, node, permissions)),
  }
}

/** Writes down why a host could not be listed. */
export function logFailure({ problem, error }: HostPart, log: Log): void {
  if (error === undefined) return
  log.warn('a host could not be listed', { host: problem?.host, error: describeError(error) })
}

/** Hosts that PVE has signed the person out of: they are missing until the next sign-in there. */
export function lostHosts({ lost }: Session): HostProblem[] {
  const { code, message } = new Failure('session_expired')
  return [...lost].map((host) => ({ host, code, detail: message }))
}

/** Entries of an unexpected form are left out, and that is said. */
function unreadProblem(host: string, unread: number): HostProblem {
  const detail = `${unread} of the host’s entries have an unexpected form and are not shown.`
  return { host, code: 'pve_error', detail }
}

/**
 * One guest, with its state as PVE has it now, for lists are up to ten seconds late, and exactly its consoles.
 * Of one that PVE does not list to the asker, what can be known: where it is, and what may be done.
 */
export function showGuest(deps: Deps): Handler<Env> {
  return async (c) => {
    const host = param(c, 'host')
    const signIn = requireSignIn(c, deps, host)
    const vmid = vmidParam(c)
    const place = await signIn.inventory.locate(vmid)
    const { guests, permissions } = await signIn.inventory.knownList()
    const listed = guests.find((candidate) => candidate.vmid === vmid)
    if (listed) {
      const body = await describeNow(signIn, listed, permissions)
      deps.lists.of(signIn).learn(body)
      return c.json(body)
    }
    if (hasPrivilege(permissions, `/vms/${vmid}`, 'VM.Audit')) throw new Failure('no_such_guest')
    return c.json(describeGuest(host, unlistedGuest(place), permissions))
  }
}

async function describeNow(
  signIn: SignIn,
  listed: GuestResource,
  permissions: Permissions,
): Promise<Guest> {
  const { host } = signIn
  const [now, config] = await signIn.inventory.at(listed.vmid, (place) =>
    signIn.use((identity) =>
      Promise.all([readStatus(host, identity, place), readGuestConfig(host, identity, place)]),
    ),
  )
  const { lock: _, ...rest } = listed
  const status = now.status === 'running' ? (now.qmpstatus ?? now.status) : now.status
  const guest = { ...rest, status, ...(now.lock === undefined ? {} : { lock: now.lock }) }
  return {
    ...describeGuest(host.config.key, guest, permissions),
    consoles: now.template === 1 ? [] : consoleKinds(guest.type, config),
  }
}

function describeGuest(host: string, guest: GuestResource, permissions: Permissions): Guest {
  const { type, vmid, tags, template, lock, ...rest } = guest
  const may = (privilege: string) => hasPrivilege(permissions, `/vms/${vmid}`, privilege)
  return {
    host,
    vmid,
    type,
    ...rest,
    ...(lock ? { lock } : {}),
    tags: tags.split(/[;, ]/).filter((tag) => tag !== ''),
    template: template === 1,
    consoles: consoleKinds(type),
    // A template cannot be started, so there is nothing to look at.
    can: {
      console: may('VM.Console') && template !== 1,
      power: may('VM.PowerMgmt') && template !== 1,
    },
  }
}

function describeNode(host: string, resource: NodeResource, permissions: Permissions): Node {
  const { node, status, cpu, maxcpu, mem, maxmem, uptime } = resource
  const console = hasPrivilege(permissions, `/nodes/${node}`, 'Sys.Console')
  return { host, node, status, cpu, maxcpu, mem, maxmem, uptime, can: { console } }
}
