import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { Breaker } from '../../src/pve/breaker.ts'
import { FakeClock, settle } from '../session/fake-clock.ts'

const GONE = new Failure('host_unreachable')
const SECOND = 1000

/** A breaker whose address answers, or not, as `answers` says; and when it was probed, in seconds. */
function rig() {
  const clock = new FakeClock()
  const probes: number[] = []
  const address = { answers: false }
  const breaker = new Breaker(clock, async () => {
    probes.push(clock.monotonic() / SECOND)
    return address.answers ? null : GONE
  })
  const fail = (times: number): void => {
    for (let n = 0; n < times; n++) breaker.unreachable(GONE)
  }
  const pass = async (seconds: number): Promise<void> => {
    for (let n = 0; n < seconds; n++) {
      clock.advance(SECOND)
      await settle()
    }
  }
  return { clock, breaker, probes, address, fail, pass }
}

describe('an address that cannot be reached', () => {
  test('is given up at the fifth failure in a row, with what it failed of', () => {
    const { breaker, fail } = rig()
    fail(4)
    assert.equal(breaker.open, null)
    fail(1)
    assert.equal(breaker.open, GONE)
  })

  test('is not given up for five failures with an answer in between', () => {
    const { breaker, fail } = rig()
    fail(4)
    breaker.answered()
    fail(4)
    assert.equal(breaker.open, null)
  })

  test('is probed after 5, 10, 20 and 30 seconds, and every 30 from then on', async () => {
    const { probes, fail, pass } = rig()
    fail(5)
    await pass(130)
    assert.deepEqual(probes, [5, 15, 35, 65, 95, 125])
  })

  test('is taken up again by the first probe that is answered', async () => {
    const { breaker, probes, address, fail, pass } = rig()
    fail(5)
    await pass(14)
    address.answers = true
    assert.equal(breaker.open, GONE)
    await pass(1)
    assert.equal(breaker.open, null)
    await pass(100)
    assert.deepEqual(probes, [5, 15])
  })

  test('is given as much time as at first when it fails again', async () => {
    const { probes, address, fail, pass } = rig()
    fail(5)
    await pass(14)
    address.answers = true
    await pass(1)
    address.answers = false
    fail(5)
    await pass(10)
    assert.deepEqual(probes, [5, 15, 20])
  })

  test('is taken up again by an answer to a call that was still under way', async () => {
    const { breaker, probes, fail, pass } = rig()
    fail(5)
    breaker.answered()
    assert.equal(breaker.open, null)
    await pass(100)
    assert.deepEqual(probes, [])
  })

  test('is not probed more often for calls that were still under way and fail', async () => {
    const { probes, fail, pass } = rig()
    fail(12)
    await pass(5)
    assert.deepEqual(probes, [5])
  })

  test('is probed once for all who ask at a time, and not again for a second', async () => {
    const { breaker, probes, clock, fail } = rig()
    fail(5)
    clock.advance(2 * SECOND)
    await Promise.all([breaker.probe(), breaker.probe(), breaker.probe()])
    clock.advance(SECOND - 1)
    await breaker.probe()
    assert.deepEqual(probes, [2])
    clock.advance(1)
    await breaker.probe()
    assert.deepEqual(probes, [2, 3])
  })

  test('is not probed any more once nobody wants it', async () => {
    const { breaker, probes, clock, fail, pass } = rig()
    fail(5)
    breaker.close()
    assert.equal(clock.waiting, 0)
    await breaker.probe()
    await pass(100)
    assert.deepEqual(probes, [0], 'the one that was asked for')
  })
})

describe('an address that takes calls and does not answer them', () => {
  const slow = (breaker: Breaker): void => {
    for (let n = 0; n < 5; n++) breaker.slow()
  }

  test('is asked something small first, and goes on where it answers that', async () => {
    const { breaker, probes, address } = rig()
    address.answers = true
    slow(breaker)
    await settle()
    assert.deepEqual(probes, [0])
    assert.equal(breaker.open, null)
    breaker.slow()
    await settle()
    assert.deepEqual(probes, [0], 'the count began anew')
  })

  test('is given up where it does not', async () => {
    const { breaker, probes, pass } = rig()
    slow(breaker)
    await settle()
    assert.equal(breaker.open, GONE)
    await pass(5)
    assert.deepEqual(probes, [0, 5])
  })
})
