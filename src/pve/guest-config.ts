/** Which consoles a guest has: PVE opens what does not exist just as well, and then ends it without a word. */
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import type { GuestPlace } from './api.ts'
import { apiPath, get, type Identity, PveRefusal } from './call.ts'
import type { Host } from './host.ts'

/** As the contract names them. */
export type GuestConsoleKind = 'vnc' | 'terminal'

/** What of a configuration decides which consoles there are. */
export interface GuestConfig {
  readonly type: GuestPlace['type']
  /** What the VNC console shows: a graphics card, a serial port by its number, or nothing. */
  readonly display: 'graphics' | 'none' | number
  /** Serial ports by number: one that is a socket can be a terminal, another device of the node's cannot. */
  readonly serials: ReadonlyMap<number, 'socket' | 'device'>
}

/** GET /nodes/{node}/qemu/{vmid}/config (PVE 7 to 9): lines of the file, by their names. */
const QemuConfig = v.record(v.string(), v.unknown())
type QemuConfig = v.InferOutput<typeof QemuConfig>

/** A container has both consoles whatever its configuration says. */
const CONTAINER: GuestConfig = { type: 'lxc', display: 'graphics', serials: new Map() }

/**
 * Reads what decides on a guest's consoles, as it is in effect now; a container's is known without asking.
 * Null for a user who may use the console and may not read the configuration (no VM.Audit).
 *
 * Throws as `get` does.
 */
export async function readGuestConfig(
  host: Host,
  identity: Identity,
  { node, type, vmid }: GuestPlace,
): Promise<GuestConfig | null> {
  if (type === 'lxc') return CONTAINER
  try {
    const path = apiPath('nodes', node, type, vmid, 'config')
    // Without it PVE shows what will be in effect after the next start.
    const parameters = { current: '1' }
    const { data } = await get(host, { path, identity, parameters, answer: QemuConfig })
    return parseQemuConfig(data)
  } catch (error) {
    if (error instanceof PveRefusal && error.status === 403) return null
    throw error
  }
}

function parseQemuConfig(config: QemuConfig): GuestConfig {
  const serials = new Map<number, 'socket' | 'device'>()
  for (const [name, device] of Object.entries(config)) {
    const port = /^serial([0-3])$/.exec(name)?.[1]
    if (port !== undefined) serials.set(Number(port), device === 'socket' ? 'socket' : 'device')
  }
  return { type: 'qemu', display: displayOf(config), serials }
}

/** Without a word about a graphics card there is one, unless a card of the node's was handed through for it. */
function displayOf(config: QemuConfig): GuestConfig['display'] {
  const { vga } = config
  if (vga === undefined) return Object.entries(config).some(isPrimaryCard) ? 'none' : 'graphics'
  // A list of properties whose first may stand without its name, which is then `type`.
  const [, type = ''] = /(?:^|,)(?:type=|(?=[^=,]+(?:,|$)))([^=,]+)/.exec(String(vga)) ?? []
  const serial = /^serial([0-3])$/.exec(type)?.[1]
  if (serial !== undefined) return Number(serial)
  return type === 'none' ? 'none' : 'graphics'
}

function isPrimaryCard([name, value]: readonly [string, unknown]): boolean {
  return /^hostpci\d+$/.test(name) && /(^|,)x-vga=(1|on|yes|true)(,|$)/i.test(String(value))
}

/**
 * The consoles a guest has, first the one that PVE's own page embeds: a VM's screen, a container's terminal.
 * Without a configuration, what guests of this type have as a rule. A template never runs, so it has none: that
 * is for the caller to know.
 */
export function consoleKinds(
  type: GuestPlace['type'],
  config: GuestConfig | null = null,
): GuestConsoleKind[] {
  if (type === 'lxc') return ['terminal', 'vnc']
  if (!config) return ['vnc']
  return (['vnc', 'terminal'] as const).filter((kind) => missing(config, kind) === null)
}

/**
 * The serial port that a terminal is to be opened on, undefined where there is nothing to choose: a
 * container, a screen, or a configuration that may not be read and no wish. `serial` is the person's wish.
 *
 * Throws Failure no_such_console, with why, for a console that the guest does not have.
 */
export function requireKind(
  config: GuestConfig | null,
  kind: GuestConsoleKind,
  serial?: number,
): number | undefined {
  if (!config) return kind === 'terminal' ? serial : undefined
  const why = missing(config, kind, serial)
  if (why !== null) throw new Failure('no_such_console', { detail: why })
  if (kind === 'vnc' || config.type === 'lxc') return undefined
  return serial ?? defaultSerial(config)
}

/** Why there is no such console; null when there is one. */
function missing(config: GuestConfig, kind: GuestConsoleKind, wish?: number): string | null {
  if (config.type === 'lxc') return null
  if (kind === 'vnc') {
    if (config.display === 'graphics') return null
    if (config.display === 'none') return 'The VM has no display: its graphics card is set to none.'
    return serialMissing(config, config.display)
  }
  const port = wish ?? defaultSerial(config)
  return port === undefined ? 'The VM has no serial port.' : serialMissing(config, port)
}

function serialMissing(config: GuestConfig, port: number): string | null {
  const device = config.serials.get(port)
  if (device === 'socket') return null
  return device === undefined
    ? `The VM has no serial port ${port}.`
    : `The VM’s serial port ${port} is a device of its node, not a socket.`
}

/** As PVE chooses: the port that is also the display, else the first that is a socket. */
function defaultSerial({ display, serials }: GuestConfig): number | undefined {
  if (typeof display === 'number') return display
  const sockets = [...serials.keys()].filter((port) => serials.get(port) === 'socket')
  return sockets.length === 0 ? undefined : Math.min(...sockets)
}
