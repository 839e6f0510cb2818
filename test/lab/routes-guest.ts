/** What one guest is and does. */
import { createHash } from 'node:crypto'
import type { Guest } from './guest.ts'
import { serialLines } from './guest-terminals.ts'
import { type Call, type Data, data, type Route } from './route.ts'
import { ApiError, flag, node, type Rule, vmid } from './schema.ts'
import { major, type World } from './world.ts'

export type GuestType = 'qemu' | 'lxc'
export const guestTypes: readonly GuestType[] = ['qemu', 'lxc']

const snapshot: Rule = { type: 'string', optional: true, maxLength: 40 }
const mib = 1024 * 1024

export const guestRoutes: readonly Route[] = guestTypes.flatMap((type): Route[] => [
  {
    method: 'GET',
    path: `/nodes/{node}/${type}`,
    access: 'user',
    rules: type === 'qemu' ? { node, full: flag } : { node },
    run: (call) => listGuests(call, type),
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/status`,
    // Anybody who is signed in, whatever they may do: but only where the guest is.
    access: 'user',
    rules: { node, vmid },
    run: (call) => statusIndex(call, type),
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/status/current`,
    access: 'VM.Audit /vms/{vmid}',
    rules: { node, vmid },
    run: (call) => data(current(call.world, findGuest(call, type))),
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/config`,
    access: 'VM.Audit /vms/{vmid}',
    rules: { node, vmid, current: flag, snapshot },
    run: (call) => data(config(findGuest(call, type))),
  },
])

/** The guest a call names, where its configuration is on the node that the call names. */
export function guestHere(call: Call, type: GuestType): Guest | undefined {
  const guest = call.world.guests.get(Number(call.uri.vmid))
  return guest?.type === type && guest.node === nodeOf(call) ? guest : undefined
}

/** The guest a call names; throws as PVE does when its configuration is not on that node. */
export function findGuest(call: Call, type: GuestType): Guest {
  const guest = guestHere(call, type)
  if (guest) return guest
  throw new ApiError(500, noConfiguration(call, type))
}

/** What reading a configuration that is not there says. */
export function noConfiguration(call: Call, type: GuestType): string {
  const folder = type === 'qemu' ? 'qemu-server' : 'lxc'
  const file = `nodes/${nodeOf(call)}/${folder}/${call.uri.vmid}.conf`
  return `Configuration file '${file}' does not exist`
}

function statusIndex(call: Call, type: GuestType): Data {
  findGuest(call, type)
  const only = type === 'qemu' ? ['reset', 'suspend', 'resume'] : []
  const all = ['current', 'start', 'stop', 'shutdown', 'reboot', ...only]
  return data(all.map((subdir) => ({ subdir })))
}

/** The node a call is about; `localhost` is the contacted one. */
export function nodeOf(call: Call): string {
  return call.uri.node === 'localhost' ? call.node : (call.uri.node ?? '')
}

function listGuests(call: Call, type: GuestType): Data {
  const { world, userid } = call
  const here = [...world.guests.values()].filter(
    (guest) => guest.type === type && guest.node === nodeOf(call),
  )
  const visible = here.filter((guest) => world.book.has(userid, `/vms/${guest.vmid}`, 'VM.Audit'))
  return data(visible.map((guest) => common(guest)))
}

function common(guest: Guest): Record<string, unknown> {
  const lxc = guest.type === 'lxc'
  return {
    ...{ vmid: guest.vmid, name: guest.name, status: guest.status, uptime: guest.uptime },
    ...{ cpu: 0, cpus: lxc ? 2 : 1, disk: 0, diskread: 0, diskwrite: 0, netin: 0, netout: 0 },
    mem: guest.running && !lxc ? 27_028_573 : 0,
    maxmem: (lxc ? 256 : 192) * mib,
    maxdisk: lxc ? 1024 * mib : 0,
    ...(guest.lock === undefined ? {} : { lock: guest.lock }),
    ...(guest.options.tags === undefined ? {} : { tags: guest.options.tags }),
    ...(guest.options.template ? { template: 1 } : {}),
  }
}

function current(world: World, guest: Guest): Record<string, unknown> {
  const ha = { managed: 0 }
  if (guest.type === 'lxc') return { ...common(guest), type: 'lxc', swap: 0, maxswap: 0, ha }
  const running = {
    pid: guest.pid ?? 180,
    'running-machine': 'pc-i440fx-7.2',
    'running-qemu': '7.2.22',
    'proxmox-support': {},
  }
  return {
    ...common(guest),
    qmpstatus: guest.qmpstatus,
    ...(major(world) < 8 ? {} : { clipboard: null }),
    ha,
    ...(Object.keys(serialLines(guest.options)).length > 0 ? { serial: 1 } : {}),
    ...(guest.running ? running : {}),
    ...(world.options.version.startsWith('9') ? { memhost: guest.running ? 60 * mib : 0 } : {}),
  }
}

function config(guest: Guest): Record<string, unknown> {
  const { options, vmid, name } = guest
  const digest = createHash('sha1').update(`${vmid} ${name}`).digest('hex')
  const tags = options.tags === undefined ? {} : { tags: options.tags }
  if (guest.type === 'lxc') {
    const rootfs = `local:${vmid}/vm-${vmid}-disk-0.raw,size=1G`
    return {
      hostname: name,
      arch: 'amd64',
      ostype: 'debian',
      memory: 256,
      swap: 0,
      rootfs,
      digest,
      ...tags,
    }
  }
  return {
    ...{ name, ostype: 'l26', cores: 1, kvm: 0, memory: '192', scsihw: 'virtio-scsi-pci', digest },
    ...(options.vga === undefined ? {} : { vga: options.vga }),
    ...serialLines(options),
    ...(options.template ? { template: 1 } : {}),
    ...tags,
  }
}
