import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import {
  consoleKinds,
  type GuestConfig,
  type GuestConsoleKind,
  readGuestConfig,
  requireKind,
} from '../../src/pve/guest-config.ts'
import { FakeHost, no, ok } from './fake-host.ts'

const IDENTITY = { ticket: 'PVE:anna@pam:1::x', csrf: 'csrf' }
const VM = { node: 'pve1', type: 'qemu', vmid: 100 } as const
const CONTAINER = { node: 'pve1', type: 'lxc', vmid: 200 } as const

async function configOf(lines: object): Promise<GuestConfig> {
  const host = new FakeHost('home', () => ok({ name: 'x', digest: 'd', ...lines }))
  return (await readGuestConfig(host, IDENTITY, VM)) ?? assert.fail('there is no configuration')
}

/** The port that a terminal or screen would use, or why there is none. */
function choose(config: GuestConfig | null, kind: GuestConsoleKind, serial?: number) {
  try {
    return requireKind(config, kind, serial)
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === 'no_such_console')
    return error.message
  }
}

describe('a configuration', () => {
  test('is asked for as it is now, with one call', async () => {
    const host = new FakeHost('home', () => ok({}))
    await readGuestConfig(host, IDENTITY, VM)
    assert.deepEqual(
      host.calls.map(({ method, path }) => `${method} ${path}`),
      ['GET /api2/json/nodes/pve1/qemu/100/config?current=1'],
    )
  })

  test('of a container is not asked for', async () => {
    const host = new FakeHost()
    const config = await readGuestConfig(host, IDENTITY, CONTAINER)
    assert.deepEqual(consoleKinds('lxc', config), ['terminal', 'vnc'])
    assert.equal(requireKind(config, 'terminal', 2), undefined)
    assert.equal(requireKind(config, 'vnc'), undefined)
    assert.equal(host.calls.length, 0)
  })

  test('that may not be read is none; any other refusal is one', async () => {
    const refusing = (status: number) => new FakeHost('home', () => no(status, 'no'))
    assert.equal(await readGuestConfig(refusing(403), IDENTITY, VM), null)
    await assert.rejects(readGuestConfig(refusing(500), IDENTITY, VM))
  })
})

describe('the consoles of a VM', () => {
  const cards = ['std', 'cirrus', 'vmware', 'qxl', 'qxl4', 'virtio', 'virtio-gl', 'std,memory=32']
  for (const vga of [...cards, 'memory=16', 'clipboard=vnc,type=std', 'type=qxl,memory=64']) {
    test(`with vga ${vga}: its screen`, async () => {
      assert.deepEqual(consoleKinds('qemu', await configOf({ vga })), ['vnc'])
    })
  }

  const rows: [about: string, lines: object, kinds: string[]][] = [
    ['of nothing', {}, ['vnc']],
    ['with a serial port', { serial0: 'socket' }, ['vnc', 'terminal']],
    ['with another serial port', { vga: 'std', serial3: 'socket' }, ['vnc', 'terminal']],
    ['with a port of its node', { serial0: '/dev/ttyS0' }, ['vnc']],
    ['with one of each', { serial0: '/dev/ttyS0', serial1: 'socket' }, ['vnc', 'terminal']],
    ['with a port as its display', { vga: 'serial0', serial0: 'socket' }, ['vnc', 'terminal']],
    [
      'with a display port by name',
      { vga: 'type=serial2', serial2: 'socket' },
      ['vnc', 'terminal'],
    ],
    ['with a display port that is not there', { vga: 'serial1', serial0: 'socket' }, []],
    ['without a display', { vga: 'none' }, []],
    ['without a display by name', { vga: 'memory=16,type=none' }, []],
    ['without a display, with a port', { vga: 'none', serial0: 'socket' }, ['terminal']],
    ['with a card handed through', { hostpci0: '0000:01:00,pcie=1,x-vga=1' }, []],
    ['with a card beside that', { vga: 'std', hostpci0: '0000:01:00,x-vga=on' }, ['vnc']],
    ['with another device handed through', { hostpci0: '0000:03:00,x-vga=0' }, ['vnc']],
  ]
  for (const [about, lines, kinds] of rows) {
    test(`${about}: ${kinds.join(', ') || 'none'}`, async () => {
      assert.deepEqual(consoleKinds('qemu', await configOf(lines)), kinds)
    })
  }

  test('where nothing may be known: what its type has as a rule, and no objection', () => {
    assert.deepEqual(consoleKinds('qemu'), ['vnc'])
    assert.deepEqual(consoleKinds('lxc'), ['terminal', 'vnc'])
    assert.equal(requireKind(null, 'terminal', 1), 1)
    assert.equal(requireKind(null, 'terminal'), undefined)
    assert.equal(requireKind(null, 'vnc', 1), undefined)
  })
})

describe('the serial port of a terminal', () => {
  const PHYSICAL = { serial0: '/dev/ttyS0', serial2: 'socket', serial3: 'socket' }
  const rows: [about: string, lines: object, wish: number | undefined, found: number | string][] = [
    ['is the only one', { serial1: 'socket' }, undefined, 1],
    ['is the first that can be one', PHYSICAL, undefined, 2],
    ['is the one that was wished for', PHYSICAL, 3, 3],
    ['is the display’s', { vga: 'serial1', serial0: 'socket', serial1: 'socket' }, undefined, 1],
    ['is not there', {}, undefined, 'The VM has no serial port.'],
    ['is only its node’s', { serial0: '/dev/ttyS0' }, undefined, 'The VM has no serial port.'],
    ['was wished for and is not there', PHYSICAL, 1, 'The VM has no serial port 1.'],
    [
      'was wished for and is its node’s',
      PHYSICAL,
      0,
      'The VM’s serial port 0 is a device of its node, not a socket.',
    ],
  ]
  for (const [about, lines, wish, found] of rows) {
    test(about, async () => {
      assert.equal(choose(await configOf(lines), 'terminal', wish), found)
    })
  }

  test('says why there is no screen', async () => {
    const why = async (lines: object) => choose(await configOf(lines), 'vnc', 3)
    assert.match(String(await why({ vga: 'none' })), /no display/)
    assert.match(String(await why({ vga: 'serial2' })), /no serial port 2/)
    assert.equal(await why({ vga: 'serial0', serial0: 'socket' }), undefined)
  })
})
