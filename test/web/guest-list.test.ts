import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Guest, GuestList, HostSummary, Node } from '../../src/http/contract.ts'
import { en } from '../../web/i18n/en.ts'
import { groupGuests, matches, mergeList } from '../../web/model/guest-list.ts'
import { markOf, openness } from '../../web/model/guest-status.ts'

function guest(over: Partial<Guest> = {}): Guest {
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

function node(name: string, host = 'home'): Node {
  const figures = { cpu: 0.1, maxcpu: 4, mem: 1, maxmem: 2, uptime: 5 }
  return { host, node: name, status: 'online', ...figures, can: { console: true } }
}

const hosts: readonly HostSummary[] = [
  { key: 'home', label: 'Home cluster', state: 'ready', user: 'minsu@pve', version: '9.2.3' },
  { key: 'lab', label: 'Lab', state: 'ready', user: 'root@pam' },
  { key: 'garage', label: 'Garage', state: 'untrusted', user: null },
]

const list = (over: Partial<GuestList>): GuestList => ({
  guests: [],
  nodes: [],
  problems: [],
  ...over,
})

describe('grouping', () => {
  test('goes by host as configured, node as people count, then VMID', () => {
    const guests = [
      guest({ host: 'lab', node: 'lab-a', vmid: 100 }),
      guest({ node: 'pve10', vmid: 103 }),
      guest({ node: 'pve2', vmid: 1000 }),
      guest({ node: 'pve2', vmid: 102 }),
    ]
    const groups = groupGuests(list({ guests, nodes: [node('pve10'), node('pve2')] }), hosts, '')
    assert.deepEqual(
      groups.map((group) => [
        group.label,
        group.guests,
        group.nodes.map((each) => [each.name, each.guests.map((one) => one.vmid)]),
      ]),
      [
        [
          'Home cluster',
          3,
          [
            ['pve2', [102, 1000]],
            ['pve10', [103]],
          ],
        ],
        ['Lab', 1, [['lab-a', [100]]]],
      ],
    )
  })

  test('lists a node without guests, and a host that is signed in to, but no stranger', () => {
    const groups = groupGuests(list({ nodes: [node('pve1')] }), hosts, '')
    assert.deepEqual(
      groups.map((group) => [group.key, group.nodes.length]),
      [
        ['home', 1],
        ['lab', 0],
      ],
    )
  })

  test('keeps the same VMID of two hosts apart', () => {
    const guests = [guest({ name: 'one' }), guest({ host: 'lab', node: 'lab-a', name: 'two' })]
    const groups = groupGuests(list({ guests }), hosts, '')
    const found = groups.map((group) => group.nodes[0]?.guests.map((each) => each.name))
    assert.deepEqual(found, [['one'], ['two']])
  })

  test('shows with a query only what has a match', () => {
    const guests = [guest({ name: 'web' }), guest({ vmid: 101, name: 'mail', node: 'pve2' })]
    const nodes = [node('pve1'), node('pve2')]
    const groups = groupGuests(list({ guests, nodes }), hosts, 'mail')
    assert.deepEqual(
      groups.map((group) => group.nodes.map((each) => [each.name, each.node?.status])),
      [[['pve2', 'online']]],
    )
  })
})

describe('search', () => {
  const one = guest({ name: 'GitLab-runner', vmid: 141, tags: ['ci', '야간'], node: 'pve2' })

  test('wants every word, wherever it stands, in any case', () => {
    for (const query of ['gitlab', 'RUNNER 141', 'ci pve2', 'home', 'cluster', '야간', '  ', '']) {
      assert.ok(matches(one, 'Home cluster', query), query)
    }
    for (const query of ['gitlab mail', '142', 'lab2']) {
      assert.ok(!matches(one, 'Home cluster', query), query)
    }
  })

  test('does not find words across two fields', () => {
    assert.ok(!matches(guest({ name: 'ab', tags: ['cd'] }), 'x', '0ab'))
  })
})

describe('a new answer', () => {
  test('keeps the guests of a host that fails, as unknown', () => {
    const before = list({
      guests: [guest(), guest({ host: 'lab', lock: 'backup' })],
      nodes: [node('lab-a', 'lab')],
    })
    const problems = [{ host: 'lab', code: 'host_unreachable', detail: '' }]
    const merged = mergeList(before, list({ guests: [guest()], problems }))
    assert.deepEqual(
      merged.guests.map((each) => [each.host, each.status, each.lock, each.uptime]),
      [
        ['home', 'running', undefined, 60],
        ['lab', 'unknown', undefined, 0],
      ],
    )
    assert.equal(merged.nodes[0]?.status, 'unknown')
  })

  test('drops what a healthy host no longer lists', () => {
    const merged = mergeList(
      list({ guests: [guest(), guest({ vmid: 101 })] }),
      list({ guests: [guest()] }),
    )
    assert.deepEqual(
      merged.guests.map((each) => each.vmid),
      [100],
    )
  })

  test('leaves templates out', () => {
    assert.equal(
      mergeList(undefined, list({ guests: [guest({ template: true })] })).guests.length,
      0,
    )
  })
})

describe('a status', () => {
  test('is a shape, a colour and a word; the lock comes first', () => {
    const mark = (status: string, lock?: string) => markOf(lock ? { status, lock } : { status }, en)
    assert.deepEqual(mark('running'), { glyph: 'run', tone: 'run', word: 'Running' })
    assert.deepEqual(mark('stopped'), { glyph: 'stop', tone: 'still', word: 'Stopped' })
    assert.deepEqual(mark('paused'), { glyph: 'pause', tone: 'warn', word: 'Paused' })
    assert.deepEqual(mark('strange'), { glyph: 'unknown', tone: 'still', word: 'Unknown' })
    assert.deepEqual(mark('running', 'migrate'), { glyph: 'lock', tone: 'busy', word: 'Migrating' })
    assert.equal(mark('stopped', 'toString').word, 'Locked')
  })

  test('tells what is missing to open it', () => {
    assert.equal(openness(guest()), 'open')
    assert.equal(openness(guest({ type: 'lxc', consoles: ['terminal', 'vnc'] })), 'open')
    assert.equal(openness(guest({ consoles: ['terminal'] })), 'no-screen')
    assert.equal(openness(guest({ can: { console: false, power: true } })), 'no-right')
  })
})
