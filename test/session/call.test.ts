import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { type Identity, PveRefusal } from '../../src/pve/call.ts'
import { FakeHost } from '../pve/fake-host.ts'
import { code, makeSignIn, renewing, ticketOf, unauthorized, unreachable } from './sign-in-rig.ts'

describe('a call with the ticket', () => {
  test('that PVE does not accept is made once more, with a new ticket', async () => {
    const host = renewing()
    const { signIn } = makeSignIn(host)
    const seen: string[] = []
    const result = await signIn.use(async ({ ticket }) => {
      seen.push(ticket)
      if (ticket === 'ticket-0') throw unauthorized()
      return 'done'
    })
    assert.equal(result, 'done')
    assert.deepEqual(seen, ['ticket-0', 'ticket-1'])
    assert.equal(host.calls.length, 1)
  })

  test('that PVE accepts neither way ends the sign-in, without a loop', async () => {
    const host = renewing()
    const { clock, lost, signIn } = makeSignIn(host)
    let runs = 0
    const run = async (): Promise<never> => {
      runs++
      throw unauthorized()
    }
    await assert.rejects(signIn.use(run), code('session_expired'))
    assert.equal(runs, 2)
    assert.equal(host.calls.length, 1)
    assert.deepEqual(lost, [signIn])
    assert.equal(clock.waiting, 0)
  })

  test('that many make at a time costs one renewal', async () => {
    const host = renewing()
    const { signIn } = makeSignIn(host)
    const run = async ({ ticket }: Identity): Promise<string> => {
      if (ticket === 'ticket-0') throw unauthorized()
      return ticket
    }
    const all = await Promise.all(Array.from({ length: 20 }, () => signIn.use(run)))
    assert.deepEqual(new Set(all), new Set(['ticket-1']))
    assert.equal(host.calls.length, 1)
  })

  test('that fails because PVE cannot be reached for the renewal leaves the sign-in alone', async () => {
    const { lost, signIn } = makeSignIn(new FakeHost('home', unreachable))
    await assert.rejects(
      signIn.use(async () => {
        throw unauthorized()
      }),
      code('host_unreachable'),
    )
    assert.deepEqual(lost, [])
    assert.equal(await ticketOf(signIn), 'ticket-0')
  })

  const others: [title: string, error: Error][] = [
    [
      'a console ticket that PVE refuses',
      unauthorized('permission denied - invalid PVEVNC ticket'),
    ],
    ['a missing right', new PveRefusal(403, 'Permission check failed')],
    ['a stopped guest', new PveRefusal(500, 'VM 100 not running')],
    ['an unreachable host', new Failure('host_unreachable')],
    ['a fault of ours', new TypeError('oops')],
  ]
  for (const [title, error] of others) {
    test(`${title} is no matter of the sign-in`, async () => {
      const host = renewing()
      const { lost, signIn } = makeSignIn(host)
      const failing = signIn.use(async () => {
        throw error
      })
      await assert.rejects(failing, (thrown) => thrown === error)
      assert.equal(host.calls.length, 0)
      assert.deepEqual(lost, [])
    })
  }
})
