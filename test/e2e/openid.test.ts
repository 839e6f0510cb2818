/** Sign-in through an identity provider, against a cluster whose nodes keep what they wait for to themselves. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signInAtProvider } from '../lab/identity-provider.ts'
import type { LabHost } from '../lab/lab.ts'
import { alpha, beta } from '../lab/worlds.ts'
import type { RuntimeName } from '../start-server.ts'
import { findCanaries } from './canaries.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`an identity provider (${runtime})`, () => {
    let stage: Stage
    let host: LabHost

    before(async () => {
      const lab = { hosts: [alpha(), beta()], screens: 'rfb', authFailureDelayMs: 0 } as const
      stage = await setStage(runtime, { lab })
      host = stage.lab.host('alpha')
    })
    after(() => stage.close())

    const begin = async (visitor: Visitor): Promise<string> => {
      const path = '/api/hosts/alpha/session/openid'
      const answer = await visitor.request('POST', path, { realm: 'sso' })
      assert.equal(answer.status, 200, await answer.clone().text())
      return ((await answer.json()) as { url: string }).url
    }
    const comeBack = async (url: string, person = 'mina') => {
      const { searchParams } = await signInAtProvider(url, person)
      return { state: searchParams.get('state'), code: searchParams.get('code') }
    }
    const signIns = () => host.requests.filter(({ path }) => path === '/access/openid/login')
    const users = async (visitor: Visitor) => {
      const body = await (await visitor.request('GET', '/api/session')).json()
      return (body as { hosts: { host: string; user: string }[] }).hosts.map(
        (each) => `${each.host} ${each.user}`,
      )
    }

    it('signs a person in beside a password on another host, and opens a console', async () => {
      const visitor = new Visitor(stage.url)
      await visitor.signIn('beta', stage.lab.host('beta').account('alice@pve'))
      const back = await comeBack(await begin(visitor))
      const answer = await visitor.request('POST', '/api/signin', back)
      assert.equal(answer.status, 200)
      assert.deepEqual(await users(visitor), ['beta alice@pve', 'alpha mina@sso'])
      const console = await visitor.console('alpha', 100)
      assert.equal((await console.handshake()).width > 0, true)
      console.close()
      assert.deepEqual(findCanaries(stage.lab, visitor.recorded()), [])
    })

    it('goes back to the node where it began, though another is asked first by then', async () => {
      const [a, c] = host.nodes.map(({ name }) => name)
      const visitor = new Visitor(stage.url)
      const url = await begin(visitor)
      const asked = host.requests.filter(({ path }) => path === '/access/openid/auth-url').at(-1)
      assert.equal(asked?.node, a)
      const mend = await host.faults.refuseConnections(a)
      host.faults.cutConnections()
      await until('the other node to be asked', async () => {
        await visitor.request('GET', '/api/hosts')
        return host.requests.at(-1)?.node === c
      })
      await mend()
      const answer = await visitor.request('POST', '/api/signin', await comeBack(url))
      assert.equal(answer.status, 200)
      assert.equal(signIns().at(-1)?.node, a)
      const other = new Visitor(stage.url)
      const next = await comeBack(await begin(other))
      assert.equal((await other.request('POST', '/api/signin', next)).status, 200)
      assert.equal(signIns().at(-1)?.node, c)
    })

    it('fails in the same words for a user who was disabled and for a wrong code', async () => {
      const answers: string[] = []
      for (const [person, code] of [
        ['dora', undefined],
        ['mina', 'wrong'],
      ] as const) {
        const visitor = new Visitor(stage.url)
        const back = await comeBack(await begin(visitor), person)
        const answer = await visitor.request('POST', '/api/signin', {
          ...back,
          ...(code && { code }),
        })
        answers.push(`${answer.status} ${await answer.text()}`)
      }
      assert.equal(new Set(answers).size, 1)
      assert.match(answers[0] ?? '', /^401 .*login_failed/)
    })

    it('is not finished by another browser, nor twice', async () => {
      const visitor = new Visitor(stage.url)
      const back = await comeBack(await begin(visitor))
      const before = signIns().length
      const stranger = new Visitor(stage.url)
      await begin(stranger)
      const stolen = await stranger.request('POST', '/api/signin', back)
      assert.equal(((await stolen.json()) as { code: string }).code, 'openid_expired')
      assert.equal(signIns().length, before)
      assert.equal((await visitor.request('POST', '/api/signin', back)).status, 200)
      const again = await visitor.request('POST', '/api/signin', back)
      assert.equal(((await again.json()) as { code: string }).code, 'openid_expired')
      assert.equal(signIns().length, before + 1)
    })

    it('that cannot be reached is named as such, and the log says more', async () => {
      stage.lab.provider.settings.down = true
      const visitor = new Visitor(stage.url)
      const path = '/api/hosts/alpha/session/openid'
      const answer = await visitor.request('POST', path, { realm: 'sso' })
      stage.lab.provider.settings.down = false
      assert.equal(((await answer.json()) as { code: string }).code, 'openid_unavailable')
      await until('the log', () => /no way to an identity provider.* 503/.test(stage.log()))
    })

    it('leaves no code and no state in the log', async () => {
      const { codes } = stage.lab.provider
      assert.ok(codes.length > 0)
      const log = stage.log()
      for (const code of codes) assert.ok(!log.includes(code))
      assert.doesNotMatch(log, /csrf_token/)
    })
  })
}
