import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { type LoginAttempt, LoginLimits } from '../../src/session/login-limits.ts'
import { FakeClock, settle } from './fake-clock.ts'

const MINUTE = 60_000

function setUp() {
  const clock = new FakeClock()
  const limits = new LoginLimits({ loginFailures: 5 }, clock)
  const admit = (address: string, user: string | null) => limits.admit(address, user)
  const fail = (address: string, user: string): void => admit(address, user).failed()
  return { clock, limits, admit, fail }
}

/** The seconds to wait. */
function refusedFor(admit: () => LoginAttempt): number | undefined {
  try {
    admit()
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === 'too_many_logins')
    return error.retryAfter
  }
  return assert.fail('it was let through')
}

describe('one person at one address', () => {
  test('has five failures, then waits a minute, then twice as long each time', () => {
    const { clock, admit, fail } = setUp()
    for (let n = 0; n < 5; n++) fail('10.1.0.1', 'anna@pam')
    for (const seconds of [60, 120, 240]) {
      assert.equal(
        refusedFor(() => admit('10.1.0.1', 'anna@pam')),
        seconds,
      )
      clock.advance(seconds * 1000)
      for (let n = 0; n < 5; n++) fail('10.1.0.1', 'anna@pam')
    }
  })

  test('never waits longer than a quarter of an hour', () => {
    const { clock, admit, fail } = setUp()
    let longest = 0
    for (let round = 0; round < 8; round++) {
      for (let n = 0; n < 5; n++) fail('10.0.0.1', 'anna@pam')
      const seconds = refusedFor(() => admit('10.0.0.1', 'anna@pam')) ?? 0
      longest = Math.max(longest, seconds)
      clock.advance(seconds * 1000)
    }
    assert.equal(longest, 900)
  })

  test('is let in again by a success, which forgets the failures', () => {
    const { admit, fail } = setUp()
    for (let n = 0; n < 4; n++) fail('10.0.0.1', 'anna@pam')
    const attempt = admit('10.0.0.1', 'anna@pam')
    attempt.succeeded()
    for (let n = 0; n < 5; n++) fail('10.0.0.1', 'anna@pam')
    refusedFor(() => admit('10.0.0.1', 'anna@pam'))
  })

  test('is not blamed for a host that does not answer', () => {
    const { admit } = setUp()
    for (let n = 0; n < 30; n++) admit('10.0.0.1', 'anna@pam').undecided()
    admit('10.0.0.1', 'anna@pam')
  })

  test('gains nothing by trying many at once, nor by writing the realm in other ways', () => {
    const { admit } = setUp()
    for (const realm of ['pam', 'PAM', 'Pam', 'pAm', 'paM']) admit('10.0.0.1', `anna@${realm}`)
    refusedFor(() => admit('10.0.0.1', 'anna@pam'))
    refusedFor(() => admit('10.0.0.1', 'Anna@PAm'))
  })

  test('can be signed in from elsewhere meanwhile, and others from there', () => {
    const { admit, fail } = setUp()
    for (let n = 0; n < 5; n++) fail('10.0.0.1', 'anna@pam')
    refusedFor(() => admit('10.0.0.1', 'anna@pam'))
    admit('10.0.0.2', 'anna@pam')
    admit('10.0.0.1', 'berta@pam')
  })

  test('has the failures of five minutes counted, not older ones', () => {
    const { clock, admit, fail } = setUp()
    for (let n = 0; n < 12; n++) {
      fail('10.0.0.1', 'anna@pam')
      clock.advance(1.1 * MINUTE)
    }
    admit('10.0.0.1', 'anna@pam')
  })
})

test('one address has twenty failures in ten minutes, whoever they were for', () => {
  const { admit, fail } = setUp()
  for (let n = 0; n < 20; n++) fail('10.0.0.1', `user${n}@pam`)
  refusedFor(() => admit('10.0.0.1', 'anna@pam'))
  admit('10.0.0.2', 'anna@pam')
})

test('somebody who is not named yet counts for the address alone', () => {
  const { admit, fail, limits } = setUp()
  for (let n = 0; n < 20; n++) admit('10.0.0.1', null)
  refusedFor(() => admit('10.0.0.1', null))
  admit('10.0.0.2', null)
  assert.equal(limits.size, 2)
  const other = '10.0.0.3'
  for (let n = 0; n < 4; n++) fail(other, 'anna@pam')
  admit(other, null).succeeded()
  fail(other, 'anna@pam')
  // What is not named forgives nothing that was.
  refusedFor(() => admit(other, 'anna@pam'))
})

test('turns at one host are not those at another', async () => {
  const { limits } = setUp()
  const begun: string[] = []
  const never = new Promise<void>(() => {})
  for (let n = 0; n < 5; n++) {
    for (const host of ['home', 'lab']) {
      const call = async () => {
        begun.push(host)
        await never
      }
      void limits.atHost(host, '10.0.0.1', call)
    }
  }
  await settle()
  assert.deepEqual(begun.sort(), ['home', 'home', 'home', 'home', 'lab', 'lab', 'lab', 'lab'])
})

test('a flood of addresses takes bounded memory', () => {
  const { limits, fail } = setUp()
  for (let n = 0; n < 11_000; n++) fail(`address-${n}`, 'anna@pam')
  assert.equal(limits.size, 20_000)
})
