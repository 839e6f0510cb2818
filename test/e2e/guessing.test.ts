/** What somebody learns who guesses names and passwords, and what it costs the others. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { LabHost } from '../lab/lab.ts'
import { alpha, beta } from '../lab/worlds.ts'
import type { RuntimeName } from '../start-server.ts'
import { type Stage, setStage } from './stage.ts'

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`guessing (${runtime})`, () => {
    let stage: Stage
    let host: LabHost
    let other: LabHost

    before(async () => {
      const settings = 'trusted_proxies = ["127.0.0.1"]\nallow_insecure_http = true'
      stage = await setStage(runtime, {
        lab: { hosts: [alpha(), beta()], screens: 'rfb' },
        settings,
      })
      host = stage.lab.host('alpha')
      other = stage.lab.host('beta')
    })
    after(() => stage.close())

    const signIn = (
      from: string,
      username: string,
      realm: string,
      password: string,
      key = 'alpha',
    ) =>
      fetch(`${stage.url}/api/hosts/${key}/session`, {
        method: 'POST',
        headers: {
          Origin: stage.url,
          'Content-Type': 'application/json',
          'X-Forwarded-For': from,
        },
        body: JSON.stringify({ username, realm, password }),
      })
    const asked = () => other.requests.filter(({ path }) => path === '/access/ticket').length

    it('tells nothing: every refusal is the same, byte for byte, headers included', async () => {
      host.settings.authFailureDelayMs = 0
      const ticket = 'PVE:root@pam:00000000::x'
      const guesses: [username: string, realm: string, password: string][] = [
        ['alice', 'pve', 'wrong'],
        ['nobody', 'pve', 'wrong'],
        ['gone', 'pve', 'lab-gone-pw'],
        ['gone', 'pve', 'wrong'],
        ['bob', 'pve', 'wrong'],
        ['alice', 'nowhere', 'lab-alice-pw'],
        ['alice', 'pam', 'lab-alice-pw'],
        ['mina', 'sso', 'wrong'],
        ['root', 'pam', ticket],
        ['a name', 'pve', 'wrong'],
        ['a/b:c', 'pve', 'wrong'],
        ['x'.repeat(64), 'pve', 'wrong'],
        ['ALICE', 'PVE', 'lab-alice-pw'],
      ]
      const answers = new Map<string, string>()
      for (const [index, guess] of guesses.entries()) {
        const answer = await signIn(`203.0.113.${index}`, ...guess)
        const headers = [...answer.headers].filter(([name]) => name !== 'date')
        answers.set(
          `${answer.status} ${JSON.stringify(headers)} ${await answer.text()}`,
          `${guess}`,
        )
      }
      assert.equal(answers.size, 1, [...answers].join('\n'))
      assert.match([...answers.keys()].join(), /^401 .*"code":"login_failed"/)
    })

    it('ends after twenty at one address, and does not keep others waiting meanwhile', async () => {
      // Half of PVE's own three seconds, at a host where nobody has signed in a moment ago.
      other.settings.authFailureDelayMs = 1500
      const before = asked()
      const order: string[] = []
      const guess = async (n: number): Promise<number> => {
        const { status } = await signIn('198.51.100.7', `user${n}`, 'pve', 'guess', 'beta')
        order.push('guess')
        return status
      }
      const guesses = Array.from({ length: 30 }, (_, n) => guess(n))
      const refused = (await Promise.race(guesses)) === 429
      assert.ok(refused, 'ten of them are told at once to wait')
      const answer = await signIn('203.0.113.99', 'alice', 'pve', 'lab-alice-pw', 'beta')
      assert.equal(answer.status, 200)
      order.push('alice')
      const statuses = await Promise.all(guesses)
      assert.equal(statuses.filter((status) => status === 429).length, 10)
      assert.equal(statuses.filter((status) => status === 401).length, 20)
      assert.equal(order.indexOf('alice'), 10)
      assert.equal(asked() - before, 21)
    })
  })
}
