import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Peer } from '../../src/runtime/runtime.ts'
import { form, later, ticketFor } from '../pve/fake-host.ts'
import { type Asking, problemOf, Rig } from './rig.ts'

const SESSION = '/api/hosts/home/session'
const RIGHT = { username: 'anna', realm: 'pam', password: 'right' }
const AWAY: Partial<Peer> = { address: '203.0.113.5' }

describe('signing in', () => {
  test('gives a cookie that is ours, and nothing of PVE’s', async () => {
    const rig = new Rig()
    const answer = await rig.enter()
    assert.equal(answer.status, 200)
    const text = await answer.text()
    assert.deepEqual(Object.keys(JSON.parse(text)).sort(), ['expires', 'host', 'user'])
    const all = text + JSON.stringify([...answer.headers])
    assert.doesNotMatch(all, /PVE:|secret|csrf|right/)
    assert.match(
      answer.headers.get('set-cookie') ?? '',
      /^pve-console=.*; HttpOnly; SameSite=Strict$/,
    )
    const session = await rig.ask('/api/session')
    const body = (await session.json()) as { hosts: { user: string }[] }
    assert.deepEqual(
      body.hosts.map(({ user }) => user),
      ['anna@pam'],
    )
  })

  for (const password of [
    ' lead and trail ',
    'pässwörd 密码 🔑',
    'a&b=c+d%20;e',
    'x'.repeat(1024),
  ]) {
    test(`hands the password on byte for byte: ${password.slice(0, 20)}`, async () => {
      const rig = new Rig()
      await rig.post(SESSION, { ...RIGHT, password })
      assert.equal(form(rig.home.calls[0]).password, password)
    })
  }

  for (const password of [
    'PVE:root@pam:00000000::x',
    'PVEVNC:1::x',
    'PVE:!tfa!x:1::y',
    'PVESPICE:x',
  ]) {
    test(`refuses what looks like a ticket, as any wrong password: ${password}`, async () => {
      const rig = new Rig()
      const refused = await rig.post(SESSION, { ...RIGHT, username: 'root', password })
      const wrong = await rig.post(SESSION, { ...RIGHT, password: 'wrong' })
      assert.equal(refused.status, wrong.status)
      assert.deepEqual(await problemOf(refused), await problemOf(wrong))
      assert.equal(rig.home.calls.length, 1)
    })
  }

  test('fails in the same way for every reason that PVE has', async () => {
    const rig = new Rig()
    const bodies = [
      { ...RIGHT, password: 'wrong' },
      { ...RIGHT, username: 'nobody', password: 'x' },
      { ...RIGHT, realm: 'nowhere', password: 'x' },
    ]
    const answers = await Promise.all(bodies.map((body) => rig.post(SESSION, body)))
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    assert.equal(new Set(texts).size, 1)
    assert.doesNotMatch(texts[0] ?? '', /canary/)
    for (const answer of answers) assert.equal(answer.headers.has('set-cookie'), false)
    assert.equal(rig.deps.sessions.size, 0)
  })

  test('gives the session a new name, and the old cookie is dead', async () => {
    const rig = new Rig()
    await rig.enter()
    const before = rig.cookie ?? ''
    await rig.enter('lab')
    assert.notEqual(rig.cookie, before)
    const late = await rig.ask('/api/session', { headers: { Cookie: before } })
    assert.equal((await problemOf(late)).code, 'session_expired')
    const body = (await (await rig.ask('/api/session')).json()) as { hosts: unknown[] }
    assert.equal(body.hosts.length, 2)
  })

  test('goes on with the name as PVE writes it', async () => {
    const rig = new Rig()
    rig.home.answering = () => ticketFor('Anna@pam', 'PVE:Anna@pam:secret')
    const answer = await rig.post(SESSION, { username: 'ANNA', realm: 'PAM', password: 'right' })
    assert.equal(form(rig.home.calls[0]).username, 'ANNA@PAM')
    assert.equal(((await answer.json()) as { user: string }).user, 'Anna@pam')
    rig.cookie = (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? null
    const session = await (await rig.ask('/api/session')).text()
    assert.match(session, /"Anna@pam"/)
    assert.doesNotMatch(session, /ANNA/)
  })

  test('is refused when there are too many sessions, and PVE’s ticket is let go', async () => {
    const rig = new Rig('', { sessions: 1 })
    await rig.enter()
    const timers = rig.clock.waiting
    const answer = await rig.post(SESSION, RIGHT, { headers: { Cookie: '' } })
    assert.equal(answer.status, 429)
    assert.equal(answer.headers.get('retry-after'), '60')
    assert.equal(rig.clock.waiting, timers)
  })

  const roads: [
    title: string,
    file: string,
    peer: Partial<Peer>,
    headers: Record<string, string>,
    cookie: RegExp | null,
  ][] = [
    ['on this machine', '', {}, {}, /^pve-console=/],
    ['over a unix socket', '', { address: null }, {}, /^pve-console=/],
    ['from another machine', '', AWAY, {}, null],
    ['over loopback, but through a proxy', '', {}, { 'X-Forwarded-For': '203.0.113.5' }, null],
    ['from another machine that says https', '', AWAY, { 'X-Forwarded-Proto': 'https' }, null],
    [
      'over TLS',
      '',
      { ...AWAY, tls: true },
      { Origin: 'https://localhost:8080' },
      /^__Host-pve-console=.*Secure$/,
    ],
    ['where plain HTTP is allowed', 'allow_insecure_http = true', AWAY, {}, /^pve-console=/],
    [
      'from our https page, through any proxy',
      'public_url = "https://home.example"',
      AWAY,
      { Origin: 'https://home.example', Host: 'home.example' },
      /^__Host-pve-console=.*Secure$/,
    ],
    [
      'through a trusted proxy that says https',
      'trusted_proxies = ["203.0.113.5"]\norigins = ["https://c.lan"]',
      AWAY,
      { 'X-Forwarded-Proto': 'https', Origin: 'https://localhost:8080' },
      /^__Host-pve-console=.*Secure$/,
    ],
  ]
  for (const [title, file, peer, headers, cookie] of roads) {
    test(`${title} is ${cookie ? 'taken' : 'refused, with the setting that is missing'}`, async () => {
      const rig = new Rig(file)
      const answer = await rig.post(SESSION, RIGHT, { peer, headers })
      if (cookie) {
        assert.equal(answer.status, 200)
        assert.match(answer.headers.get('set-cookie') ?? '', cookie)
        return
      }
      const problem = await problemOf(answer)
      assert.equal(problem.code, 'insecure_http')
      assert.match(String(problem.hint), /public_url/)
      assert.deepEqual(rig.home.calls, [])
    })
  }

  test('the plain cookie counts for nobody on another machine', async () => {
    const rig = new Rig()
    await rig.enter()
    assert.equal((await rig.ask('/api/session')).status, 200)
    assert.equal((await rig.ask('/api/session', { peer: AWAY })).status, 401)
  })

  test('two cookies of the name are none', async () => {
    const rig = new Rig()
    await rig.enter()
    const headers = { Cookie: `${rig.cookie}; ${rig.cookie}` }
    assert.equal((await rig.ask('/api/session', { headers })).status, 401)
  })
})

describe('two sign-ins at a time', () => {
  const cookieOf = (answer: Response): string =>
    (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? ''
  const usersOf = async (rig: Rig, cookie: string): Promise<string[]> => {
    const answer = await rig.ask('/api/session', { headers: { Cookie: cookie } })
    const { hosts = [] } = (await answer.json()) as { hosts?: { host: string; user: string }[] }
    return hosts.map(({ host, user }) => `${host} ${user}`)
  }
  /** Two tabs of a browser with a session sign in; home answers first, then lab. */
  const race = async (second: Asking = {}) => {
    const rig = new Rig()
    await rig.enter('home', 'anna')
    const before = rig.cookie ?? ''
    const gates = [later<void>(), later<void>()] as const
    for (const [index, host] of [rig.home, rig.lab].entries()) {
      const { answering } = host
      host.answering = async (call) => {
        await gates[index]?.promise
        return answering(call)
      }
    }
    const tabs = [
      rig.post('/api/hosts/home/session', { ...RIGHT, username: 'berta' }),
      rig.post('/api/hosts/lab/session', RIGHT, second),
    ] as const
    const asked = (): boolean => rig.home.calls.length === 2 && rig.lab.calls.length === 1
    while (!asked()) await new Promise((resolve) => setImmediate(resolve))
    gates[0].resolve()
    const first = cookieOf(await tabs[0])
    gates[1].resolve()
    const last = cookieOf(await tabs[1])
    return { rig, before, first, last }
  }
  const BOTH = ['home berta@pam', 'lab anna@pam']

  test('end in one session, whichever answer the browser got last', async () => {
    const { rig, first, last } = await race()
    assert.equal(new Set([first, last]).size, 2)
    assert.equal(rig.deps.sessions.size, 1)
    for (const cookie of [first, last]) assert.deepEqual(await usersOf(rig, cookie), BOTH)
  })

  test('bring the name that stays to the browser that has the other', async () => {
    const { rig, first, last } = await race()
    const answer = await rig.ask('/api/hosts', { headers: { Cookie: first } })
    assert.match(answer.headers.get('set-cookie') ?? '', /^pve-console=[^;]+; Path=.*Strict$/)
    const mended = cookieOf(answer)
    rig.clock.advance(10_000)
    assert.deepEqual(await usersOf(rig, first), [])
    for (const cookie of [mended, last]) assert.deepEqual(await usersOf(rig, cookie), BOTH)
    const quiet = await rig.ask('/api/hosts', { headers: { Cookie: mended } })
    assert.equal(quiet.headers.has('set-cookie'), false)
  })

  test('bring it under the name that the browser has it by, encrypted or not', async () => {
    const { rig, first } = await race()
    const headers = { Cookie: `__Host-${first}`, Host: 'localhost:8080' }
    const answer = await rig.ask('/api/hosts', { headers })
    assert.match(answer.headers.get('set-cookie') ?? '', /^__Host-pve-console=.*; Secure$/)
  })

  test('leave the name of before dead, which somebody may have planted', async () => {
    const { rig, before } = await race()
    const late = await rig.ask('/api/session', { headers: { Cookie: before } })
    assert.equal((await problemOf(late)).code, 'session_expired')
  })

  test('from different machines or browsers are kept apart, though both knew the name', async () => {
    for (const other of [
      { peer: { address: '127.0.0.9' } },
      { headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0' } },
    ]) {
      const { rig, first, last } = await race(other)
      assert.equal(rig.deps.sessions.size, 2)
      assert.deepEqual(await usersOf(rig, first), ['home berta@pam'])
      assert.deepEqual(await usersOf(rig, last), ['lab anna@pam'])
    }
  })

  test('of which one signs out leave nobody signed in by a late name', async () => {
    const { rig, first, last } = await race()
    await rig.ask('/api/session', { method: 'DELETE', headers: { Cookie: last } })
    const answer = await rig.ask('/api/session', { headers: { Cookie: first } })
    assert.equal(answer.status, 401)
    assert.equal(answer.headers.has('set-cookie'), false)
  })
})

describe('a second factor', () => {
  const start = async (rig: Rig): Promise<string> => {
    const answer = await rig.post(SESSION, { ...RIGHT, username: 'mfa' })
    assert.equal(answer.status, 202)
    // Something to know the browser by, and no session.
    assert.match(
      answer.headers.getSetCookie().join(),
      /^pve-console-signin=[\w-]{22}; Path=\/; Max-Age=600; HttpOnly; SameSite=Strict$/,
    )
    const text = await answer.text()
    assert.doesNotMatch(text, /PVE:|half/)
    const { challenge } = JSON.parse(text) as { challenge: { id: string; methods: string[] } }
    assert.deepEqual(challenge.methods, ['totp', 'recovery'])
    return challenge.id
  }
  const answerTo = (rig: Rig, id: string, response: string, host = 'home') =>
    rig.post(`/api/hosts/${host}/session/challenge`, { id, method: 'totp', response })

  test('makes a session only when it is right, and only once', async () => {
    const rig = new Rig()
    const id = await start(rig)
    assert.equal(rig.deps.sessions.size, 0)
    const answer = await answerTo(rig, id, ' 123456 ')
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('set-cookie') ?? '', /^pve-console=/)
    const sent = form(rig.home.calls.at(-1))
    assert.equal(sent.username, 'mfa@pam')
    assert.match(sent['tfa-challenge'] ?? '', /^PVE:!tfa!/)
    assert.equal((await problemOf(await answerTo(rig, id, '123456'))).code, 'challenge_expired')
    assert.equal(rig.deps.sessions.size, 1)
  })

  test('may be wrong five times, and then has to begin anew', async () => {
    const rig = new Rig()
    const id = await start(rig)
    for (let n = 0; n < 5; n++) {
      assert.equal((await problemOf(await answerTo(rig, id, '000000'))).code, 'login_failed')
    }
    const calls = rig.home.calls.length
    assert.equal((await problemOf(await answerTo(rig, id, '123456'))).code, 'challenge_expired')
    assert.equal(rig.home.calls.length, calls)
  })

  test('belongs to the browser that gave the password', async () => {
    const rig = new Rig()
    const id = await start(rig)
    const { mark } = rig
    const calls = rig.home.calls.length
    const browsers = [null, 'pve-console-signin=', `pve-console-signin=${'A'.repeat(22)}`]
    for (const other of [...browsers, `${mark}; ${mark}`, `x${mark}`, '__proto__=1']) {
      rig.mark = other
      assert.equal((await problemOf(await answerTo(rig, id, '123456'))).code, 'challenge_expired')
    }
    assert.equal(rig.home.calls.length, calls)
    rig.mark = mark
    assert.equal((await answerTo(rig, id, '123456')).status, 200)
  })

  test('waits in one window while another begins one of its own', async () => {
    const rig = new Rig()
    const first = await start(rig)
    const { mark } = rig
    const second = await start(rig)
    assert.equal(rig.mark, mark)
    assert.equal((await answerTo(rig, first, '123456')).status, 200)
    assert.equal((await answerTo(rig, second, '123456')).status, 200)
  })

  test('counts once, however many right answers come at the same time', async () => {
    const rig = new Rig()
    const id = await start(rig)
    const answers = await Promise.all([1, 2, 3].map(() => answerTo(rig, id, '123456')))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401])
    assert.equal(rig.deps.sessions.size, 1)
  })

  test('belongs to its host', async () => {
    const rig = new Rig()
    const id = await start(rig)
    const answer = await answerTo(rig, id, '123456', 'lab')
    assert.equal((await problemOf(answer)).code, 'challenge_expired')
    assert.deepEqual(rig.lab.calls, [])
  })

  test('is waited for five minutes', async () => {
    const rig = new Rig()
    const id = await start(rig)
    rig.clock.advance(300_000)
    assert.equal((await problemOf(await answerTo(rig, id, '123456'))).code, 'challenge_expired')
  })
})

