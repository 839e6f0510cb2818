import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OpenConsole, Session } from '../../src/session/sessions.ts'
import { DEVICE, HOUR, isAlive, isFailure, LIMITS, setUp } from './session-rig.ts'

describe('a session', () => {
  test('is found under its name and no other', () => {
    const { sessions, enter } = setUp()
    const session = enter()
    assert.equal(sessions.find(session.sid), session)
    assert.equal(sessions.find('A'.repeat(22)), null)
    assert.equal(sessions.find('__proto__'), null)
  })

  test('gets a new name at every sign-in, and the old one is dead', () => {
    const { sessions, enter, open } = setUp()
    const session = enter()
    const first = session.sid
    const console = open(session)
    assert.equal(sessions.find(first), session)
    assert.equal(enter(session, 'other'), session)
    assert.notEqual(session.sid, first)
    assert.equal(sessions.find(first), null)
    assert.equal(sessions.find(session.sid), session)
    assert.equal(sessions.size, 1)
    assert.deepEqual([...session.signIns.keys()], ['home', 'other'])
    assert.deepEqual(console.ends, [])
  })

  test('is found for a moment under a name that was replaced before anybody used it', () => {
    const { clock, sessions, enter } = setUp()
    const session = enter()
    const [first] = [session.sid]
    enter(session, 'other')
    const second = session.sid
    enter(session, 'third')
    for (const sid of [first, second, session.sid]) assert.equal(sessions.find(sid), session)
    assert.equal(sessions.size, 1)
    assert.equal(sessions.sharedWith(session).length, 1)
    clock.advance(9999)
    assert.equal(sessions.find(first), session)
    clock.advance(1)
    assert.equal(sessions.find(first), null)
    assert.equal(sessions.find(second), null)
    assert.equal(sessions.find(session.sid), session)
  })

  test('is over under all its names', () => {
    const { sessions, enter } = setUp()
    const session = enter()
    const first = session.sid
    enter(session, 'other')
    sessions.end(session)
    assert.equal(sessions.find(first), null)
    assert.equal(sessions.find(session.sid), null)
  })

  test('forgets the earlier sign-in on the same host', async () => {
    const { enter } = setUp()
    const session = enter()
    const before = session.signIns.get('home')
    enter(session, 'home', 'berta@pve')
    assert.equal(session.signIns.get('home')?.user, 'berta@pve')
    assert.equal(await isAlive(before), false)
    assert.equal(await isAlive(session.signIns.get('home')), true)
  })

  test('that is over is not raised by a sign-in: there is a new one', () => {
    const { clock, sessions, enter } = setUp()
    const over = enter()
    sessions.end(over)
    const session = enter(over)
    assert.notEqual(session, over)
    assert.equal(sessions.find(session.sid), session)
    sessions.end(session)
    assert.equal(sessions.size, 0)
    clock.advance(10_000)
    assert.equal(clock.waiting, 0)
  })

  test('from elsewhere is refused', () => {
    const { sessions } = setUp()
    const fake: Session = {
      sid: 'x',
      id: 'y',
      signIns: new Map(),
      consoles: new Set<OpenConsole>(),
      device: DEVICE,
      since: 0,
      active: 0,
      expires: 0,
      timeLeft: { idle: 1, max: 1 },
      lost: new Set(),
      watch: () => () => {},
      over: false,
    }
    assert.throws(() => sessions.end(fake), TypeError)
    assert.throws(() => sessions.touch(fake), TypeError)
  })

  test('more than the limit are refused, until one ends', () => {
    const { clock, sessions, enter } = setUp({ sessions: 2 })
    const first = enter()
    enter()
    assert.throws(() => enter(), isFailure('too_many_logins'))
    assert.equal(sessions.size, 2)
    // Two renewals and the look for old sessions: the refused one keeps no ticket alive.
    assert.equal(clock.waiting, 3)
    // Who is in may sign in to more.
    enter(first, 'other')
    sessions.end(first)
    enter()
    assert.equal(sessions.size, 2)
  })
})

