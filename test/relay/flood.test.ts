import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NOTHING, Rig } from './relay-rig.ts'

describe('messages of the browser', () => {
  const send = (rig: Rig, count: number): void => {
    for (let n = 0; n < count && rig.by === undefined; n++) rig.browser.arrive(NOTHING)
  }

  test('twice the rate at once is let through, and not one more', () => {
    const rig = new Rig({ takesAll: true }).started()
    send(rig, 20)
    assert.equal(rig.by, undefined)
    send(rig, 1)
    assert.equal(rig.by, 'flood')
    assert.equal(rig.pve.isDestroyed, true)
  })

  test('the rate itself goes on for ever', () => {
    const rig = new Rig({ takesAll: true }).started()
    for (let second = 0; second < 100; second++) {
      send(rig, 10)
      rig.clock.advance(1000)
    }
    assert.equal(rig.by, undefined)
  })

  test('a little more than the rate ends in time', () => {
    const rig = new Rig({ takesAll: true }).started()
    for (let second = 0; second < 100; second++) {
      send(rig, 11)
      rig.clock.advance(1000)
    }
    assert.equal(rig.by, 'flood')
  })

  for (const used of [0, 5, 15]) {
    test(`a pause does not add up: after ${used} messages and an hour, twice the rate is all`, () => {
      const rig = new Rig({ takesAll: true }).started()
      send(rig, used)
      rig.clock.advance(3_600_000)
      send(rig, 20)
      assert.equal(rig.by, undefined)
      send(rig, 1)
      assert.equal(rig.by, 'flood')
    })
  }

  test('bytes are no messages: a large one counts once', () => {
    const rig = new Rig({ takesAll: true }).started()
    for (let n = 0; n < 20; n++) rig.browser.arrive(new Uint8Array(100_000))
    assert.equal(rig.by, undefined)
  })
})
