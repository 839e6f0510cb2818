/** Guests and nodes of all hosts that the asker is signed in to. */
import type { Handler } from 'hono'
import { Failure } from '../errors.ts'
import { describeError } from '../log.ts'
import { readStatus } from '../pve/api.ts'
import { unlistedGuest } from '../pve/find-guest.ts'
import { consoleKinds, readGuestConfig } from '../pve/guest-config.ts'
import { hasPrivilege } from '../pve/privileges.ts'
import type { GuestResource, NodeResource, Permissions } from '../pve/schemas.ts'
import type { Listing } from '../session/inventory.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { Guest, GuestList, HostProblem, Node } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireSession, requireSignIn } from './guard.ts'
import { param, vmidParam } from './input.ts'
import { refusalToFailure } from './refusal.ts'

/** One broken host is a problem in the answer, and never hides the others. */
export function listGuests(deps: Deps): Handler<Env> {
  return async (c) => {
    const signIns = [...requireSession(c).signIns.values()]
    const parts = await Promise.all(signIns.map((signIn) => listOne(signIn, deps)))
    const body: GuestList = {
      guests: parts.flatMap((part) => part.guests),
      nodes: parts.flatMap((part) => part.nodes),
      problems: parts.flatMap((part) => part.problems),
    }
    return c.json(body)
  }
}

async function listOne(signIn: SignIn, deps: Deps): Promise<GuestList> {
  const host = signIn.host.config.key
  try {
    const listing = await signIn.inventory.list()
    return { ...describeAll(host, listing), problems: unreadProblem(host, listing.unread) }
  } catch (error) {
    return { guests: [], nodes: [], problems: [problemOf(host, error, deps)] }
  }
}

function describeAll(host: string, { guests, nodes, permissions }: Listing) {
  return {
    guests: guests.map((guest) => describeGuest(host, guest, permissions)),
    nodes: nodes.map((node) => describeNode(host, node, permissions)),
  }
}

/** Entries of an unexpected form are left out, and that is said. */
function unreadProblem(host: string, unread: number): HostProblem[] {
  if (unread === 0) return []
  const detail = `${unread} of the host’s entries have an unexpected form and are not shown.`
  return [{ host, code: 'pve_error', detail }]
}

function problemOf(host: string, error: unknown, deps: Deps): HostProblem {
  const failure = refusalToFailure(error)
  deps.log.warn('a host could not be listed', { host, error: describeError(error) })
  const known = failure instanceof Failure ? failure : new Failure('internal')
  return { host, code: known.code, detail: known.message }
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
    const { guests, permissions } = await signIn.inventory.list()
    const listed = guests.find((candidate) => candidate.vmid === vmid)
    if (listed) return c.json(await describeNow(signIn, listed, permissions))
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
