/** Guests that their user may open or switch, and that PVE does not list to them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { PveRefusal } from '../../src/pve/call.ts'
import type { HostAnswer } from '../../src/pve/host.ts'
import { Inventory } from '../../src/session/inventory.ts'
import { FakeHost, no, ok } from '../pve/fake-host.ts'
import { FakeClock } from './fake-clock.ts'

const HERE = { node: 'c', type: 'lxc', vmid: 210 } as const
const GONE = "Configuration file 'nodes/x/lxc/210.conf' does not exist"

/** A cluster of a, b and c, of which b is off, and a container on c that nobody is shown. */
function setUp(rights: Record<string, Record<string, number>>) {
  const clock = new FakeClock()
  const world = {
    rights,
    place: `${HERE.node}/${HERE.type}`,
    nodes: { a: 'online', b: 'offline', c: 'online' } as Record<string, string>,
    /** What the index below a place says instead of PVE's own answer. */
    odd: new Map<string, () => HostAnswer>(),
  }
  const host = new FakeHost('home', ({ path }) => {
    if (path.endsWith('/permissions')) return ok(world.rights)
    if (path.endsWith('/resources')) {
      const nodes = Object.entries(world.nodes)
      return ok(nodes.map(([node, status]) => ({ type: 'node', node, status })))
    }
    const place = /\/nodes\/(\w+\/\w+)\/210\/status$/.exec(path)?.[1] ?? ''
    return world.odd.get(place)?.() ?? (place === world.place ? ok([]) : no(500, GONE))
  })
  const identity = { ticket: 't', csrf: 'c' }
  const inventory = new Inventory(host, (run) => run(identity), clock)
  const looks = (): string[] =>
    host.calls.flatMap(({ path }) => /\/nodes\/(\w+\/\w+)\/210\/status$/.exec(path)?.[1] ?? [])
  return { clock, world, host, inventory, looks }
}

const MAY_OPEN = { '/vms/210': { 'VM.Console': 0 } }
const isFailure = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code

describe('a guest that is not listed', () => {
  for (const [what, rights] of [
    ['its console', MAY_OPEN],
    ['its console from a path above', { '/vms': { 'VM.Console': 1 } }],
    ['its power', { '/vms/210': { 'VM.PowerMgmt': 1 } }],
  ] as const) {
    test(`is found by who may use ${what}, on the nodes that are on`, async () => {
      const { inventory, looks } = setUp(rights)
      assert.deepEqual(await inventory.locate(210), HERE)
      assert.deepEqual(looks(), ['a/qemu', 'a/lxc', 'c/qemu', 'c/lxc'])
    })
  }

  for (const [what, rights] of [
    ['nothing', {}],
    ['another guest', { '/vms/100': { 'VM.Console': 1 } }],
    ['what does not go down to it', { '/vms': { 'VM.Console': 0 } }],
    ['other things with it', { '/vms/210': { 'VM.Backup': 1 } }],
  ] as const) {
    test(`is not looked for by who may use ${what}`, async () => {
      const { inventory, looks } = setUp(rights)
      await assert.rejects(inventory.locate(210), isFailure('forbidden'))
      assert.deepEqual(looks(), [])
    })
  }

  test('is not there for who would see it', async () => {
    const { inventory, looks } = setUp({ '/vms': { 'VM.Audit': 1, 'VM.Console': 1 } })
    await assert.rejects(inventory.locate(210), isFailure('no_such_guest'))
    assert.deepEqual(looks(), [])
  })

  test('is not there when it is in no place, and every node has been asked', async () => {
    const { clock, world, inventory, looks } = setUp(MAY_OPEN)
    world.place = ''
    await assert.rejects(inventory.locate(210), isFailure('node_unreachable'))
    assert.equal(looks().length, 4)
    world.nodes.b = 'unknown'
    clock.advance(60_000)
    await assert.rejects(inventory.locate(210), isFailure('no_such_guest'))
    assert.equal(looks().length, 4 + 6)
  })

  test('is remembered for ten seconds, and then looked for first where it was', async () => {
    const { clock, inventory, looks } = setUp(MAY_OPEN)
    await inventory.locate(210)
    clock.advance(9999)
    await inventory.locate(210)
    assert.equal(looks().length, 4)
    clock.advance(1)
    await inventory.locate(210)
    assert.deepEqual(looks().slice(4), ['c/lxc'])
  })

  test('that has moved is found again', async () => {
    const { world, inventory, looks } = setUp(MAY_OPEN)
    await inventory.locate(210)
    world.place = 'a/lxc'
    const tried: string[] = []
    const done = await inventory.at(210, async ({ node }) => {
      tried.push(node)
      if (node === 'c') throw new PveRefusal(500, GONE)
      return 'done'
    })
    assert.equal(done, 'done')
    assert.deepEqual(tried, ['c', 'a'])
    assert.deepEqual(looks().slice(4), ['c/lxc', 'a/qemu', 'a/lxc'])
  })

  test('is opened with a right that was given a moment ago', async () => {
    const { clock, world, inventory } = setUp({})
    await assert.rejects(inventory.locate(210), isFailure('forbidden'))
    world.rights = MAY_OPEN
    clock.advance(2000)
    assert.deepEqual(await inventory.locate(210), HERE)
  })

  test('may be on a node that does not answer', async () => {
    const { world, inventory } = setUp(MAY_OPEN)
    for (const type of ['qemu', 'lxc']) {
      world.odd.set(`c/${type}`, () => no(595, 'Connection refused'))
    }
    await assert.rejects(inventory.locate(210), isFailure('node_unreachable'))
  })

  test('is found beside a node that does not answer', async () => {
    const { world, inventory } = setUp(MAY_OPEN)
    for (const type of ['qemu', 'lxc']) {
      world.odd.set(`a/${type}`, () => no(596, 'Connection timed out'))
    }
    assert.deepEqual(await inventory.locate(210), HERE)
  })

  test('is not looked for on with a ticket that PVE does not take', async () => {
    const { world, inventory, looks } = setUp(MAY_OPEN)
    world.odd.set('a/qemu', () => no(401, 'Authentication failed!'))
    await assert.rejects(inventory.locate(210), PveRefusal)
    assert.equal(looks().length, 2)
  })
})

