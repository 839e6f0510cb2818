import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Challenges } from '../../src/session/challenges.ts'
import { FakeHost } from '../pve/fake-host.ts'
import { FakeClock } from './fake-clock.ts'

const LIFETIME = 5 * 60_000
const host = new FakeHost('home')

function setUp() {
  const clock = new FakeClock()
  const challenges = new Challenges(clock)
  const add = (ticket = 'half'): string => challenges.add({ host, user: 'anna@pam', ticket })
  return { clock, challenges, add }
}

describe('a half-done sign-in', () => {
  test('is had under its id, on its host', () => {
    const { challenges, add } = setUp()
    const found = challenges.attempt(add('half-1'), host)
    assert.equal(found?.ticket, 'half-1')
    assert.equal(found?.user, 'anna@pam')
    assert.equal(found?.host, host)
  })

  test('is not there for another id or another host, even one of the same key', () => {
    const { challenges, add } = setUp()
    const id = add()
    assert.equal(challenges.attempt('A'.repeat(22), host), null)
    assert.equal(challenges.attempt('__proto__', host), null)
    assert.equal(challenges.attempt(id, new FakeHost('home')), null)
    assert.notEqual(challenges.attempt(id, host), null)
  })

  test('takes five answers, and a sixth is too many', () => {
    const { challenges, add } = setUp()
    const id = add()
    for (let n = 0; n < 5; n++) assert.notEqual(challenges.attempt(id, host), null, `try ${n}`)
    assert.equal(challenges.attempt(id, host), null)
  })

  test('counts the tries of each one for itself', () => {
    const { challenges, add } = setUp()
    const [one, two] = [add(), add()]
    for (let n = 0; n < 5; n++) challenges.attempt(one, host)
    assert.notEqual(challenges.attempt(two, host), null)
  })

  test('is met once', () => {
    const { challenges, add } = setUp()
    const id = add()
    challenges.finish(id)
    assert.equal(challenges.attempt(id, host), null)
  })

  test('lives five minutes', () => {
    const { clock, challenges, add } = setUp()
    const id = add()
    clock.advance(LIFETIME - 1)
    const late = add()
    assert.notEqual(challenges.attempt(id, host), null)
    clock.advance(1)
    assert.equal(challenges.attempt(id, host), null)
    assert.notEqual(challenges.attempt(late, host), null)
  })

  test('gives way only when a thousand younger ones have come', () => {
    const { challenges, add } = setUp()
    const ids = Array.from({ length: 1000 }, () => add())
    assert.notEqual(challenges.attempt(ids[0] ?? '', host), null)
    assert.notEqual(challenges.attempt(ids[1] ?? '', host), null)
    add()
    assert.equal(challenges.attempt(ids[0] ?? '', host), null)
    assert.notEqual(challenges.attempt(ids[1] ?? '', host), null)
    assert.notEqual(challenges.attempt(ids[999] ?? '', host), null)
  })
})
