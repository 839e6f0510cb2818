/** When an entry of the list is worth telling again. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Guest, Node } from '../../src/http/contract.ts'
import { readsTheSame, update } from '../../src/http/list-changes.ts'

const GIB = 1024 ** 3
const guest: Guest = {
  host: 'home',
  vmid: 100,
  type: 'qemu',
  name: 'one',
  node: 'pve1',
  status: 'running',
  tags: ['a', 'b'],
  template: false,
  cpu: 0.5,
  maxcpu: 4,
  mem: 2 * GIB,
  maxmem: 4 * GIB,
  disk: 0,
  maxdisk: 32 * GIB,
  uptime: 3600,
  consoles: ['vnc'],
  can: { console: true, power: true },
}

describe('a guest reads', () => {
  const rows: readonly [what: string, change: Partial<Guest>, same: boolean][] = [
    ['as before', {}, true],
    ['another status', { status: 'stopped' }, false],
    ['another name', { name: 'two' }, false],
    ['another node', { node: 'pve2' }, false],
    ['a lock', { lock: 'backup' }, false],
    ['the same tags', { tags: ['a', 'b'] }, true],
    ['other tags', { tags: ['a'] }, false],
    ['another console', { consoles: ['vnc', 'terminal'] }, false],
    ['another right', { can: { console: true, power: false } }, false],
    ['a load that moved by less than a percent', { cpu: 0.5 + 0.0099 }, true],
    ['a load that moved by a percent', { cpu: 0.511 }, false],
    [
      'memory that moved by less than half a percent of all',
      { mem: 2 * GIB + 0.0049 * 4 * GIB },
      true,
    ],
    ['memory that moved by more', { mem: 2 * GIB + 0.006 * 4 * GIB }, false],
    ['more memory altogether', { maxmem: 8 * GIB }, false],
    ['a disk that moved by more than half a percent', { disk: GIB }, false],
    ['an uptime in the same hour', { uptime: 7199 }, true],
    ['an uptime in the next hour', { uptime: 7200 }, false],
    ['an uptime in minutes', { uptime: 3599 }, false],
    ['no figure where there was one', { cpu: Number.NaN }, false],
  ]
  for (const [what, change, same] of rows) {
    test(`${same ? 'the same' : 'differently'} with ${what}`, () => {
      assert.equal(readsTheSame(guest, { ...guest, ...change }), same)
    })
  }

  test('differently once its lock has gone', () => {
    assert.equal(readsTheSame({ ...guest, lock: 'backup' }, guest), false)
  })

  test('differently where it has one key less and one more', () => {
    const { name: _, ...rest } = guest
    assert.equal(readsTheSame(guest, { ...rest, lock: 'x' } as Guest), false)
  })

  for (const [before, after, same] of [
    [0, 1, false],
    [1, 59, true],
    [59, 60, false],
    [60, 119, true],
    [119, 120, false],
    [86_400, 172_799, true],
    [172_799, 172_800, false],
  ] as const) {
    test(`${same ? 'the same' : 'differently'} after ${before} s with ${after} s`, () => {
      const told = { ...guest, uptime: before }
      assert.equal(readsTheSame(told, { ...told, uptime: after }), same)
    })
  }
})

describe('an update', () => {
  const keyOf = ({ vmid }: Guest) => vmid
  const other = { ...guest, vmid: 101 }

  test('names what is new, what differs and what is gone, and nothing else', () => {
    const gone = { ...guest, vmid: 102 }
    const told = new Map([guest, other, gone].map((each) => [each.vmid, each]))
    const stopped = { ...other, status: 'stopped' }
    const fresh = { ...guest, vmid: 103 }
    const { changed, removed } = update(told, [{ ...guest }, stopped, fresh], keyOf)
    assert.deepEqual(changed, [stopped, fresh])
    assert.deepEqual(removed, [gone])
    assert.deepEqual([...told.values()], [guest, stopped, fresh])
  })

  test('adds up small steps against what was told, not against what was seen', () => {
    const told = new Map([[100, guest]])
    for (const cpu of [0.504, 0.508]) {
      assert.deepEqual(update(told, [{ ...guest, cpu }], keyOf).changed, [])
    }
    const moved = { ...guest, cpu: 0.512 }
    assert.deepEqual(update(told, [moved], keyOf).changed, [moved])
  })

  test('compares nodes, which have no disk', () => {
    const { host, node, status, cpu, maxcpu, mem, maxmem, uptime } = guest
    const told: Node = {
      host,
      node,
      status,
      cpu,
      maxcpu,
      mem,
      maxmem,
      uptime,
      can: { console: true },
    }
    const map = new Map([[node, told]])
    assert.deepEqual(update(map, [{ ...told }], (each) => each.node).changed, [])
    const offline = { ...told, status: 'offline' }
    assert.deepEqual(update(map, [offline], (each) => each.node).changed, [offline])
  })
})