describe('time', () => {
  test('ends a session that nobody uses, with its consoles, without being asked', async () => {
    const { clock, sessions, enter, open } = setUp()
    const session = enter()
    const console = open(session)
    const signIn = session.signIns.get('home')
    clock.advance(LIMITS.idle - 1000)
    assert.deepEqual(console.ends, [])
    clock.advance(2000)
    assert.deepEqual(console.ends, ['session_expired'])
    assert.equal(session.over, true)
    assert.equal(sessions.size, 0)
    assert.equal(await isAlive(signIn), false)
    assert.equal(clock.waiting, 0)
  })

  test('begins anew with every act of the person', () => {
    const { clock, sessions, enter } = setUp()
    const session = enter()
    for (let n = 0; n < 5; n++) {
      clock.advance(LIMITS.idle - 1000)
      sessions.touch(session)
    }
    assert.equal(session.over, false)
    clock.advance(LIMITS.idle + 1000)
    assert.equal(session.over, true)
  })

  test('being looked up is no act', () => {
    const { clock, sessions, enter } = setUp()
    const session = enter()
    for (let n = 0; n < 200; n++) {
      clock.advance(60_000)
      sessions.find(session.sid)
    }
    assert.equal(session.over, true)
  })

  test('ends a session after its longest life, whatever the person does', () => {
    const { clock, sessions, enter, open } = setUp()
    const session = enter()
    const console = open(session)
    assert.equal(session.expires, clock.wall() + LIMITS.max)
    for (let n = 0; n < 23; n++) {
      clock.advance(HOUR)
      sessions.touch(session)
    }
    enter(session, 'other')
    assert.equal(session.over, false)
    clock.advance(HOUR + 1000)
    assert.equal(session.over, true)
    assert.deepEqual(console.ends, ['session_expired'])
  })

  test('is no limit to idleness where it is 0', () => {
    const { clock, enter } = setUp({ idle: 0 })
    const session = enter()
    clock.advance(LIMITS.max - 1000)
    assert.equal(session.over, false)
  })

  test('is told: what is left of it, and since when', () => {
    const { clock, enter } = setUp()
    const session = enter()
    const begun = clock.wall()
    clock.advance(HOUR)
    assert.deepEqual(session.timeLeft, { idle: HOUR, max: 23 * HOUR })
    assert.deepEqual([session.since, session.active], [begun, begun])
    assert.equal(setUp({ idle: 0 }).enter().timeLeft.idle, null)
  })

  test('that has run out is not given back by an act that comes before the next look', () => {
    const { clock, sessions, enter, open } = setUp({ idle: 1500 })
    const session = enter()
    const console = open(session)
    clock.advance(1500)
    sessions.touch(session)
    assert.equal(session.over, true)
    assert.deepEqual(console.ends, ['session_expired'])
  })

  for (const jump of [2 * HOUR, -2 * HOUR, 100 * HOUR]) {
    test(`does not mind a wall clock that jumps by ${jump / HOUR} h`, () => {
      const { clock, sessions, enter } = setUp()
      const session = enter()
      clock.advance(HOUR)
      clock.jumpWall(jump)
      clock.advance(HOUR - 1000)
      assert.equal(sessions.find(session.sid), session)
      assert.equal(session.expires, clock.wall() + session.timeLeft.max)
      clock.advance(1000)
      assert.equal(session.over, true)
    })
  }

  test('counts at the very moment, not only at the next look', () => {
    const { clock, sessions, enter } = setUp()
    const session = enter()
    clock.advance(500)
    sessions.touch(session)
    clock.advance(LIMITS.idle)
    assert.equal(sessions.find(session.sid), null)
    assert.equal(session.over, true)
  })
})