describe('where PVE does not tell whether a guest is in a place', () => {
  function setUpSilent() {
    const setting = setUp(MAY_OPEN)
    for (const place of ['a/qemu', 'c/qemu', 'c/lxc']) {
      setting.world.odd.set(place, () => no(501, 'not implemented'))
    }
    return setting
  }

  test('each that is possible is tried, and the right one remembered', async () => {
    const { inventory, looks } = setUpSilent()
    const tried: string[] = []
    const act = async ({ node, type }: { node: string; type: string }) => {
      tried.push(`${node}/${type}`)
      if (type === 'qemu') throw new PveRefusal(500, GONE)
      return type
    }
    assert.equal(await inventory.at(210, act), 'lxc')
    assert.deepEqual(tried, ['a/qemu', 'c/qemu', 'c/lxc'])
    assert.equal(looks().length, 4)
    assert.equal(await inventory.at(210, act), 'lxc')
    assert.deepEqual(tried.slice(3), ['c/lxc'])
    assert.equal(looks().length, 4)
  })

  test('another refusal than that it is not there ends the tries', async () => {
    const { inventory } = setUpSilent()
    let tries = 0
    const act = async () => {
      tries++
      throw new PveRefusal(500, 'VM 210 not running')
    }
    await assert.rejects(inventory.at(210, act), /not running/)
    assert.equal(tries, 1)
  })
})

describe('a guest has moved', () => {
  for (const words of [
    "Configuration file 'nodes/a/qemu-server/100.conf' does not exist",
    "unable to find configuration file for VM 100 on node 'a'",
  ]) {
    test(`says PVE with: ${words}`, async () => {
      let node = 'a'
      const host = new FakeHost('home', () => ok([{ type: 'qemu', vmid: 100, node }]))
      const identity = { ticket: 't', csrf: 'c' }
      const inventory = new Inventory(host, (run) => run(identity), new FakeClock())
      const done = await inventory.at(100, async (place) => {
        node = 'c'
        if (place.node === 'a') throw new PveRefusal(500, words)
        return place.node
      })
      assert.equal(done, 'c')
    })
  }

  test('is not what a missing disk says', async () => {
    const host = new FakeHost('home', () => ok([{ type: 'qemu', vmid: 100, node: 'a' }]))
    const identity = { ticket: 't', csrf: 'c' }
    const inventory = new Inventory(host, (run) => run(identity), new FakeClock())
    let tries = 0
    const act = async () => {
      tries++
      throw new PveRefusal(500, "storage 'nas' does not exist")
    }
    await assert.rejects(inventory.at(100, act))
    assert.equal(tries, 1)
  })
})
