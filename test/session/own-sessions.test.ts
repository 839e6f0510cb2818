/** Which sessions a person is shown as their own, and what ending one of them ends. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Session } from '../../src/session/sessions.ts'
import { isAlive, setUp } from './session-rig.ts'

function shown(sessions: ReturnType<typeof setUp>['sessions'], asker: Session): string[][] {
  return sessions
    .sharedWith(asker)
    .map(({ session, signIns }) => [
      session.id,
      ...signIns.map(({ host, user }) => `${user} on ${host.config.key}`),
    ])
}

describe('a person’s own sessions', () => {
  test('are those of the same user on the same host, the latest used first', () => {
    const { clock, sessions, enter } = setUp()
    const first = enter()
    clock.advance(1000)
    const second = enter()
    enter(null, 'home', 'berta@pam')
    enter(null, 'other', 'anna@pam')
    assert.deepEqual(shown(sessions, first), [
      [second.id, 'anna@pam on home'],
      [first.id, 'anna@pam on home'],
    ])
    sessions.touch(first)
    assert.deepEqual(
      sessions.sharedWith(second).map(({ session }) => session),
      [first, second],
    )
  })

  test('show no sign-ins of other people in the same browser', () => {
    const { sessions, enter } = setUp()
    const asker = enter()
    const shared = enter()
    enter(shared, 'other', 'root@pam')
    assert.deepEqual(shown(sessions, asker).at(-1)?.slice(1) ?? [], ['anna@pam on home'])
    assert.equal(JSON.stringify(shown(sessions, asker)).includes('root@pam'), false)
  })

  test('have ids that are neither their names nor ever the same, and that stay', () => {
    const { enter } = setUp()
    const sessions = [enter(), enter(), enter()]
    const [first] = sessions
    assert.ok(first)
    const { id, sid } = first
    enter(first, 'other')
    assert.equal(first.id, id)
    assert.notEqual(first.sid, sid)
    for (const session of sessions) {
      assert.match(session.id, /^[A-Za-z0-9_-]{22}$/)
      assert.notEqual(session.id, session.sid)
    }
    assert.equal(new Set(sessions.map((session) => session.id)).size, 3)
  })
})

describe('ending one of them', () => {
  test('ends it whole where every sign-in in it is the asker’s', async () => {
    const { sessions, enter, open } = setUp()
    const asker = enter()
    enter(asker, 'other', 'root@pam')
    const ended = enter()
    enter(ended, 'other', 'root@pam')
    const consoles = [open(ended), open(ended, 'other')]
    const signIns = [...ended.signIns.values()]
    assert.equal(sessions.endShared(asker, ended.id), true)
    assert.equal(ended.over, true)
    assert.equal(sessions.find(ended.sid), null)
    for (const console of consoles) assert.deepEqual(console.ends, ['signed_out'])
    for (const signIn of signIns) assert.equal(await isAlive(signIn), false)
    assert.equal(asker.over, false)
  })

  test('leaves what is another person’s in it', async () => {
    const { sessions, enter, open } = setUp()
    const asker = enter()
    enter(asker, 'other', 'anna@pam')
    const ended = enter()
    enter(ended, 'other', 'root@pam')
    const [mine, theirs] = [open(ended), open(ended, 'other')]
    assert.equal(sessions.endShared(asker, ended.id), true)
    assert.deepEqual([mine.ends, theirs.ends], [['signed_out'], []])
    assert.equal(sessions.find(ended.sid), ended)
    assert.deepEqual([...ended.signIns.keys()], ['other'])
    assert.equal(await isAlive(ended.signIns.get('other')), true)
    assert.equal(sessions.endShared(asker, ended.id), false)
  })

  test('is nothing that anybody else can do', () => {
    const { sessions, enter } = setUp()
    const victim = enter()
    const strangers = [enter(null, 'home', 'berta@pam'), enter(null, 'other', 'anna@pam')]
    for (const stranger of strangers) {
      assert.equal(sessions.endShared(stranger, victim.id), false)
      assert.equal(sessions.endShared(stranger, victim.sid), false)
    }
    assert.equal(victim.over, false)
  })
})

describe('the sessions of one user on one host', () => {
  test('are 32; one more ends the one that was left alone the longest', () => {
    const { clock, sessions, enter, open } = setUp({ sessions: 1000 })
    const all = Array.from({ length: 32 }, () => {
      clock.advance(1000)
      return enter()
    })
    const others = [enter(null, 'home', 'berta@pam'), enter(null, 'other')]
    const [first, second, third] = all
    assert.ok(first && second && third)
    sessions.touch(first)
    enter(second, 'other', 'root@pam')
    sessions.touch(second)
    const console = open(third)
    const newest = enter()
    assert.deepEqual(
      all.filter((session) => session.over),
      [third],
    )
    assert.deepEqual(console.ends, ['signed_out'])
    assert.deepEqual(
      [...others, newest].map(({ over }) => over),
      [false, false, false],
    )
    // Who signs in again in the same session needs no more room.
    enter(newest)
    assert.equal(all.filter((session) => session.over).length, 1)
  })
})
