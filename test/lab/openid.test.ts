/** OpenID realms of the lab: as particular as PVE's about nodes, time and tokens. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { signInAtProvider } from './identity-provider.ts'
import { type Lab, type LabHost, type LabNode, startLab } from './lab.ts'
import { call, type RawAnswer } from './probe.ts'
import { alpha as alphaWorld } from './worlds.ts'

const REDIRECT = 'http://127.0.0.1:8080/signin'

describe('an OpenID realm', () => {
  let lab: Lab
  let alpha: LabHost

  before(async () => {
    const hosts = [alphaWorld({ guests: [] })]
    lab = await startLab({ hosts, screens: 'rfb', authFailureDelayMs: 0 })
    alpha = lab.host('alpha')
  })
  beforeEach(() => {
    lab.provider.redirects.add(REDIRECT)
    Object.assign(lab.provider.settings, { down: false, flaw: undefined })
  })
  after(() => lab.close())

  const askUrl = (realm: string, node?: LabNode, redirect = REDIRECT): Promise<RawAnswer> => {
    const params = { realm, 'redirect-url': redirect }
    return call(alpha, 'POST', '/access/openid/auth-url', { params, node })
  }
  const begin = async (node?: LabNode, redirect = REDIRECT): Promise<string> => {
    return ((await askUrl('sso', node, redirect)).json as { data: string }).data
  }
  const finish = (state: string, code: string, node?: LabNode, redirect = REDIRECT) => {
    const params = { state, code, 'redirect-url': redirect }
    return call(alpha, 'POST', '/access/openid/login', { params, node })
  }
  const visit = async (url: string, person: string): Promise<{ state: string; code: string }> => {
    const back = (await signInAtProvider(url, person)).searchParams
    return { state: back.get('state') ?? '', code: back.get('code') ?? '' }
  }

  test('is listed, and its users have no password', async () => {
    const { json } = await call(alpha, 'GET', '/access/domains')
    const { data } = json as { data: { realm: string; type: string; comment: string }[] }
    assert.deepEqual(
      data.find(({ realm }) => realm === 'sso'),
      { realm: 'sso', type: 'openid', comment: 'Lab sign-on' },
    )
    const params = { username: 'mina@sso', password: '' }
    assert.equal((await call(alpha, 'POST', '/access/ticket', { params })).status, 401)
  })

  test('signs a known user in, and makes a user of whoever is new', async () => {
    for (const person of ['mina', 'nils']) {
      const { state, code } = await visit(await begin(), person)
      const answer = await finish(state, code)
      assert.equal(answer.status, 200, answer.text)
      const { data } = answer.json as { data: Record<string, string> }
      assert.equal(data.username, `${person}@sso`)
      assert.match(data.ticket ?? '', new RegExp(`^PVE:${person}@sso:`))
      assert.ok(data.CSRFPreventionToken && data.cap)
    }
    assert.equal(alpha.account('nils@sso').description, 'was made at the first sign-in')
  })

  test('refuses a disabled user and says nothing of it', async () => {
    const { state, code } = await visit(await begin(), 'dora')
    const answer = await finish(state, code)
    assert.equal(answer.status, 401)
    assert.deepEqual(answer.json, { data: null, message: 'authentication failure\n' })
  })

  test('takes what comes back once, and only on the node that was asked', async () => {
    const [a, c] = alpha.nodes
    const first = await visit(await begin(a), 'mina')
    assert.equal((await finish(first.state, first.code, c)).status, 401)
    assert.equal((await finish(first.state, first.code, a)).status, 200)
    const again = await visit(await begin(a), 'mina')
    assert.equal((await finish(again.state, again.code, a)).status, 200)
    assert.equal((await finish(again.state, again.code, a)).status, 401)
  })

  test('forgets what it waited for when a code was wrong', async () => {
    const { state, code } = await visit(await begin(), 'mina')
    assert.equal((await finish(state, 'wrong')).status, 401)
    assert.equal((await finish(state, code)).status, 401)
  })

  test('wants the same redirect address, a registered one', async () => {
    const other = 'http://127.0.0.1:8081/signin'
    const { state, code } = await visit(await begin(), 'mina')
    assert.equal((await finish(state, code, undefined, other)).status, 401)
    const url = await begin(undefined, other)
    await assert.rejects(visit(url, 'mina'), /400/)
    lab.provider.redirects.add(other)
    const registered = await visit(url, 'mina')
    const answer = await finish(registered.state, registered.code, undefined, other)
    assert.equal(answer.status, 200)
    lab.provider.redirects.delete(other)
  })

  for (const flaw of ['nonce', 'audience', 'issuer', 'key', 'expired'] as const) {
    test(`does not believe a token with a wrong ${flaw}`, async () => {
      const { state, code } = await visit(await begin(), 'mina')
      lab.provider.settings.flaw = flaw
      assert.equal((await finish(state, code)).status, 401)
    })
  }

  test('names what is wrong before anybody is sent away', async () => {
    const problems: [realm: string, status: number, reason: RegExp][] = [
      ['nowhere', 500, /^authentication domain 'nowhere' does not exist$/],
      ['pam', 500, /^wrong realm type \(pam != openid\)$/],
      ['1x', 400, /^Parameter verification failed\.$/],
    ]
    for (const [realm, status, reason] of problems) {
      const answer = await askUrl(realm)
      assert.equal(answer.status, status)
      assert.match(answer.reason, reason)
    }
    lab.provider.settings.down = true
    assert.equal((await askUrl('sso')).status, 500)
    const long = await askUrl('sso', undefined, `${REDIRECT}?${'x'.repeat(256)}`)
    assert.equal(long.status, 400)
  })

  test('waits ten minutes', async () => {
    const late = await visit(await begin(), 'mina')
    alpha.advance(599_000)
    assert.equal((await finish(late.state, late.code)).status, 200)
    const over = await visit(await begin(), 'mina')
    alpha.advance(602_000)
    assert.equal((await finish(over.state, over.code)).status, 401)
  })

  test('waits for about a hundred at a time on each node', async () => {
    alpha.advance(602_000)
    const [a, c] = alpha.nodes
    for (let n = 0; n < 101; n++) assert.equal((await askUrl('sso', c)).status, 200, `${n}`)
    const full = await askUrl('sso', c)
    assert.equal(full.status, 500)
    assert.match(full.reason, /^too many pending openid auth request for realm sso$/)
    assert.equal((await askUrl('sso', a)).status, 200)
    alpha.advance(602_000)
    assert.equal((await askUrl('sso', c)).status, 200)
  })

  test('sends nobody back who cancels with more than an error', async () => {
    const back = await signInAtProvider(await begin(), '')
    assert.equal(back.searchParams.get('error'), 'access_denied')
    assert.equal(back.searchParams.has('code'), false)
  })
})
