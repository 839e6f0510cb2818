import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { GuestList } from '../../src/http/contract.ts'
import { en } from '../../web/i18n/en.ts'
import { groupGuests, matches } from '../../web/model/guest-list.ts'
import { holdsConsole, markOf, openness } from '../../web/model/guest-status.ts'
import { guest, hosts, node } from './sample-list.ts'

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

describe('a status', () => {
  test('is waited for only while its console cannot be', () => {
    const holding = ['create', 'migrate', 'rollback', 'suspending']
    for (const lock of holding) assert.equal(holdsConsole(lock), true, lock)
    const beside = [
      'backup',
      'snapshot',
      'snapshot-delete',
      'clone',
      'disk',
      'suspended',
      undefined,
    ]
    for (const lock of beside) assert.equal(holdsConsole(lock), false, String(lock))
  })

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
