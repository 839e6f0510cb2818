import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IdleWatch } from '../../src/rfb/idle-watch.ts'
import { oneByOne } from '../relay/chance.ts'
import { FakeClock } from '../session/fake-clock.ts'

const MINUTE = 60_000
const KEY = Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 0x61)
const POINTER = Uint8Array.of(5, 0, 0, 1, 0, 1)
const REQUEST = Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 1, 0, 1)

function watch() {
  const clock = new FakeClock()
  const sent: { at: number; bytes: Uint8Array }[] = []
  const idle = new IdleWatch((bytes) => sent.push({ at: clock.monotonic(), bytes }), clock)
  return { clock, sent, idle, times: () => sent.map(({ at }) => at / MINUTE) }
}

describe('a screen that nobody uses', () => {
  test('asks for a pixel every five minutes, and never waits as long as QEMU’s proxy does', () => {
    const { clock, sent, times } = watch()
    clock.advance(60 * MINUTE)
    assert.deepEqual(times(), [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60])
    for (const { bytes } of sent) assert.deepEqual(bytes, REQUEST)
  })

  test('asks for nothing while the browser sends something itself', () => {
    const { clock, idle, times } = watch()
    for (let minute = 0; minute < 60; minute += 4) {
      idle.fromBrowser(REQUEST)
      clock.advance(4 * MINUTE)
    }
    assert.deepEqual(times(), [])
    clock.advance(2 * MINUTE)
    assert.deepEqual(times(), [61])
  })

  test('is not helped by what PVE sends', () => {
    const { clock, idle, times } = watch()
    clock.advance(4 * MINUTE)
    idle.fromPve()
    clock.advance(2 * MINUTE)
    assert.deepEqual(times(), [5])
  })

  test('never puts a byte into the middle of the browser’s messages', () => {
    const { clock, idle, times } = watch()
    for (const byte of oneByOne(KEY.subarray(0, 7))) idle.fromBrowser(byte)
    clock.advance(14 * MINUTE)
    assert.deepEqual(times(), [])
    idle.fromBrowser(KEY.subarray(7))
    clock.advance(6 * MINUTE)
    assert.deepEqual(times(), [19])
  })

  test('makes up for it as soon as the message is complete', () => {
    const { clock, idle, sent } = watch()
    clock.advance(4 * MINUTE)
    idle.fromBrowser(KEY.subarray(0, 1))
    clock.advance(6 * MINUTE)
    assert.equal(sent.length, 0)
    idle.fromBrowser(new Uint8Array())
    idle.fromBrowser(KEY.subarray(1))
    clock.advance(5 * MINUTE)
    assert.equal(sent.length, 1)
  })

  test('sends nothing behind a message that nobody understands', () => {
    const { clock, idle, sent } = watch()
    idle.fromBrowser(Uint8Array.of(99))
    clock.advance(60 * MINUTE)
    assert.equal(sent.length, 0)
  })

  test('leaves no timer behind', () => {
    const { clock, idle, sent } = watch()
    clock.advance(7 * MINUTE)
    idle.stop()
    assert.equal(clock.waiting, 0)
    clock.advance(60 * MINUTE)
    assert.equal(sent.length, 1)
  })
})

describe('an end is that of a limit', () => {
  test('of QEMU’s proxy after fifteen minutes without a byte in either direction', () => {
    const { clock, idle } = watch()
    // Nothing can be sent in the person's place.
    idle.fromBrowser(KEY.subarray(0, 3))
    clock.advance(5 * MINUTE)
    idle.fromPve()
    clock.advance(14 * MINUTE)
    assert.equal(idle.limitReached('qemu'), false)
    clock.advance(MINUTE)
    assert.equal(idle.limitReached('qemu'), true)
    clock.advance(2 * MINUTE)
    assert.equal(idle.limitReached('qemu'), false)
  })

  test('of QEMU’s proxy never where a pixel is asked for', () => {
    const { clock, idle } = watch()
    for (let minute = 0; minute < 60; minute++) {
      clock.advance(MINUTE)
      assert.equal(idle.limitReached('qemu'), false)
    }
  })

  test('of vncterm after thirty minutes without a key, whatever the pointer did', () => {
    const { clock, idle } = watch()
    clock.advance(10 * MINUTE)
    assert.equal(idle.fromBrowser(KEY), true)
    clock.advance(20 * MINUTE)
    assert.equal(idle.fromBrowser(POINTER), true)
    idle.fromPve()
    clock.advance(9 * MINUTE)
    assert.equal(idle.limitReached('vncterm'), false)
    clock.advance(MINUTE)
    assert.equal(idle.limitReached('vncterm'), true)
    clock.advance(2 * MINUTE)
    assert.equal(idle.limitReached('vncterm'), false)
  })
})
