import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SessionNews, Snapshot } from '../../src/http/contract.ts'
import {
  apply,
  asEvent,
  asSnapshot,
  type LiveEvent,
  type LiveList,
  nothingKnown,
} from '../../web/model/live-list.ts'
import { guest, node } from './sample-list.ts'

const snapshot = (over: Partial<Snapshot>): LiveEvent => ({
  event: 'snapshot',
  data: { guests: [], nodes: [], problems: [], asking: [], ...over },
})
const after = (...events: LiveEvent[]): LiveList => events.reduce(apply, nothingKnown)
const problem = (host: string) => ({ host, code: 'host_unreachable', detail: '' })
const session = (users: Record<string, string>): LiveEvent => {
  const hosts = Object.entries(users).map(([host, user]) => ({ host, user, expires: '' }))
  const data: SessionNews = { hosts, expires: '', seconds_left: 1, consoles: [] }
  return { event: 'session', data }
}
const shown = (list: LiveList) =>
  [...list.guests].map(([key, { status, lock, uptime }]) => [key, status, lock, uptime])

describe('a snapshot', () => {
  test('is all there is, without templates', () => {
    const list = after(
      snapshot({ guests: [guest(), guest({ vmid: 101 })] }),
      snapshot({ guests: [guest(), guest({ vmid: 102, template: true })], nodes: [node('pve1')] }),
    )
    assert.deepEqual([...list.guests.keys()], ['home/100'])
    assert.deepEqual([...list.nodes.keys()], ['home/pve1'])
    assert.equal(list.known, true)
  })

  test('keeps the guests of a host that fails, as unknown', () => {
    const list = after(
      snapshot({
        guests: [guest(), guest({ host: 'lab', lock: 'backup' })],
        nodes: [node('lab-a', 'lab')],
      }),
      snapshot({ guests: [guest()], problems: [problem('lab')] }),
    )
    assert.deepEqual(shown(list), [
      ['home/100', 'running', undefined, 60],
      ['lab/100', 'unknown', undefined, 0],
    ])
    assert.equal(list.nodes.get('lab/lab-a')?.status, 'unknown')
  })

  test('believes a host that has a problem and tells guests all the same', () => {
    const list = after(
      snapshot({ guests: [guest(), guest({ vmid: 101 })] }),
      snapshot({ guests: [guest()], problems: [{ ...problem('home'), code: 'pve_error' }] }),
    )
    assert.deepEqual(shown(list), [['home/100', 'running', undefined, 60]])
  })

  test('keeps what a host said that has yet to answer, as it was', () => {
    const list = after(snapshot({ guests: [guest()] }), snapshot({ asking: ['home'] }))
    assert.deepEqual(shown(list), [['home/100', 'running', undefined, 60]])
    assert.deepEqual([...list.asking], ['home'])
  })

  test('leaves entries that say the same as the objects they were', () => {
    const before = after(snapshot({ guests: [guest(), guest({ vmid: 101 })], nodes: [node('a')] }))
    const now = apply(
      before,
      snapshot({ guests: [guest(), guest({ vmid: 101, cpu: 0.9 })], nodes: [node('a')] }),
    )
    assert.equal(now.guests.get('home/100'), before.guests.get('home/100'))
    assert.notEqual(now.guests.get('home/101'), before.guests.get('home/101'))
    assert.equal(now.nodes.get('home/a'), before.nodes.get('home/a'))
  })

  test('tells another window all that is known', () => {
    const list = after(
      snapshot({
        guests: [guest()],
        nodes: [node('a')],
        problems: [problem('lab')],
        asking: ['x'],
      }),
    )
    const { session: _, ...other } = after({ event: 'snapshot', data: asSnapshot(list) })
    const { session: __, ...here } = list
    assert.deepEqual(other, here)
  })

  test('comes of a plain list just as well', () => {
    const list = after(asEvent({ guests: [guest()], nodes: [], problems: [problem('lab')] }))
    assert.deepEqual([...list.guests.keys(), ...list.problems.keys()], ['home/100', 'lab'])
  })
})

describe('a change', () => {
  const before = after(
    snapshot({ guests: [guest(), guest({ vmid: 101 }), guest({ vmid: 102 })], nodes: [node('a')] }),
  )

  test('replaces what it names and leaves the rest', () => {
    const stopped = guest({ vmid: 101, status: 'stopped' })
    const offline = { ...node('a'), status: 'offline' }
    const now = apply(before, {
      event: 'change',
      data: {
        guests: [stopped, guest({ vmid: 103 })],
        nodes: [offline, node('b')],
        removed: [{ host: 'home', vmid: 102 }],
      },
    })
    assert.deepEqual([...now.guests.keys()], ['home/100', 'home/101', 'home/103'])
    assert.equal(now.guests.get('home/101'), stopped)
    assert.equal(now.guests.get('home/100'), before.guests.get('home/100'))
    assert.deepEqual([...now.nodes.values()], [offline, node('b')])
    assert.equal(before.guests.size, 3, 'what was known before is as it was')
  })

  test('takes a node away, and a guest that became a template', () => {
    const now = apply(before, {
      event: 'change',
      data: {
        guests: [guest({ template: true })],
        nodes: [],
        removed: [{ host: 'home', node: 'a' }],
      },
    })
    assert.deepEqual([...now.guests.keys()], ['home/101', 'home/102'])
    assert.equal(now.nodes.size, 0)
  })
})

test('a problem comes, changes and goes', () => {
  const say = (code: string | null): LiveEvent => ({
    event: 'problem',
    data: { host: 'home', code, detail: 'd' },
  })
  const one = after(say('host_timeout'))
  const two = apply(one, say('host_unreachable'))
  assert.deepEqual(
    [...one.problems.values()],
    [{ host: 'home', code: 'host_timeout', detail: 'd' }],
  )
  assert.equal(two.problems.get('home')?.code, 'host_unreachable')
  assert.equal(apply(two, say(null)).problems.size, 0)
})

describe('a session', () => {
  test('of another person takes what the one before was shown away, where nothing new has come', () => {
    for (const over of [{ asking: ['lab'] }, { problems: [problem('lab')] }]) {
      const guests = [guest(), guest({ host: 'lab' })]
      const list = after(
        snapshot({ guests, nodes: [node('a', 'lab')] }),
        session({ home: 'anna@pam', lab: 'anna@pam' }),
        snapshot({ guests: [guest()], ...over }),
        session({ home: 'anna@pam', lab: 'berta@pam' }),
      )
      assert.deepEqual([...list.guests.keys(), ...list.nodes.keys()], ['home/100'])
    }
  })

  test('of another person leaves what is theirs', () => {
    const list = after(
      session({ home: 'anna@pam' }),
      snapshot({ guests: [guest()] }),
      session({ home: 'berta@pam' }),
    )
    assert.deepEqual([...list.guests.keys()], ['home/100'])
  })

  test('of the same person leaves it', () => {
    const list = after(
      snapshot({ guests: [guest()] }),
      session({ home: 'anna@pam' }),
      snapshot({ asking: ['home'] }),
      session({ home: 'anna@pam' }),
    )
    assert.deepEqual([...list.guests.keys()], ['home/100'])
    assert.equal(list.session?.hosts[0]?.user, 'anna@pam')
  })
})
