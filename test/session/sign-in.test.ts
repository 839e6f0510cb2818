import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostAnswer } from '../../src/pve/host.ts'
import { TICKET_LIFE } from '../../src/pve/ticket.ts'
import { FakeHost, form, later, no, ok, ticketFor } from '../pve/fake-host.ts'
import { settle } from './fake-clock.ts'
import {
  agedTicket,
  code,
  HALF_LIFE,
  HEX,
  MINUTE,
  makeSignIn,
  pass,
  refused,
  renewing,
  ticketOf,
  USER,
  unauthorized,
  unreachable,
} from './sign-in-rig.ts'

describe('the ticket renews itself', () => {
  for (const [random, share] of [
    [0, 1],
    [0.5, 1.05],
    [1, 1.1],
  ] as const) {
    test(`after ${share} half lives where chance says ${random}`, async () => {
      const host = renewing()
      const { clock, signIn } = makeSignIn(host, random)
      await pass(clock, HALF_LIFE * share - 1)
      assert.equal(host.calls.length, 0)
      await pass(clock, 1)
      assert.equal(host.calls.length, 1)
      assert.equal(await ticketOf(signIn), 'ticket-1')
      signIn.end()
    })
  }

  test('with the ticket in place of the password, hour after hour', async () => {
    const host = renewing()
    const { clock, signIn } = makeSignIn(host)
    for (let hour = 0; hour < 24; hour++) {
      await pass(clock, HALF_LIFE)
      const call = host.calls[hour]
      assert.equal(call?.path, '/api2/json/access/ticket')
      assert.equal(form(call).username, USER)
      assert.equal(form(call).password, `ticket-${hour}`)
    }
    assert.equal(host.calls.length, 24)
    assert.equal(clock.waiting, 1)
    signIn.end()
  })

  test('once, however many want it at the same time', async () => {
    const host = renewing()
    const { signIn } = makeSignIn(host)
    await Promise.all([signIn.renew(), signIn.renew(), signIn.renew()])
    assert.equal(host.calls.length, 1)
    await signIn.renew()
    assert.equal(host.calls.length, 2)
  })

  test('early renewals move the next one, and leave one timer', async () => {
    const host = renewing()
    const { clock, signIn } = makeSignIn(host)
    await pass(clock, HALF_LIFE / 2)
    await signIn.renew()
    assert.equal(clock.waiting, 1)
    assert.equal(clock.untilNext, HALF_LIFE)
  })
})

describe('a renewal that fails on the way', () => {
  test('keeps the old ticket and is tried again, ever more seldom, until it works', async () => {
    const host = new FakeHost('home', unreachable)
    const { clock, lost, signIn } = makeSignIn(host)
    await pass(clock, HALF_LIFE)
    for (const [tries, wait] of [1, 2, 4, 8, 8].entries()) {
      assert.equal(host.calls.length, tries + 1)
      assert.equal(await ticketOf(signIn), 'ticket-0')
      assert.equal(clock.waiting, 1)
      assert.equal(clock.untilNext, wait * MINUTE)
      await pass(clock, wait * MINUTE)
    }
    host.answering = () => ticketFor(USER, 'ticket-1')
    await pass(clock, 8 * MINUTE)
    assert.equal(await ticketOf(signIn), 'ticket-1')
    assert.equal(clock.untilNext, HALF_LIFE)
    // The next failure begins with a short wait again.
    host.answering = unreachable
    await pass(clock, HALF_LIFE)
    assert.equal(clock.untilNext, MINUTE)
    assert.deepEqual(lost, [])
  })

  test('is spread, so that those of an outage do not all come back at once', async () => {
    for (const [random, share] of [
      [0.5, 1.05],
      [1, 1.1],
    ] as const) {
      const { clock } = makeSignIn(new FakeHost('home', unreachable), random)
      await pass(clock, HALF_LIFE * share)
      assert.ok(Math.abs(clock.untilNext - MINUTE * share) < 1)
    }
  })

  test('is not tried for ever: a ticket that has died needs no more', async () => {
    const host = new FakeHost('home', unreachable)
    const { clock, lost, signIn } = makeSignIn(host)
    for (let n = 0; n < 300; n++) await pass(clock, MINUTE)
    assert.ok(host.calls.length > 8 && host.calls.length < 20, `${host.calls.length} calls`)
    assert.equal(clock.waiting, 0)
    // Whether that was the end is for PVE to say.
    assert.deepEqual(lost, [])
    signIn.end()
  })

  test('is tried a last time shortly before the ticket dies', async () => {
    const host = new FakeHost('home', unreachable)
    const { clock } = makeSignIn(host)
    const at: number[] = []
    host.answering = () => {
      at.push(clock.monotonic())
      return unreachable()
    }
    for (let n = 0; n < 120; n++) await pass(clock, MINUTE)
    const last = (at.at(-1) ?? 0) / MINUTE
    assert.ok(last > 118 && last < 120, `${last} min`)
  })

  test('is no refusal when PVE itself is broken', async () => {
    const host = new FakeHost('home', () => no(500, 'cluster not ready - no quorum?'))
    const { clock, lost, signIn } = makeSignIn(host)
    await pass(clock, HALF_LIFE)
    assert.deepEqual(lost, [])
    assert.equal(await ticketOf(signIn), 'ticket-0')
  })
})

