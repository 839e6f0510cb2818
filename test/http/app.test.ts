import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { no } from '../pve/fake-host.ts'
import { type Asking, CANARY, problemOf, Rig } from './rig.ts'

const SESSION = '/api/hosts/home/session'
const RIGHT = { username: 'anna', realm: 'pam', password: 'right' }

describe('every answer', () => {
  const rows: [title: string, path: string, status: number, ask: Asking][] = [
    ['the page', '/', 200, {}],
    ['a page of a console', '/console/home/100', 200, {}],
    ['a file', '/assets/index-abc.js', 200, {}],
    ['the hosts', '/api/hosts', 200, {}],
    ['health', '/healthz', 200, {}],
    ['nothing at this address', '/nothing', 404, {}],
    ['nothing below the API', '/api/nothing', 404, {}],
    ['no such file', '/assets/other.js', 404, {}],
    ['a way out of the files', '/assets/..%2f..%2fetc%2fpasswd', 404, {}],
    ['no session', '/api/session', 401, {}],
    [
      'a foreign page',
      SESSION,
      403,
      { method: 'POST', headers: { Origin: 'https://evil.example' } },
    ],
    [
      'no JSON',
      SESSION,
      415,
      { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: 'x' },
    ],
    ['wrong JSON', SESSION, 400, { method: 'POST', body: '{' }],
    ['too much', SESSION, 413, { method: 'POST', body: 'x'.repeat(17_000) }],
    ['an unknown name', '/', 421, { headers: { Host: 'evil.example' } }],
    ['a wrong password', SESSION, 401, { method: 'POST', body: { ...RIGHT, password: 'x' } }],
    ['a right one', SESSION, 200, { method: 'POST', body: RIGHT }],
  ]
  for (const [title, path, status, ask] of rows) {
    test(`carries what protects it: ${title}`, async () => {
      const answer = await new Rig().ask(path, ask)
      assert.equal(answer.status, status)
      const { headers } = answer
      const policy = headers.get('content-security-policy') ?? ''
      for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
        assert.ok(policy.split('; ').includes(part), part)
      }
      const styles = "; style-src-elem 'self' 'unsafe-inline'"
      assert.doesNotMatch(policy.replace(styles, ''), /unsafe|\*|https?:/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
      assert.equal(headers.get('x-frame-options'), 'DENY')
      assert.ok(headers.has('permissions-policy'))
      assert.ok(headers.has('cache-control'))
      if (status >= 400) assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('strict-transport-security'), null)
      for (const name of headers.keys())
        assert.doesNotMatch(name, /^(server|x-powered-by|access-control-.*)$/)
    })
  }

  test('lets styles into the documents that show terminals, and scripts nowhere', async () => {
    const policyOf = async (path: string) =>
      (await new Rig().ask(path)).headers.get('content-security-policy') ?? ''
    const plain = await policyOf('/')
    for (const path of ['/console/home/100', '/console/home/node/pve1', '/wall']) {
      assert.equal(await policyOf(path), `${plain}; style-src-elem 'self' 'unsafe-inline'`, path)
    }
    for (const path of ['/signin', '/help/tls/home', '/api/hosts', '/console/home', '/nothing']) {
      assert.equal(await policyOf(path), plain, path)
    }
  })

  const transport: [publicUrl: string, isSet: boolean][] = [
    ['https://home.example', true],
    ['https://home.example/pve', true],
    ['https://home.example:8443', false],
    ['http://home.example', false],
  ]
  for (const [publicUrl, isSet] of transport) {
    test(`${isSet ? 'asks' : 'does not ask'} for HTTPS for ever at ${publicUrl}`, async () => {
      const answer = await new Rig(`public_url = "${publicUrl}"`).ask('/healthz')
      assert.equal(answer.headers.has('strict-transport-security'), isSet)
    })
  }
})

