import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import type { HostAnswer } from '../../src/pve/host.ts'
import { Inventory } from '../../src/session/inventory.ts'
import { FakeHost, later, no, ok } from '../pve/fake-host.ts'
import { FakeClock } from './fake-clock.ts'

interface World {
  guests: { type: string; vmid: number; node: string }[]
  permissions: Record<string, Record<string, number>>
}

function setUp() {
  const clock = new FakeClock()
  const world: World = {
    guests: [{ type: 'qemu', vmid: 100, node: 'pve1' }],
    permissions: { '/': { 'VM.Audit': 1 } },
  }
  const host = new FakeHost('home', ({ path }) =>
    ok(path.endsWith('/permissions') ? world.permissions : world.guests),
  )
  const identity = { ticket: 't', csrf: 'c' }
  const inventory = new Inventory(host, (run) => run(identity), clock)
  const asked = (what: string): number =>
    host.calls.filter(({ path }) => path.endsWith(`/${what}`)).length
  return { clock, world, host, inventory, asked }
}

const isFailure = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code

describe('the list', () => {
  test('is asked for once by many at a time', async () => {
    const { inventory, asked } = setUp()
    await Promise.all(Array.from({ length: 20 }, () => inventory.list()))
    assert.deepEqual([asked('resources'), asked('permissions')], [1, 1])
  })

  test('is kept for two seconds, rights for thirty', async () => {
    const { clock, inventory, asked } = setUp()
    await inventory.list()
    clock.advance(1999)
    await inventory.list()
    assert.equal(asked('resources'), 1)
    clock.advance(1)
    await inventory.list()
    assert.deepEqual([asked('resources'), asked('permissions')], [2, 1])
    clock.advance(28_000)
    await inventory.list()
    assert.deepEqual([asked('resources'), asked('permissions')], [3, 2])
  })

  test('is taken from memory for ten seconds beside what a guest itself is asked', async () => {
    const { clock, inventory, asked } = setUp()
    await inventory.knownList()
    clock.advance(9999)
    await inventory.knownList()
    assert.deepEqual([asked('resources'), asked('permissions')], [1, 1])
    clock.advance(1)
    await inventory.knownList()
    assert.deepEqual([asked('resources'), asked('permissions')], [2, 1])
  })

  test('tells guests from nodes, and knows the rights', async () => {
    const { world, inventory } = setUp()
    world.guests.push({ type: 'node', node: 'pve1' } as never, { type: 'storage' } as never)
    const { guests, nodes, permissions } = await inventory.list()
    assert.deepEqual(
      guests.map(({ vmid }) => vmid),
      [100],
    )
    assert.deepEqual(
      nodes.map(({ node }) => node),
      ['pve1'],
    )
    assert.deepEqual(permissions, world.permissions)
  })

  test('that failed is asked for again, and what was known is not told as new', async () => {
    const { clock, host, inventory } = setUp()
    await inventory.list()
    const { answering } = host
    host.answering = () => no(500, 'oops')
    clock.advance(5000)
    await assert.rejects(inventory.list())
    await assert.rejects(inventory.list())
    host.answering = answering
    assert.equal((await inventory.list()).guests.length, 1)
  })

  test('is as old as its question, not as its answer', async () => {
    const { clock, host, inventory, asked } = setUp()
    const { answering } = host
    const gate = later<void>()
    host.answering = async (call): Promise<HostAnswer> => {
      await gate.promise
      return answering(call)
    }
    const first = inventory.list()
    clock.advance(1500)
    gate.resolve()
    await first
    clock.advance(500)
    await inventory.list()
    assert.equal(asked('resources'), 2)
  })
})

describe('where a guest is', () => {
  test('comes from memory for ten seconds', async () => {
    const { clock, inventory, asked } = setUp()
    assert.deepEqual(await inventory.locate(100), { node: 'pve1', type: 'qemu', vmid: 100 })
    clock.advance(9999)
    await inventory.locate(100)
    assert.equal(asked('resources'), 1)
    clock.advance(1)
    await inventory.locate(100)
    assert.equal(asked('resources'), 2)
  })

  test('is asked anew when it has to be fresh', async () => {
    const { world, inventory, asked } = setUp()
    await inventory.locate(100)
    world.guests[0] = { type: 'qemu', vmid: 100, node: 'pve2' }
    assert.equal((await inventory.locate(100)).node, 'pve1')
    assert.equal((await inventory.locate(100, true)).node, 'pve2')
    assert.equal((await inventory.locate(100)).node, 'pve2')
    assert.equal(asked('resources'), 2)
  })

  test('is judged by the rights of now when it has to be fresh', async () => {
    const { world, inventory } = setUp()
    await inventory.list()
    world.permissions = {}
    await assert.rejects(inventory.locate(101), isFailure('no_such_guest'))
    await assert.rejects(inventory.locate(101, true), isFailure('forbidden'))
  })

  test('is asked anew for a guest that memory does not know', async () => {
    const { world, inventory, asked } = setUp()
    await inventory.locate(100)
    world.guests.push({ type: 'lxc', vmid: 101, node: 'pve2' })
    assert.deepEqual(await inventory.locate(101), { node: 'pve2', type: 'lxc', vmid: 101 })
    assert.equal(asked('resources'), 2)
  })

  test('does not exist for who sees everything, and is not told to who does not', async () => {
    const { world, inventory } = setUp()
    await assert.rejects(inventory.locate(999), isFailure('no_such_guest'))
    const blind = setUp()
    blind.world.permissions = { '/vms/100': { 'VM.Audit': 1 } }
    await assert.rejects(blind.inventory.locate(999), isFailure('forbidden'))
    world.permissions = {}
    const nobody = setUp()
    nobody.world.permissions = {}
    await assert.rejects(nobody.inventory.locate(999), isFailure('forbidden'))
  })
})
