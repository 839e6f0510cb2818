import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { SignInTurns } from '../../src/session/sign-in-turns.ts'
import { later } from '../pve/fake-host.ts'
import { FakeClock, settle } from './fake-clock.ts'

function setUp() {
  const clock = new FakeClock()
  const turns = new SignInTurns(clock)
  /** What began and was refused, in order. */
  const begun: string[] = []
  const refused: string[] = []
  const endings: (() => void)[] = []
  const ask = (address: string, name = address): Promise<void> => {
    const { promise, resolve } = later<void>()
    const call = (): Promise<void> => {
      begun.push(name)
      endings.push(resolve)
      return promise
    }
    return turns.run(address, call).catch((error) => {
      assert.ok(error instanceof Failure && error.code === 'too_many_logins')
      assert.ok((error.retryAfter ?? 0) > 0)
      refused.push(name)
    })
  }
  /** PVE has thought about the oldest one. */
  const end = async (count = 1): Promise<void> => {
    for (const ending of endings.splice(0, count)) ending()
    await settle()
  }
  return { clock, turns, begun, refused, ask, end }
}

describe('turns at a host', () => {
  test('are had at once, and the answer is the call’s own', async () => {
    const { turns } = setUp()
    assert.equal(await turns.run('a', async () => 7), 7)
    await assert.rejects(
      turns.run('a', () => Promise.reject(new Error('broken'))),
      /broken/,
    )
    assert.equal(await turns.run('a', async () => 8), 8)
  })

  test('are ten in a second, of everybody', async () => {
    const { clock, begun, ask, end } = setUp()
    for (let n = 0; n < 25; n++) void ask(`address-${n}`)
    for (const [ms, count] of [
      [0, 10],
      [999, 10],
      [1, 20],
      [999, 20],
      [1, 25],
    ] as const) {
      clock.advance(ms)
      for (let round = 0; round < 4; round++) await end(8)
      assert.equal(begun.length, count)
    }
  })

  test('are eight at a time', async () => {
    const { begun, ask, end } = setUp()
    for (let n = 0; n < 10; n++) void ask(`address-${n}`)
    await settle()
    assert.equal(begun.length, 8)
    await end()
    assert.equal(begun.length, 9)
  })

  test('are four at a time from one address, whatever else it asks for', async () => {
    const { begun, ask, end } = setUp()
    for (let n = 0; n < 20; n++) void ask('guesser', `guess-${n}`)
    await settle()
    assert.deepEqual(begun, ['guess-0', 'guess-1', 'guess-2', 'guess-3'])
    void ask('anna')
    await settle()
    assert.equal(begun.at(-1), 'anna')
    await end()
    assert.equal(begun.at(-1), 'guess-4')
  })

  test('come to those first who have least under way', async () => {
    const { begun, ask, end } = setUp()
    for (let n = 0; n < 6; n++) void ask(`${n % 2}`, `first-${n}`)
    void ask('2')
    void ask('2')
    await settle()
    assert.equal(begun.length, 8)
    void ask('0', 'again')
    void ask('3', 'new')
    await settle()
    await end()
    assert.equal(begun.at(-1), 'new')
    await end()
    assert.equal(begun.at(-1), 'again')
  })

  test('are waited for by twenty; the address that has most waiting gives way', async () => {
    const { clock, begun, refused, ask, end } = setUp()
    for (let n = 0; n < 24; n++) void ask('guesser', `guess-${n}`)
    void ask('other-1')
    void ask('other-2')
    void ask('other-3')
    void ask('other-4')
    await settle()
    assert.equal(begun.length, 8)
    assert.deepEqual(refused, [])
    void ask('guesser', 'guess-24')
    void ask('anna')
    await settle()
    assert.deepEqual(refused, ['guess-24', 'guess-23'])
    await end()
    assert.equal(begun.at(-1), 'anna')
    assert.equal(clock.waiting, 19)
  })

  test('are waited for fifteen seconds, and then refused', async () => {
    const { clock, begun, refused, ask, end } = setUp()
    for (let n = 0; n < 5; n++) void ask('anna', `try-${n}`)
    await settle()
    clock.advance(14_999)
    await settle()
    assert.deepEqual(refused, [])
    clock.advance(1)
    await settle()
    assert.deepEqual(refused, ['try-4'])
    await end(4)
    assert.equal(begun.length, 4)
    assert.equal(clock.waiting, 0)
  })
})
