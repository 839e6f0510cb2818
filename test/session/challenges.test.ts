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
  const add = (ticket = 'half', browser = 'mine'): string =>
    challenges.add(browser, { host, user: 'anna@pam', ticket })
  const attempt = (id: string, where = host, browser = 'mine') =>
    challenges.attempt(id, browser, where)
  return { clock, add, attempt }
}

describe('a half-done sign-in', () => {
  test('is had under its id, on its host', () => {
    const { add, attempt } = setUp()
    const found = attempt(add('half-1'))
    assert.equal(found?.ticket, 'half-1')
    assert.equal(found?.user, 'anna@pam')
    assert.equal(found?.host, host)
  })

  test('is not there for another id or another host, even one of the same key', () => {
    const { add, attempt } = setUp()
    const id = add()
    assert.equal(attempt('A'.repeat(22)), null)
    assert.equal(attempt('__proto__'), null)
    assert.equal(attempt(id, new FakeHost('home')), null)
    assert.notEqual(attempt(id), null)
  })

  test('takes five answers, and a sixth is too many', () => {
    const { add, attempt } = setUp()
    const id = add()
    for (let n = 0; n < 5; n++) assert.notEqual(attempt(id), null, `try ${n}`)
    assert.equal(attempt(id), null)
  })

  test('counts the tries of each one for itself', () => {
    const { add, attempt } = setUp()
    const [one, two] = [add(), add()]
    for (let n = 0; n < 5; n++) attempt(one)
    assert.notEqual(attempt(two), null)
  })

  test('is met once', () => {
    const { add, attempt } = setUp()
    const id = add()
    const [first, second] = [attempt(id), attempt(id)]
    assert.equal(first?.met(), true)
    assert.equal(second?.met(), false)
    assert.equal(first?.met(), false)
    assert.equal(attempt(id), null)
  })

  test('is met by the last answer that it takes as by the first', () => {
    const { add, attempt } = setUp()
    const id = add()
    for (let n = 0; n < 4; n++) attempt(id)
    assert.equal(attempt(id)?.met(), true)
  })

  test('is there for the browser that began it, whose tries no other one uses up', () => {
    const { add, attempt } = setUp()
    const id = add()
    for (let n = 0; n < 6; n++) assert.equal(attempt(id, host, 'another'), null)
    assert.notEqual(attempt(id), null)
  })

  test('lives five minutes', () => {
    const { clock, add, attempt } = setUp()
    const id = add()
    clock.advance(LIFETIME - 1)
    const late = add()
    assert.notEqual(attempt(id), null)
    clock.advance(1)
    assert.equal(attempt(id), null)
    assert.notEqual(attempt(late), null)
  })

  test('gives way only when a thousand younger ones have come', () => {
    const { add, attempt } = setUp()
    const ids = Array.from({ length: 1000 }, () => add())
    assert.notEqual(attempt(ids[0] ?? ''), null)
    assert.notEqual(attempt(ids[1] ?? ''), null)
    add()
    assert.equal(attempt(ids[0] ?? ''), null)
    assert.notEqual(attempt(ids[1] ?? ''), null)
    assert.notEqual(attempt(ids[999] ?? ''), null)
  })
})
