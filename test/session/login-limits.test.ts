import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { type LoginAttempt, LoginLimits } from '../../src/session/login-limits.ts'
import { FakeClock, settle } from './fake-clock.ts'

const MINUTE = 60_000

function setUp() {
  const clock = new FakeClock()
  const limits = new LoginLimits(5, clock)
  let turns = 0
  /** Admits at a host of its own, so that the host's pace is not in the way. */
  const admit = (address: string, user: string) => limits.admit(address, user, `host-${turns++}`)
  const fail = async (address: string, user: string): Promise<void> => {
    const attempt = await admit(address, user)
    attempt.failed()
  }
  return { clock, limits, admit, fail }
}

function refusedFor(attempt: Promise<LoginAttempt>): Promise<number | undefined> {
  return attempt.then(
    () => assert.fail('it was let through'),
    (error) => {
      assert.ok(error instanceof Failure && error.code === 'too_many_logins')
      return error.retryAfter
    },
  )
}

describe('one person at one address', () => {
  test('has five failures, then waits a minute, then twice as long each time', async () => {
    const { clock, admit, fail } = setUp()
    for (let n = 0; n < 5; n++) await fail('10.1.0.1', 'anna@pam')
    for (const seconds of [60, 120, 240]) {
      assert.equal(await refusedFor(admit('10.1.0.1', 'anna@pam')), seconds)
      clock.advance(seconds * 1000)
      for (let n = 0; n < 5; n++) await fail('10.1.0.1', 'anna@pam')
    }
  })

  test('never waits longer than a quarter of an hour', async () => {
    const { clock, admit, fail } = setUp()
    let longest = 0
    for (let round = 0; round < 8; round++) {
      for (let n = 0; n < 5; n++) await fail('10.0.0.1', 'anna@pam')
      const seconds = (await refusedFor(admit('10.0.0.1', 'anna@pam'))) ?? 0
      longest = Math.max(longest, seconds)
      clock.advance(seconds * 1000)
    }
    assert.equal(longest, 900)
  })

  test('is let in again by a success, which forgets the failures', async () => {
    const { admit, fail } = setUp()
    for (let n = 0; n < 4; n++) await fail('10.0.0.1', 'anna@pam')
    const attempt = await admit('10.0.0.1', 'anna@pam')
    attempt.succeeded()
    for (let n = 0; n < 5; n++) await fail('10.0.0.1', 'anna@pam')
    await refusedFor(admit('10.0.0.1', 'anna@pam'))
  })

  test('is not blamed for a host that does not answer', async () => {
    const { admit } = setUp()
    for (let n = 0; n < 30; n++) (await admit('10.0.0.1', 'anna@pam')).undecided()
    await admit('10.0.0.1', 'anna@pam')
  })

  test('gains nothing by trying many at once', async () => {
    const { admit } = setUp()
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => admit('10.0.0.1', 'anna@pam')),
    )
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 5)
  })

  test('can be signed in from elsewhere meanwhile, and others from there', async () => {
    const { admit, fail } = setUp()
    for (let n = 0; n < 5; n++) await fail('10.0.0.1', 'anna@pam')
    await refusedFor(admit('10.0.0.1', 'anna@pam'))
    await admit('10.0.0.2', 'anna@pam')
    await admit('10.0.0.1', 'berta@pam')
  })

  test('has the failures of five minutes counted, not older ones', async () => {
    const { clock, admit, fail } = setUp()
    for (let n = 0; n < 12; n++) {
      await fail('10.0.0.1', 'anna@pam')
      clock.advance(1.1 * MINUTE)
    }
    await admit('10.0.0.1', 'anna@pam')
  })
})

test('one address has twenty failures in ten minutes, whoever they were for', async () => {
  const { admit, fail } = setUp()
  for (let n = 0; n < 20; n++) await fail('10.0.0.1', `user${n}@pam`)
  await refusedFor(admit('10.0.0.1', 'anna@pam'))
  await admit('10.0.0.2', 'anna@pam')
})

test('somebody who is not named yet counts for the address alone', async () => {
  const { admit, fail, limits } = setUp()
  const begun: LoginAttempt[] = []
  for (let n = 0; n < 20; n++) begun.push(await limits.admit('10.0.0.1', null, `host-${n}`))
  await refusedFor(limits.admit('10.0.0.1', null, null))
  await limits.admit('10.0.0.2', null, null)
  assert.equal(limits.size, 2)
  const other = '10.0.0.3'
  for (let n = 0; n < 4; n++) await fail(other, 'anna@pam')
  ;(await limits.admit(other, null, 'home')).succeeded()
  await fail(other, 'anna@pam')
  // What is not named forgives nothing that was.
  await refusedFor(admit(other, 'anna@pam'))
})

test('who was let through waits for turns like everybody, and is not counted again', async () => {
  const clock = new FakeClock()
  const limits = new LoginLimits(5, clock)
  for (let n = 0; n < 10; n++) await limits.turn('home')
  let gone = false
  void limits.turn('home').then(() => {
    gone = true
  })
  await settle()
  assert.equal(gone, false)
  clock.advance(1000)
  await settle()
  assert.equal(gone, true)
  assert.equal(limits.size, 0)
})

test('a host gets ten sign-ins a second, twenty wait, and more are refused', async () => {
  const clock = new FakeClock()
  const limits = new LoginLimits(5, clock)
  let admitted = 0
  let refused = 0
  for (let n = 0; n < 40; n++) {
    limits.admit(`10.0.1.${n}`, 'anna@pam', 'home').then(
      () => admitted++,
      () => refused++,
    )
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  await turn()
  assert.deepEqual([admitted, refused], [10, 10])
  clock.advance(999)
  await turn()
  assert.equal(admitted, 10)
  clock.advance(1)
  await turn()
  assert.equal(admitted, 20)
  clock.advance(1000)
  await turn()
  assert.equal(admitted, 30)
})

test('a flood of addresses takes bounded memory', async () => {
  const { limits, fail } = setUp()
  for (let n = 0; n < 11_000; n++) await fail(`address-${n}`, 'anna@pam')
  assert.equal(limits.size, 20_000)
})