describe('an error', () => {
  test('is a problem body, with the status it names', async () => {
    const answer = await new Rig().ask('/api/nothing')
    const body = await problemOf(answer)
    assert.deepEqual(Object.keys(body), ['type', 'title', 'status', 'code', 'detail'])
    assert.equal(body.status, answer.status)
    assert.equal(body.code, 'not_found')
    assert.equal(body.type, 'about:blank')
  })

  test('of ours says an id, and the log says the rest under it', async () => {
    const rig = new Rig()
    rig.home.answering = () => {
      throw new TypeError(`broken at ${CANARY}`)
    }
    const answer = await rig.post(SESSION, RIGHT)
    assert.equal(answer.status, 500)
    const body = await problemOf(answer)
    assert.equal(body.code, 'internal')
    assert.match(String(body.id), /^[0-9a-f]{8}$/)
    assert.doesNotMatch(JSON.stringify(body), /broken|canary|TypeError/)
    const line = rig.lines.find((each) => each.includes(String(body.id)))
    assert.match(line ?? '', /TypeError: broken/)
  })

  const refusals: [title: string, status: number, reason: string, code: string][] = [
    ['a missing right', 403, `Permission check failed ${CANARY}`, 'forbidden'],
    ['something that PVE did not expect', 500, `oops ${CANARY}`, 'pve_error'],
    ['a call that PVE does not know', 501, `not implemented ${CANARY}`, 'pve_error'],
    ['a wrong parameter', 400, `Parameter verification failed ${CANARY}`, 'pve_error'],
  ]
  for (const [title, status, reason, wanted] of refusals) {
    test(`of PVE’s keeps its words to itself: ${title}`, async () => {
      const rig = new Rig()
      await rig.enter()
      rig.home.answering = () => no(status, reason)
      for (const path of ['/api/guests', '/api/hosts/home/guests/100']) {
        const text = await (await rig.ask(path)).text()
        assert.ok(text.includes(wanted), text)
        assert.doesNotMatch(text, /canary|Permission|oops|verification|192\.0\.2|8006/)
      }
    })
  }

  test('of one host does not hide the other', async () => {
    const rig = new Rig()
    await rig.enter()
    await rig.enter('lab')
    rig.lab.answering = () => {
      throw new Failure('host_unreachable')
    }
    const body = (await (await rig.ask('/api/guests')).json()) as {
      guests: { host: string }[]
      problems: { host: string; code: string }[]
    }
    assert.deepEqual(
      body.guests.map(({ host }) => host),
      ['home'],
    )
    assert.deepEqual(
      body.problems.map(({ host, code }) => [host, code]),
      [['lab', 'host_unreachable']],
    )
  })

  for (const host of [
    'nothing',
    '__proto__',
    'constructor',
    '..',
    'HOME',
    'home%00',
    '192.0.2.1',
  ]) {
    test(`tells that there is no host "${host}", and asks none`, async () => {
      const rig = new Rig()
      await rig.enter()
      const calls = rig.home.calls.length + rig.lab.calls.length
      for (const path of [`/api/hosts/${host}/realms`, `/api/hosts/${host}/guests/100`]) {
        const answer = await rig.ask(path.replace('/../', '/%2e%2e%2f/'))
        assert.equal((await problemOf(answer)).code, 'no_such_host')
        assert.equal(answer.status, 404)
      }
      assert.equal(rig.home.calls.length + rig.lab.calls.length, calls)
    })
  }

  for (const vmid of [
    '0',
    '99',
    '1000000000',
    '-100',
    '1e3',
    '0x64',
    '100.5',
    'abc',
    '100%20',
    '１００',
  ]) {
    test(`tells that "${vmid}" is no number of a guest`, async () => {
      const rig = new Rig()
      await rig.enter()
      const answer = await rig.ask(`/api/hosts/home/guests/${vmid}`)
      assert.equal((await problemOf(answer)).code, 'bad_request')
    })
  }
})

describe('a body', () => {
  const rows: [title: string, body: unknown, names: RegExp][] = [
    ['that is no JSON', '{"username":', /the body/],
    ['that is empty', '', /the body/],
    ['that is a list', [], /username/],
    ['that is null', null, /the body/],
    ['without a password', { username: 'anna', realm: 'pam' }, /password/],
    ['with a password that is no text', { ...RIGHT, password: 5 }, /password/],
    ['with an empty password', { ...RIGHT, password: '' }, /password/],
    ['with a long password', { ...RIGHT, password: 'x'.repeat(1025) }, /password/],
    ['with a long name', { ...RIGHT, username: 'x'.repeat(65) }, /username/],
    ['with a strange realm', { ...RIGHT, realm: 'a@b' }, /realm/],
    ['with an unknown key', { ...RIGHT, path: '/' }, /path/],
    ['with a key of PVE’s', { ...RIGHT, 'tfa-challenge': 'x' }, /tfa-challenge/],
    [
      'with a key that JavaScript knows',
      '{"username":"a","realm":"pam","password":"x","__proto__":{}}',
      /./,
    ],
  ]
  for (const [title, body, names] of rows) {
    test(`${title} is refused, and what was sent is not said again`, async () => {
      const rig = new Rig()
      const problem = await problemOf(await rig.post(SESSION, body))
      assert.equal(problem.code, 'bad_request')
      assert.match(String(problem.detail), names)
      assert.doesNotMatch(JSON.stringify(problem), /anna|right/)
      assert.deepEqual(rig.home.calls, [])
    })
  }

  test('of 16 KiB at most is read, however its length is told', async () => {
    const rig = new Rig()
    const padded = (size: number): string => JSON.stringify(RIGHT).padEnd(size)
    assert.equal((await rig.post(SESSION, padded(16 * 1024))).status, 200)
    assert.equal((await rig.post(SESSION, padded(16 * 1024 + 1))).status, 413)
    const headers = { 'Content-Length': String(16 * 1024 + 1) }
    assert.equal((await rig.post(SESSION, padded(16 * 1024 + 1), { headers })).status, 413)
  })

  test('may say its character set', async () => {
    const headers = { 'Content-Type': 'Application/JSON; charset=utf-8' }
    assert.equal((await new Rig().post(SESSION, RIGHT, { headers })).status, 200)
  })
})

describe('below a sub-path', () => {
  const file = 'public_url = "https://home.example/pve"'
  for (const base of ['/pve', '']) {
    test(`the page, its files and the API are at "${base}/"`, async () => {
      const rig = new Rig(file)
      const page = await rig.ask(`${base}/console/home/100`)
      assert.equal(page.status, 200)
      const html = await page.text()
      assert.match(html, /src="\/pve\/assets\/index-abc\.js"/)
      assert.match(html, /name="pve-console-base" content="\/pve"/)
      assert.equal(await (await rig.ask(`${base}/assets/index-abc.js`)).text(), 'console')
      assert.equal(await (await rig.ask(`${base}/notices.txt`)).text(), 'thanks')
      assert.equal((await rig.ask(`${base}/healthz`)).status, 200)
      const body = { ...RIGHT, password: 'wrong' }
      const answer = await rig.post(`${base}${SESSION}`, body)
      assert.equal((await problemOf(answer)).code, 'login_failed')
      const foreign = await rig.post(`${base}${SESSION}`, body, {
        headers: { Origin: 'https://x' },
      })
      assert.equal((await problemOf(foreign)).code, 'cross_origin')
    })
  }
})
