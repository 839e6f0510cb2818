import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { OwnSession, SessionSummary } from '../../src/http/contract.ts'
import { describeBrowser } from '../../src/http/device.ts'
import { CANARY, problemOf, Rig } from './rig.ts'
import { PATH, Scene } from './scene.ts'

const LINUX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

async function list(rig: Rig, cookie = rig.cookie ?? ''): Promise<OwnSession[]> {
  const answer = await rig.ask('/api/sessions', { headers: { Cookie: cookie } })
  return v.parse(v.array(v.strictObject(OwnSession.entries)), await answer.json())
}

/** Signs in beside the session that the rig keeps; returns the other one's cookie. */
async function enterElsewhere(rig: Rig, host = 'home', user = 'anna'): Promise<string> {
  const before = rig.cookie
  rig.cookie = null
  await rig.enter(host, user)
  const cookie = rig.cookie ?? ''
  rig.cookie = before
  return cookie
}

const end = (rig: Rig, id: string, cookie = rig.cookie ?? '') =>
  rig.ask(`/api/sessions/${id}`, { method: 'DELETE', headers: { Cookie: cookie } })

async function isIn(rig: Rig, cookie: string): Promise<boolean> {
  return (await rig.ask('/api/session', { headers: { Cookie: cookie } })).status === 200
}

describe('the list of one’s own sessions', () => {
  test('says where and since when, and marks the one that asks', async () => {
    const rig = new Rig()
    const body = { username: 'anna', realm: 'pam', password: 'right' }
    const headers = { 'User-Agent': LINUX }
    const first = await rig.post('/api/hosts/home/session', body, {
      headers,
      peer: { address: '127.0.0.9' },
    })
    rig.cookie = (first.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? null
    rig.clock.advance(60_000)
    const other = await enterElsewhere(rig)
    const [newer, older, ...rest] = await list(rig)
    assert.deepEqual(rest, [])
    assert.ok(newer && older)
    const { id, ...shown } = older
    assert.deepEqual(shown, {
      current: true,
      since: '2026-01-01T00:00:00.000Z',
      active: '2026-01-01T00:00:00.000Z',
      expires: '2026-01-02T00:00:00.000Z',
      hosts: [{ host: 'home', user: 'anna@pam' }],
      client: '127.0.0.9',
      browser: 'Firefox 140, Linux',
    })
    assert.equal(newer.since, '2026-01-01T00:01:00.000Z')
    assert.deepEqual(
      (await list(rig, other)).map((session) => [session.id, session.current]),
      [
        [newer.id, true],
        [id, false],
      ],
    )
  })

  test('is no secret’s way out: nothing of a cookie or of PVE stands in it', async () => {
    const rig = new Rig()
    await rig.enter()
    const other = await enterElsewhere(rig)
    const text = JSON.stringify(await list(rig))
    for (const secret of [rig.cookie, other, CANARY, 'secret', 'csrf', 'right']) {
      assert.ok(!text.includes(secret ?? ''), String(secret))
    }
    const sids = [rig.cookie, other].map((cookie) => {
      const payload = cookie?.split('.')[1] ?? ''
      return JSON.parse(Buffer.from(payload, 'base64url').toString()).sid as string
    })
    for (const sid of sids) assert.ok(!text.includes(sid))
  })

  test('has nobody else’s', async () => {
    const rig = new Rig()
    await rig.enter()
    await enterElsewhere(rig, 'home', 'berta')
    await enterElsewhere(rig, 'lab', 'anna')
    assert.equal((await list(rig)).length, 1)
  })
})

describe('ending a session', () => {
  test('of one’s own makes its cookie worthless at once', async () => {
    const rig = new Rig()
    await rig.enter()
    const other = await enterElsewhere(rig)
    const stolen = (await list(rig)).find(({ current }) => !current)?.id ?? ''
    const answer = await end(rig, stolen)
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.has('set-cookie'), false)
    const late = await rig.ask('/api/guests', { headers: { Cookie: other } })
    assert.equal((await problemOf(late)).code, 'session_expired')
    assert.equal(await isIn(rig, rig.cookie ?? ''), true)
    assert.equal((await list(rig)).length, 1)
  })

  test('that is this one is signing out', async () => {
    const rig = new Rig()
    await rig.enter()
    const [own] = await list(rig)
    const answer = await end(rig, own?.id ?? '')
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.getSetCookie().length, 2)
    assert.equal(await isIn(rig, rig.cookie ?? ''), false)
  })

  test('closes its consoles with 4401', async () => {
    const scene = new Scene()
    await scene.live()
    const { rig } = scene
    const other = await enterElsewhere(rig)
    const victim = (await list(rig, other)).find(({ current }) => !current)?.id ?? ''
    await end(rig, victim, other)
    assert.deepEqual(await scene.closed(), [4401, 'signed_out'])
    assert.equal(scene.screens[0]?.port.isDestroyed, true)
  })

  test('of anybody else, of nobody, or by its secret name: always the same answer', async () => {
    const rig = new Rig()
    await rig.enter()
    const [own] = await list(rig)
    const stranger = await enterElsewhere(rig, 'home', 'berta')
    const elsewhere = await enterElsewhere(rig, 'lab', 'anna')
    const payload = rig.cookie?.split('.')[1] ?? ''
    const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: string }
    const answers: Response[] = []
    for (const id of [own?.id ?? '', sid, 'A'.repeat(22), '__proto__', 'x', '%00']) {
      answers.push(await end(rig, id, stranger), await end(rig, id, elsewhere))
    }
    for (const answer of answers) assert.equal(answer.status, 404)
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    assert.equal(new Set(texts).size, 1)
    assert.equal(await isIn(rig, rig.cookie ?? ''), true)
  })
})

