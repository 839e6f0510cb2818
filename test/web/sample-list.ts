/** Guests, nodes and hosts for tests of the list. */
import type { Guest, HostSummary, Node } from '../../src/http/contract.ts'

/** A guest that runs, but for what is said otherwise. */
export function guest(over: Partial<Guest> = {}): Guest {
  return {
    host: 'home',
    vmid: 100,
    type: 'qemu',
    name: 'db-01',
    node: 'pve1',
    status: 'running',
    tags: [],
    template: false,
    cpu: 0.5,
    maxcpu: 2,
    mem: 1,
    maxmem: 2,
    disk: 0,
    maxdisk: 0,
    uptime: 60,
    consoles: ['vnc'],
    can: { console: true, power: true },
    ...over,
  }
}

export function node(name: string, host = 'home'): Node {
  const figures = { cpu: 0.1, maxcpu: 4, mem: 1, maxmem: 2, uptime: 5 }
  return { host, node: name, status: 'online', ...figures, can: { console: true } }
}

export const hosts: readonly HostSummary[] = [
  { key: 'home', label: 'Home cluster', state: 'ready', user: 'minsu@pve', version: '9.2.3' },
  { key: 'lab', label: 'Lab', state: 'ready', user: 'root@pam' },
  { key: 'garage', label: 'Garage', state: 'untrusted', user: null },
]
