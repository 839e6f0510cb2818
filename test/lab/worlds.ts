/** The two hosts a lab has when nothing else is asked for, and an older one. */
import type { HostOptions } from './lab.ts'

/** A cluster of two nodes, PVE 8.4.1, console hand-over from before April 2026, with a realm of type openid. */
export function alpha(changes: Partial<HostOptions> = {}): HostOptions {
  const guests: HostOptions['guests'] = [
    { vmid: 100, name: 'clock', node: 'a', running: true, vga: 'std', serial0: true },
    { vmid: 101, name: 'blast', node: 'a', vga: 'std', serial0: true },
    { vmid: 102, name: 'serialvm', node: 'a', running: true, vga: 'serial0', serial0: true },
    { vmid: 103, name: 'idle', node: 'a', vga: 'std', serial0: true },
    { vmid: 200, name: 'ct200', type: 'lxc', node: 'a', running: true },
    { vmid: 110, name: 'c-clock', node: 'c', running: true, vga: 'std', serial0: true },
    { vmid: 210, name: 'ct210', type: 'lxc', node: 'c', running: true },
  ]
  const generation = 'before-2026-04'
  const openid: HostOptions['openid'] = [
    { realm: 'sso', comment: 'Lab sign-on', usernameClaim: 'preferred_username', autocreate: true },
  ]
  const fixed = { key: 'alpha', generation, version: '8.4.1', nodes: ['a', 'c'] } as const
  return { ...fixed, guests, openid, ...changes }
}

/** A single node, PVE 7. Its VM 100 has the others' number. */
export function gamma(changes: Partial<HostOptions> = {}): HostOptions {
  const guests: HostOptions['guests'] = [
    { vmid: 100, name: 'old-desk', node: 'g', running: true, serial0: true },
    { vmid: 101, name: 'old-idle', node: 'g' },
    { vmid: 200, name: 'old-ct', type: 'lxc', node: 'g', running: true },
  ]
  const fixed = { key: 'gamma', generation: 'before-2026-04', version: '7.4-17' } as const
  return { ...fixed, nodes: ['g'], guests, ...changes }
}

/** A single node, PVE 9, hand-over since April 2026. Its VM 100 has alpha's number. */
export function beta(changes: Partial<HostOptions> = {}): HostOptions {
  const guests: HostOptions['guests'] = [
    { vmid: 100, name: 'beta-desk', node: 'b', running: true, tags: 'desk;lab' },
    { vmid: 120, name: 'beta-idle', node: 'b' },
    { vmid: 121, name: 'beta-golden', node: 'b', template: true },
    { vmid: 220, name: 'beta-ct', type: 'lxc', node: 'b', running: true },
  ]
  const generation = 'since-2026-04'
  return { key: 'beta', generation, version: '9.2.3', nodes: ['b'], guests, ...changes }
}