describe('the end', () => {
  test('of a session ends its sign-ins and consoles, each once', async () => {
    const { clock, sessions, enter, open } = setUp()
    const session = enter()
    enter(session, 'other')
    const consoles = [open(session), open(session, 'other')]
    const signIns = [...session.signIns.values()]
    sessions.end(session)
    sessions.end(session)
    for (const console of consoles) assert.deepEqual(console.ends, ['signed_out'])
    for (const signIn of signIns) assert.equal(await isAlive(signIn), false)
    assert.equal(sessions.find(session.sid), null)
    clock.advance(10_000)
    assert.equal(clock.waiting, 0)
  })

  test('of one sign-in leaves the other host alone', async () => {
    const { sessions, enter, open } = setUp()
    const session = enter()
    enter(session, 'other')
    const [home, other] = [open(session), open(session, 'other')]
    sessions.signOut(session, 'home', 'signed_out')
    assert.deepEqual(home.ends, ['signed_out'])
    assert.deepEqual(other.ends, [])
    assert.deepEqual([...session.signIns.keys()], ['other'])
    assert.equal(await isAlive(session.signIns.get('other')), true)
    assert.equal(session.over, false)
  })

  test('of the last sign-in is the end of the session', () => {
    const { sessions, enter, open } = setUp()
    const session = enter()
    const console = open(session)
    sessions.signOut(session, 'home', 'session_expired')
    assert.equal(session.over, true)
    assert.deepEqual(console.ends, ['session_expired'])
    assert.equal(sessions.size, 0)
  })

  test('of all tells the consoles that the server restarts', () => {
    const { sessions, enter, open } = setUp()
    const consoles = [open(enter()), open(enter()), open(enter())]
    sessions.endAll()
    for (const console of consoles) assert.deepEqual(console.ends, ['restarting'])
    assert.equal(sessions.size, 0)
  })

  test('comes for consoles that take themselves away while they are told', () => {
    const { sessions, enter } = setUp()
    const session = enter()
    const ended: string[] = []
    for (const id of ['a', 'b', 'c']) {
      const console: OpenConsole = {
        id,
        host: 'home',
        end() {
          ended.push(id)
          sessions.removeConsole(session, console)
        },
      }
      sessions.addConsole(session, console)
    }
    sessions.end(session)
    assert.deepEqual(ended, ['a', 'b', 'c'])
  })

  test('of a console is its own business', () => {
    const { sessions, enter, open } = setUp()
    const session = enter()
    const console = open(session)
    sessions.removeConsole(session, console)
    sessions.end(session)
    assert.deepEqual(console.ends, [])
  })

  test('lets no console in any more', () => {
    const { sessions, enter, open } = setUp()
    const session = enter()
    sessions.end(session)
    assert.throws(() => open(session), isFailure('signed_out'))
    assert.equal(session.consoles.size, 0)
  })
})

describe('whoever watches a session', () => {
  function watched() {
    const rig = setUp()
    const session = rig.enter()
    const seen: string[] = []
    const stop = session.watch(() => {
      const hosts = [...session.signIns.keys()].join()
      const lost = [...session.lost].join()
      seen.push(`${hosts}|${session.consoles.size}|${lost}|${session.over}`)
    })
    return { ...rig, session, seen, stop }
  }

  test('is told of sign-ins, of consoles, and of the end', () => {
    const { sessions, session, enter, open, seen } = watched()
    enter(session, 'other')
    const console = open(session)
    sessions.removeConsole(session, console)
    sessions.removeConsole(session, console)
    sessions.signOut(session, 'other', 'signed_out')
    sessions.touch(session)
    sessions.end(session)
    assert.deepEqual(seen, [
      'home,other|0||false',
      'home,other|1||false',
      'home,other|0||false',
      'home|0||false',
      '|0||true',
    ])
  })

  test('is told which sign-in PVE has ended, until the person signs in or out there', () => {
    const { sessions, session, enter, seen } = watched()
    enter(session, 'other')
    sessions.signOut(session, 'other', 'session_expired')
    enter(session, 'other')
    sessions.signOut(session, 'other', 'session_expired')
    sessions.signOut(session, 'other', 'signed_out')
    assert.deepEqual(seen.slice(1), [
      'home|0|other|false',
      'home,other|0||false',
      'home|0|other|false',
      'home|0||false',
    ])
  })

  test('is told no more once they have stopped', () => {
    const { sessions, session, seen, stop } = watched()
    stop()
    sessions.end(session)
    assert.deepEqual(seen, [])
  })
})