describe('a ticket that lives shorter', () => {
  const SHORT = MINUTE

  test('is renewed at its own half life, twice a minute and no more', async () => {
    let count = 0
    const host = new FakeHost('home', () =>
      agedTicket(`PVE:${USER}:${HEX}::${++count}`, TICKET_LIFE - SHORT),
    )
    const { clock, lost, signIn } = makeSignIn(host)
    await signIn.renew()
    for (let minute = 1; minute <= 10; minute++) {
      await pass(clock, MINUTE / 2)
      await pass(clock, MINUTE / 2)
      assert.equal(host.calls.length, 1 + 2 * minute)
    }
    assert.deepEqual(lost, [])
    assert.equal(clock.waiting, 1)
  })

  test('is renewed in time after a failure too', async () => {
    const host = new FakeHost('home', () =>
      agedTicket(`PVE:${USER}:${HEX}::x`, TICKET_LIFE - SHORT),
    )
    const { clock, signIn } = makeSignIn(host)
    await signIn.renew()
    host.answering = unreachable
    await pass(clock, SHORT / 2)
    assert.equal(clock.untilNext, 500)
  })
})

describe('a machine that slept', () => {
  test('for hours asks once, is refused, and that is the end, without a loop', async () => {
    const host = new FakeHost('home', refused)
    const { clock, lost, signIn } = makeSignIn(host)
    clock.sleep(5 * 60 * MINUTE)
    await pass(clock, 0)
    assert.equal(host.calls.length, 2)
    assert.deepEqual(lost, [signIn])
    for (let n = 0; n < 60; n++) await pass(clock, MINUTE)
    assert.equal(host.calls.length, 2)
    assert.equal(clock.waiting, 0)
  })

  test('and wakes before its network does is not refused by anybody', async () => {
    const host = new FakeHost('home', unreachable)
    const { clock, lost, signIn } = makeSignIn(host)
    clock.sleep(5 * 60 * MINUTE)
    await pass(clock, 0)
    assert.equal(host.calls.length, 1)
    assert.equal(clock.waiting, 0)
    assert.deepEqual(lost, [])
    host.answering = refused
    await assert.rejects(
      signIn.use(async () => {
        throw unauthorized()
      }),
      code('session_expired'),
    )
    assert.deepEqual(lost, [signIn])
  })
})

for (const jump of [120 * MINUTE, -120 * MINUTE]) {
  test(`a wall clock that jumps by ${jump / MINUTE} min renews nothing and loses nothing`, async () => {
    const host = renewing()
    const { clock, lost } = makeSignIn(host)
    clock.jumpWall(jump)
    await pass(clock, HALF_LIFE - 1)
    assert.equal(host.calls.length, 0)
    await pass(clock, 1)
    assert.equal(host.calls.length, 1)
    assert.deepEqual(lost, [])
  })
}