describe('what keeps a session alive', () => {
  const IDLE = 7_200_000
  const left = async (rig: Rig): Promise<number | undefined> => {
    const answer = await rig.ask('/api/session')
    return v.parse(SessionSummary, await answer.json()).idle_seconds_left
  }

  const acts: [what: string, act: (rig: Rig) => Promise<Response>][] = [
    ['saying so', (rig) => rig.post('/api/session/activity', {})],
    ['a power action', (rig) => rig.post('/api/hosts/home/guests/100/power', { action: 'stop' })],
    ['closing a console', (rig) => rig.ask('/api/consoles/x', { method: 'DELETE' })],
    ['ending a session', (rig) => rig.ask('/api/sessions/x', { method: 'DELETE' })],
  ]
  for (const [what, act] of acts) {
    test(`${what} does`, async () => {
      const rig = new Rig()
      await rig.enter()
      rig.clock.advance(IDLE - 60_000)
      assert.equal(await left(rig), 60)
      await act(rig)
      assert.equal(await left(rig), 7200)
    })
  }

  const looks = [
    '/api/hosts',
    '/api/hosts/home/realms',
    '/api/hosts/home/certificate',
    '/api/session',
    '/api/sessions',
    '/api/guests',
    '/api/hosts/home/guests/100',
    '/api/hosts/home/tasks/UPID:pve1:0000A1B2:00C3D4E5:662A1B2C:qmstart:100:anna@pam:',
    '/api/consoles',
  ]
  test('looking does not, however often', async () => {
    const rig = new Rig()
    await rig.enter()
    for (let n = 1; n <= 100; n++) {
      rig.clock.advance(60_000)
      for (const path of looks) await rig.ask(path)
      assert.equal(await left(rig), 7200 - n * 60)
    }
  })

  for (const [what, query, idle] of [
    ['opening a console does', '', 7200],
    ['a page that opens one again by itself does not', '&again=1', 60],
  ] as const) {
    test(what, async () => {
      const scene = new Scene()
      await scene.rig.enter()
      scene.rig.clock.advance(IDLE - 60_000)
      await scene.connect(`${PATH}${query}`)
      assert.equal(await left(scene.rig), idle)
    })
  }

  test('saying so too late does not: the session is over', async () => {
    const rig = new Rig('session.idle = "10s"')
    await rig.enter()
    rig.clock.advance(9_500)
    assert.equal((await rig.post('/api/session/activity', {})).status, 200)
    rig.clock.advance(10_000)
    const late = await rig.post('/api/session/activity', {})
    assert.equal((await problemOf(late)).code, 'session_expired')
  })

  test('saying so is said without words', async () => {
    const rig = new Rig()
    await rig.enter()
    const answer = await rig.post('/api/session/activity', { for: 'ever' })
    assert.equal((await problemOf(answer)).code, 'bad_request')
  })

  test('what is left is not told where idleness ends nothing', async () => {
    const rig = new Rig('session.idle = "0s"')
    await rig.enter()
    assert.equal(await left(rig), undefined)
  })
})

describe('a browser in a few words', () => {
  const table: [userAgent: string, said: string][] = [
    [LINUX, 'Firefox 140, Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0',
      'Edge 139, Windows',
    ],
    [
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
      'Chrome 139, ChromeOS',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
      'Safari 18, macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari 18, iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15; SM-S938) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
      'Samsung Internet 28, Android',
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/139.0.0.0 Safari/537.36',
      'Chrome 139, Linux',
    ],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['Firefox/140', 'Firefox 140'],
    ['', ''],
    ['\u0007<script>\u202e\u{1f600}x', '<script>x'],
    ['z'.repeat(5000), 'z'.repeat(64)],
    [`Firefox/${'9'.repeat(400)}`, 'Firefox 9999'],
  ]
  for (const [userAgent, said] of table) {
    test(said === '' ? 'nothing' : said.slice(0, 40), () => {
      assert.equal(describeBrowser(userAgent), said)
    })
  }
})