describe('signing out', () => {
  test('of all ends the session at once and takes the cookies away', async () => {
    const rig = new Rig()
    await rig.enter()
    const answer = await rig.ask('/api/session', { method: 'DELETE' })
    assert.equal(answer.status, 204)
    const cookies = answer.headers.getSetCookie()
    assert.equal(cookies.length, 2)
    for (const cookie of cookies) assert.match(cookie, /Max-Age=0/)
    assert.equal((await problemOf(await rig.ask('/api/session'))).code, 'session_expired')
    assert.equal(rig.deps.sessions.size, 0)
  })

  test('of one host keeps the other, and of the last one ends the session', async () => {
    const rig = new Rig()
    await rig.enter()
    await rig.enter('lab')
    assert.equal((await rig.ask(SESSION, { method: 'DELETE' })).status, 204)
    const { hosts } = (await (await rig.ask('/api/session')).json()) as {
      hosts: { host: string }[]
    }
    assert.deepEqual(
      hosts.map(({ host }) => host),
      ['lab'],
    )
    const guests = await rig.ask('/api/hosts/home/guests/100')
    assert.equal((await problemOf(guests)).code, 'not_signed_in')
    const last = await rig.ask('/api/hosts/lab/session', { method: 'DELETE' })
    assert.equal(last.headers.getSetCookie().length, 2)
    assert.equal(rig.deps.sessions.size, 0)
  })

  test('of one person leaves the other alone', async () => {
    const rig = new Rig()
    await rig.enter('home', 'anna')
    const anna = rig.cookie ?? ''
    rig.cookie = null
    await rig.enter('home', 'berta')
    await rig.ask('/api/session', { method: 'DELETE' })
    assert.equal((await rig.ask('/api/session', { headers: { Cookie: anna } })).status, 200)
  })
})