describe('a renewal that PVE refuses', () => {
  test('once is tried again at once, and forgotten when it works then', async () => {
    const answers = [refused(), ticketFor(USER, 'ticket-1')]
    const host = new FakeHost('home', () => answers.shift() ?? assert.fail('asked once more'))
    const { clock, lost, signIn } = makeSignIn(host)
    await pass(clock, HALF_LIFE)
    assert.deepEqual(lost, [])
    assert.equal(await ticketOf(signIn), 'ticket-1')
    assert.equal(clock.waiting, 1)
  })

  test('twice ends the sign-in, once', async () => {
    const host = new FakeHost('home', refused)
    const { clock, lost, signIn } = makeSignIn(host)
    await pass(clock, HALF_LIFE)
    assert.deepEqual(lost, [signIn])
    assert.equal(host.calls.length, 2)
    assert.equal(clock.waiting, 0)
    await assert.rejects(ticketOf(signIn), code('session_expired'))
    await assert.rejects(signIn.renew(), code('session_expired'))
    assert.equal(host.calls.length, 2)
    assert.deepEqual(lost, [signIn])
  })

  test('once, and is unreachable then, may be tried later', async () => {
    const answers: (() => HostAnswer)[] = [refused, unreachable]
    const host = new FakeHost('home', () => (answers.shift() ?? refused)())
    const { clock, lost } = makeSignIn(host)
    await pass(clock, HALF_LIFE)
    assert.deepEqual(lost, [])
    assert.equal(clock.untilNext, MINUTE)
  })
})

describe('a sign-in that was ended', () => {
  test('runs nothing more, renews nothing more, and is not lost', async () => {
    const host = renewing()
    const { clock, lost, signIn } = makeSignIn(host)
    signIn.end()
    signIn.end()
    assert.equal(clock.waiting, 0)
    await assert.rejects(ticketOf(signIn), code('session_expired'))
    await assert.rejects(signIn.renew(), code('session_expired'))
    assert.deepEqual(host.calls, [])
    assert.deepEqual(lost, [])
  })

  const answers: [title: string, answer: () => HostAnswer][] = [
    ['a new ticket', () => ticketFor(USER, 'ticket-1')],
    ['a refusal', refused],
    ['silence', unreachable],
  ]
  for (const [title, answer] of answers) {
    test(`is not raised again when its renewal then brings ${title}`, async () => {
      const gate = later<void>()
      const host = new FakeHost('home', async () => {
        await gate.promise
        return answer()
      })
      const { clock, lost, signIn } = makeSignIn(host)
      await pass(clock, HALF_LIFE)
      signIn.end()
      gate.resolve()
      await settle()
      assert.equal(clock.waiting, 0)
      assert.deepEqual(lost, [])
      await assert.rejects(ticketOf(signIn), code('session_expired'))
    })
  }

  test('during a call: what the call brings is handed on, a new ticket is not asked for', async () => {
    const host = renewing()
    const { signIn } = makeSignIn(host)
    const gate = later<void>()
    const running = signIn.use(async () => {
      await gate.promise
      throw unauthorized()
    })
    signIn.end()
    gate.resolve()
    await assert.rejects(running, code('session_expired'))
    assert.deepEqual(host.calls, [])
  })
})

describe('the version of PVE', () => {
  test('is asked for once, and again only where it could not be had', async () => {
    const host = new FakeHost('home', unreachable)
    const { signIn } = makeSignIn(host)
    assert.equal(await signIn.version(), undefined)
    host.answering = () => ok({ version: '9.1.2' })
    assert.deepEqual(await Promise.all([signIn.version(), signIn.version()]), ['9.1.2', '9.1.2'])
    assert.equal(await signIn.version(), '9.1.2')
    assert.equal(host.calls.length, 2)
    assert.match(host.calls[1]?.headers.Cookie ?? '', /^PVEAuthCookie=ticket-0$/)
  })
})
