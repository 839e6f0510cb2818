/** A new configuration takes a host away, or leads elsewhere with it, while people use it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FakeHost, later, ticketFor } from '../pve/fake-host.ts'
import { problemOf, Rig } from './rig.ts'
import { Scene } from './scene.ts'

const SESSION = '/api/hosts/home/session'
const RIGHT = { username: 'anna', realm: 'pam', password: 'right' }

/** Leaves "lab" alone; "home" becomes what `other` is, or nothing. */
function replace(rig: Rig, other?: FakeHost): void {
  const hosts = other ? [rig.lab, other] : [rig.lab]
  const gone = rig.deps.hosts.replace(hosts.map((host) => ({ host, config: host.config })))
  assert.deepEqual(gone, [rig.home])
  for (const host of gone) rig.deps.sessions.forgetHost(host, 'no_such_host')
}

const accounts = async (rig: Rig): Promise<string[]> => {
  const answer = await rig.ask('/api/session')
  if (answer.status === 401) return []
  return ((await answer.json()) as { hosts: { host: string }[] }).hosts.map(({ host }) => host)
}

describe('a host that is gone', () => {
  test('has nobody signed in any more; who was only there has no session', async () => {
    const rig = new Rig()
    await rig.enter('home')
    replace(rig)
    assert.deepEqual(await accounts(rig), [])
    assert.equal(rig.deps.sessions.size, 0)
    assert.equal((await rig.post(SESSION, RIGHT)).status, 404)
  })

  test('costs who is signed in elsewhere too nothing else', async () => {
    const rig = new Rig()
    await rig.enter('home')
    await rig.enter('lab')
    replace(rig)
    assert.deepEqual(await accounts(rig), ['lab'])
  })

  test('ends its consoles, and says why', async () => {
    const scene = new Scene()
    await scene.live()
    replace(scene.rig)
    assert.deepEqual(await scene.closed(), [4404, 'no_such_host'])
  })

  for (const [what, other] of [
    ['is gone', undefined],
    ['leads elsewhere', new FakeHost('home')],
  ] as const) {
    test(`takes nobody whose password it was given before it ${what}`, async () => {
      const rig = new Rig()
      const { promise, resolve } = later<ReturnType<typeof ticketFor>>()
      rig.home.answering = () => promise
      const signing = rig.post(SESSION, RIGHT)
      while (rig.home.calls.length === 0) await Promise.resolve()
      replace(rig, other)
      resolve(ticketFor('anna@pam', 'PVE:anna@pam:00000000::secret'))
      const answer = await signing
      assert.equal((await problemOf(answer)).code, 'no_such_host')
      assert.equal(answer.headers.get('set-cookie'), null)
      assert.equal(rig.deps.sessions.size, 0)
      assert.equal(rig.clock.waiting, 0, 'nothing renews the ticket')
    })

    test(`takes nobody’s second factor whose password it was given before it ${what}`, async () => {
      const rig = new Rig()
      const begun = await rig.post(SESSION, { ...RIGHT, username: 'mfa' })
      const { challenge } = (await begun.json()) as { challenge: { id: string } }
      replace(rig, other)
      const answer = await rig.post(`${SESSION}/challenge`, {
        id: challenge.id,
        method: 'totp',
        response: '123456',
      })
      assert.equal((await problemOf(answer)).code, other ? 'challenge_expired' : 'no_such_host')
      assert.equal(other?.calls.length ?? 0, 0)
    })
  }
})
