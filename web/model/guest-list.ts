import type { Guest, GuestList, HostSummary, Node } from '../../src/http/contract.ts'

export interface NodeGroup {
  readonly name: string
  /** Undefined where PVE does not show the node to this account. */
  readonly node: Node | undefined
  readonly guests: readonly Guest[]
}

export interface HostGroup {
  readonly key: string
  readonly label: string
  readonly user: string
  readonly version: string
  readonly nodes: readonly NodeGroup[]
  readonly guests: number
}

/** Whether every word of the query is somewhere in the guest's name, number, tags, node or host. */
export function matches(guest: Guest, hostLabel: string, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const text = [guest.name, guest.vmid, ...guest.tags, guest.node, guest.host, hostLabel]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

/**
 * Groups by host in the configuration's order, then node, then VMID. Without a query a host or node
 * without guests is listed too; with one only what has a match is.
 */
export function groupGuests(
  list: GuestList,
  hosts: readonly HostSummary[],
  query: string,
): readonly HostGroup[] {
  const known = new Map(hosts.map((host) => [host.key, host]))
  const keys = new Set(hosts.filter((host) => host.user !== null).map((host) => host.key))
  for (const guest of list.guests) keys.add(guest.host)
  const groups: HostGroup[] = []
  for (const key of keys) {
    const host = known.get(key)
    const label = host?.label ?? key
    const guests = list.guests.filter((each) => each.host === key && matches(each, label, query))
    const nodes = list.nodes.filter((node) => node.host === key)
    if (guests.length > 0 || query.trim() === '') {
      groups.push({
        key,
        label,
        user: host?.user ?? '',
        version: host?.version ?? '',
        nodes: groupByNode(guests, query.trim() === '' ? nodes : [], nodes),
        guests: guests.length,
      })
    }
  }
  return groups
}

function groupByNode(
  guests: readonly Guest[],
  always: readonly Node[],
  nodes: readonly Node[],
): readonly NodeGroup[] {
  const names = new Set([...always.map((node) => node.node), ...guests.map((guest) => guest.node)])
  return [...names].sort(byName).map((name) => ({
    name,
    node: nodes.find((node) => node.node === name),
    guests: guests.filter((guest) => guest.node === name).sort((a, b) => a.vmid - b.vmid),
  }))
}

/** Names as people count: pve2 before pve10. */
function byName(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}
