import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  functionKeys,
  screenChords,
  strokesOfChord,
  virtualTerminals,
} from '../../web/model/chords.ts'
import { fileName, reportOf } from '../../web/model/console-facts.ts'
import { destroys, powerActions } from '../../web/model/console-power.ts'
import { openingSteps } from '../../web/model/opening-steps.ts'
import {
  byteAmount,
  byteRate,
  clockTime,
  historySeconds,
  linePoints,
  ratesBetween,
} from '../../web/model/rates.ts'

describe('chords', () => {
  test('press every key before they release any, in reverse', () => {
    for (const { faces, keys } of screenChords) {
      const strokes = strokesOfChord(keys)
      assert.equal(faces.length, keys.length)
      assert.deepEqual(
        strokes.map(([, code, down]) => `${down ? '+' : '-'}${code}`),
        [...keys.map(([, code]) => `+${code}`), ...keys.toReversed().map(([, code]) => `-${code}`)],
      )
    }
  })

  test('reach twelve virtual terminals, and a terminal’s twelve function keys', () => {
    const last = virtualTerminals[11] ?? []
    assert.deepEqual(last.slice(0, 3), [
      [0xffe3, 'ControlLeft', true],
      [0xffe9, 'AltLeft', true],
      [0xffc9, 'F12', true],
    ])
    assert.equal(virtualTerminals.length, 12)
    assert.equal(new Set(functionKeys).size, 12)
    assert.equal(functionKeys[0], '\x1bOP')
    assert.equal(functionKeys[11], '\x1b[24~')
  })
})

describe('power', () => {
  test('offers what the state allows, and what destroys comes last', () => {
    const rows = [
      ['qemu', 'running', 'shutdown reboot suspend reset stop'],
      ['lxc', 'running', 'shutdown reboot stop'],
      ['qemu', 'stopped', 'start'],
      ['lxc', 'stopped', 'start'],
      ['qemu', 'paused', 'resume reset stop'],
      ['qemu', 'suspended', 'resume reset stop'],
      ['qemu', 'unknown', ''],
    ] as const
    for (const [type, status, actions] of rows) {
      const offered = powerActions({ type, status })
      assert.equal(offered.join(' '), actions, `${type} ${status}`)
      const first = offered.findIndex(destroys)
      assert.ok(first < 0 || offered.slice(first).every(destroys), `${type} ${status}`)
    }
    const asleep = powerActions({ type: 'qemu', status: 'stopped', lock: 'suspended' })
    assert.deepEqual(asleep, ['resume'])
  })
})

describe('the steps of an opening', () => {
  test('follow each other, and the rest is the first picture', () => {
    const phases = { locate: 2, status: 4, proxy: 118.4, connect: 20, upgrade: 11, handshake: 14 }
    assert.deepEqual(openingSteps(phases, 221), [
      { name: 'rights', ms: 6, from: 0 },
      { name: 'proxy', ms: 118, from: 6 },
      { name: 'connect', ms: 31, from: 124 },
      { name: 'handshake', ms: 14, from: 155 },
      { name: 'picture', ms: 52, from: 169 },
    ])
  })

  test('are only those that are known', () => {
    assert.deepEqual(openingSteps({}, 0), [])
    assert.deepEqual(openingSteps({ proxy: 9 }, 5), [{ name: 'proxy', ms: 9, from: 0 }])
  })
})

describe('figures', () => {
  const sample = (at: number, received: number, sent = 0, updates = 0) => ({
    ...{ at, received, sent, updates },
  })

  test('are per second, and never below nothing', () => {
    const rates = ratesBetween(sample(1000, 500, 10, 3), sample(3000, 4500, 30, 63))
    assert.deepEqual(rates, { received: 2000, sent: 10, updates: 30 })
    const none = { received: 0, sent: 0, updates: 0 }
    assert.deepEqual(ratesBetween(sample(5, 10), sample(5, 20)), none)
    assert.deepEqual(ratesBetween(sample(0, 10), sample(1000, 5)), none)
  })

  test('are told in few digits', () => {
    assert.deepEqual(byteRate(0), { value: '0', unit: 'kB/s' })
    assert.deepEqual(byteRate(440), { value: '0.4', unit: 'kB/s' })
    assert.deepEqual(byteRate(412_300), { value: '412', unit: 'kB/s' })
    assert.deepEqual(byteRate(12_300_000), { value: '12', unit: 'MB/s' })
    assert.equal(byteAmount(999), '999 B')
    assert.equal(byteAmount(1000), '1.0 kB')
    assert.equal(byteAmount(34_000_000), '34 MB')
    assert.equal(byteAmount(5e15), '5000 TB')
    assert.equal(clockTime(2467), '00:41:07')
    assert.equal(clockTime(-1), '00:00:00')
  })

  test('are drawn with the newest at the right, and flat where nothing passed', () => {
    assert.equal(linePoints([0, 0], 59, 10), '58.0,10.0 59.0,10.0')
    assert.equal(linePoints([5, 10], 59, 10), '58.0,5.0 59.0,0.0')
    const full = linePoints(Array(historySeconds).fill(1), 59, 10).split(' ')
    assert.deepEqual([full[0], full.length], ['0.0,0.0', historySeconds])
  })
})

describe('files and reports', () => {
  test('are named after the guest, without what file systems refuse', () => {
    const at = new Date('2026-11-21T22:14:07.123Z')
    assert.equal(fileName('db-01', at, 'png'), 'db-01-2026-11-21-221407.png')
    assert.equal(fileName('../a b/c\u202e', at, 'txt'), 'a-b-c-2026-11-21-221407.txt')
    assert.equal(fileName('웹 서버', at, 'png'), '웹-서버-2026-11-21-221407.png')
    assert.equal(fileName('///', at, 'png'), 'console-2026-11-21-221407.png')
  })

  test('stand in columns', () => {
    assert.equal(
      reportOf([
        ['Size', '1 × 2'],
        ['Round trip', '3 ms'],
      ]),
      'Size        1 × 2\nRound trip  3 ms\n',
    )
  })
})
