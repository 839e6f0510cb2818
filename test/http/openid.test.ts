import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FakeHost, form } from '../pve/fake-host.ts'
import { CANARY, ORIGIN, problemOf, Rig } from './rig.ts'

const BEGIN = '/api/hosts/home/session/openid'

async function begin(rig: Rig, headers: Record<string, string> = {}): Promise<string> {
  const answer = await rig.post(BEGIN, { realm: 'sso' }, { headers })
  assert.equal(answer.status, 200)
  const body = (await answer.json()) as { url: string }
  assert.deepEqual(Object.keys(body), ['url'])
  return new URL(body.url).searchParams.get('state') ?? ''
}
const finish = (rig: Rig, state: string, code = 'good'): Promise<Response> =>
  rig.post('/api/signin', { state, code })
const codeOf = async (answer: Promise<Response>) => (await problemOf(await answer)).code

describe('signing in through an identity provider', () => {
  test('leads there, and back into a session of ours', async () => {
    const rig = new Rig()
    const state = await begin(rig)
    assert.equal(rig.deps.sessions.size, 0)
    const answer = await finish(rig, state)
    assert.equal(answer.status, 200)
    const body = (await answer.json()) as Record<string, string>
    assert.deepEqual(Object.keys(body).sort(), ['expires', 'host', 'user'])
    assert.equal(body.user, 'mina@sso')
    assert.equal(answer.headers.getSetCookie().length, 1)
    assert.match(answer.headers.get('set-cookie') ?? '', /^pve-console=/)
    const [first, second] = rig.home.calls.map(form)
    assert.equal(first?.['redirect-url'], `${ORIGIN}/signin`)
    assert.deepEqual(second, { state, code: 'good', 'redirect-url': `${ORIGIN}/signin` })
    assert.equal(rig.home.calls[1]?.at?.address, '192.0.2.1')
  })

  test('adds to the session that the browser has', async () => {
    const rig = new Rig()
    await rig.enter('lab')
    const answer = await finish(rig, await begin(rig))
    rig.cookie = (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? null
    const { hosts } = (await (await rig.ask('/api/session')).json()) as { hosts: unknown[] }
    assert.equal(hosts.length, 2)
    assert.equal(rig.deps.sessions.size, 1)
  })

  test('comes back to the address in the browser, which is public_url where that is used', async () => {
    const file = 'public_url = "https://home.example/pve"\norigins = ["https://console.lan:8443"]'
    for (const [origin, redirect] of [
      ['https://home.example', 'https://home.example/pve/signin'],
      ['https://console.lan:8443', 'https://console.lan:8443/pve/signin'],
    ] as const) {
      const rig = new Rig(file)
      await begin(rig, { Origin: origin, Host: new URL(origin).host })
      assert.equal(form(rig.home.calls[0])['redirect-url'], redirect)
      assert.match(rig.mark ?? '', /^__Host-pve-console-signin=/)
    }
  })

  test('is finished once', async () => {
    const rig = new Rig()
    const state = await begin(rig)
    assert.equal((await finish(rig, state)).status, 200)
    assert.equal(await codeOf(finish(rig, state)), 'openid_expired')
    const again = await begin(rig)
    const answers = await Promise.all([1, 2, 3].map(() => finish(rig, again)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401])
  })

  test('is finished by the browser that began it, and by no other', async () => {
    const rig = new Rig()
    const state = await begin(rig)
    const { mark } = rig
    const calls = rig.home.calls.length
    for (const other of [null, `pve-console-signin=${'A'.repeat(22)}`, `${mark}; ${mark}`]) {
      rig.mark = other
      assert.equal(await codeOf(finish(rig, state)), 'openid_expired')
    }
    assert.equal(rig.home.calls.length, calls)
    rig.mark = mark
    assert.equal((await finish(rig, state)).status, 200)
  })

  test('is waited for ten minutes', async () => {
    const rig = new Rig()
    const [state, other] = [await begin(rig), await begin(rig)]
    rig.clock.advance(599_999)
    assert.equal((await finish(rig, state)).status, 200)
    rig.clock.advance(1)
    assert.equal(await codeOf(finish(rig, other)), 'openid_expired')
  })

  test('is over when its host is another one by now', async () => {
    const rig = new Rig()
    const state = await begin(rig)
    const newer = new FakeHost('home')
    Object.assign(rig.deps.hosts, { all: () => [newer, rig.lab] })
    assert.equal(await codeOf(finish(rig, state)), 'openid_expired')
    assert.equal(newer.calls.length, 0)
  })

  test('tells nothing of why PVE refused', async () => {
    const rig = new Rig()
    const refused = await problemOf(await finish(rig, await begin(rig), 'wrong'))
    assert.equal(refused.code, 'login_failed')
    assert.doesNotMatch(JSON.stringify(refused), /canary|password/)
    assert.equal(rig.deps.sessions.size, 0)
  })

  test('is the same for every realm that leads nowhere; the log has PVE’s words', async () => {
    const rig = new Rig()
    const answers: string[] = []
    for (const realm of ['nowhere', 'pam', 'pve']) {
      const answer = await rig.post(BEGIN, { realm })
      assert.equal(answer.headers.has('set-cookie'), false)
      answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`)
    }
    assert.equal(new Set(answers).size, 1)
    assert.match(answers[0] ?? '', /^502 .*openid_unavailable/)
    assert.doesNotMatch(answers.join(), /canary/)
    assert.match(rig.lines.join(), new RegExp(CANARY))
  })

  test('takes no host that there is none of, and no nonsense', async () => {
    const rig = new Rig()
    const there = await rig.post('/api/hosts/nothing/session/openid', { realm: 'sso' })
    assert.equal((await problemOf(there)).code, 'no_such_host')
    for (const body of [{}, { realm: '' }, { realm: 'a b' }, { realm: 'sso', url: 'https://x' }]) {
      assert.equal(await codeOf(rig.post(BEGIN, body)), 'bad_request')
    }
    const long = 'x'.repeat(1025)
    const backs = [
      { state: 'x' },
      { code: 'x' },
      { state: '', code: 'x' },
      { state: long, code: 'x' },
    ]
    for (const body of [...backs, { state: 'x', code: 'x'.repeat(4097) }]) {
      assert.equal(await codeOf(rig.post('/api/signin', body)), 'bad_request')
    }
    assert.deepEqual(rig.home.calls, [])
  })

  test('wants an encrypted way, at both ends', async () => {
    const rig = new Rig()
    const away = { peer: { address: '203.0.113.5' } }
    assert.equal(await codeOf(rig.post(BEGIN, { realm: 'sso' }, away)), 'insecure_http')
    const state = await begin(rig)
    const back = rig.post('/api/signin', { state, code: 'good' }, away)
    assert.equal(await codeOf(back), 'insecure_http')
    assert.equal(rig.home.calls.length, 1)
  })
})

describe('the limits of sign-ins', () => {
  test('let one address begin twenty times, and what was finished does not count', async () => {
    const rig = new Rig()
    const next = async (): Promise<string> => {
      rig.clock.advance(1000)
      return begin(rig)
    }
    for (let n = 0; n < 30; n++) assert.equal((await finish(rig, await next())).status, 200)
    const begun: string[] = []
    for (let n = 0; n < 20; n++) begun.push(await next())
    const calls = rig.home.calls.length
    const refused = await rig.post(BEGIN, { realm: 'sso' })
    assert.equal((await problemOf(refused)).code, 'too_many_logins')
    assert.equal(refused.headers.get('retry-after'), '60')
    assert.equal(rig.home.calls.length, calls)
    // Who was let through may finish; nobody is locked out on the way back.
    for (const state of begun) {
      rig.clock.advance(1000)
      assert.equal((await finish(rig, state)).status, 200)
    }
  })

  test('count what nobody began', async () => {
    const rig = new Rig()
    for (let n = 0; n < 20; n++) assert.equal(await codeOf(finish(rig, 'guess')), 'openid_expired')
    assert.equal(await codeOf(finish(rig, 'guess')), 'too_many_logins')
    assert.deepEqual(rig.home.calls, [])
  })

  test('do not blame people for a host that is silent', async () => {
    const rig = new Rig()
    const { answering } = rig.home
    rig.home.answering = () => Promise.reject(new Error('broken'))
    for (let n = 0; n < 30; n++) {
      rig.clock.advance(1000)
      assert.equal(await codeOf(rig.post(BEGIN, { realm: 'sso' })), 'internal')
    }
    rig.home.answering = answering
    await begin(rig)
  })
})
