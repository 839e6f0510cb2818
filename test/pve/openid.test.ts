import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { finishOpenId, startOpenId } from '../../src/pve/openid.ts'
import { FakeHost, form, no, ok, ticketFor } from './fake-host.ts'

const REDIRECT = 'https://home.example/pve/signin'
const at = { url: new URL('https://192.0.2.1:8006'), address: '192.0.2.1' }

describe('the way to an identity provider', () => {
  test('is asked for with what PVE takes, and remembered with where that was', async () => {
    const state = '{"csrf_token":"a+b%&","realm":"sso"}'
    const query = new URLSearchParams({ client_id: 'pve', state, nonce: 'n' })
    const host = new FakeHost('home', () => ok(`https://id.example/auth?${query}`))
    const start = await startOpenId(host, 'sso', REDIRECT)
    assert.equal(start.url, `https://id.example/auth?${query}`)
    assert.equal(start.state, state)
    assert.equal(start.place.url.href, 'https://192.0.2.1:8006/')
    assert.equal(start.place.address, '192.0.2.1')
    const [call] = host.calls
    assert.equal(call?.path, '/api2/json/access/openid/auth-url')
    assert.equal(call?.lane, 'sign-in')
    assert.deepEqual(form(call), { realm: 'sso', 'redirect-url': REDIRECT })
  })

  const taken = [
    'https://id.example/?state=x',
    'https://id.example:8443/a?b=c&state=x&d=e',
    'http://127.0.0.1:9000/?state=x',
    'http://127.1/?state=x',
    'http://localhost:9000/?state=x',
    'http://[::1]:9000/?state=x',
    `https://id.example/?state=${'x'.repeat(1024)}`,
  ]
  for (const url of taken) {
    test(`is taken: ${url.slice(0, 60)}`, async () => {
      assert.ok(await startOpenId(new FakeHost('home', () => ok(url)), 'sso', REDIRECT))
    })
  }

  const refused: [what: string, answer: unknown, code: string][] = [
    ['plain http', 'http://id.example/?state=x', 'openid_unavailable'],
    [
      'a name that begins like this machine',
      'http://127.0.0.1.evil.example/?state=x',
      'openid_unavailable',
    ],
    ['a name that ends like this machine', 'http://not-localhost/?state=x', 'openid_unavailable'],
    ['a script', 'javascript:alert(1)?state=x', 'openid_unavailable'],
    ['data', 'data:text/html,x?state=x', 'openid_unavailable'],
    ['a file', 'file:///etc/passwd?state=x', 'openid_unavailable'],
    ['a path', '/authorize?state=x', 'pve_error'],
    ['a user', 'https://admin@id.example/?state=x', 'pve_error'],
    ['a password', 'https://:secret@id.example/?state=x', 'pve_error'],
    ['no state', 'https://id.example/', 'pve_error'],
    ['an empty state', 'https://id.example/?state=', 'pve_error'],
    ['two states', 'https://id.example/?state=x&state=y', 'pve_error'],
    ['a state too long', `https://id.example/?state=${'x'.repeat(1025)}`, 'pve_error'],
    ['more than 4 KiB', `https://id.example/?state=x&y=${'z'.repeat(4096)}`, 'pve_error'],
    ['nothing', '', 'pve_error'],
    ['no text', { url: 'https://id.example/?state=x' }, 'pve_error'],
  ]
  for (const [what, answer, code] of refused) {
    test(`is refused: ${what}`, async () => {
      const host = new FakeHost('home', () => ok(answer))
      await assert.rejects(startOpenId(host, 'sso', REDIRECT), { code })
    })
  }

  for (const [status, reason] of [
    [500, "authentication domain 'x' does not exist"],
    [500, 'wrong realm type (pam != openid)'],
    [400, 'Parameter verification failed.'],
    [595, 'Connection refused'],
    [501, 'Method not implemented'],
  ] as const) {
    test(`is not there when PVE says ${status} ${reason}`, async () => {
      const host = new FakeHost('home', () => no(status, reason))
      await assert.rejects(startOpenId(host, 'sso', REDIRECT), (error: Error) => {
        assert.equal((error as { code?: string }).code, 'openid_unavailable')
        assert.doesNotMatch(error.message, /domain|pam|595/)
        return true
      })
    })
  }
})

describe('the way back', () => {
  const back = { state: '{"a":"&=;+ %"}', code: 'c+/=&;%41' }

  test('leads to the place where it began, byte for byte', async () => {
    const host = new FakeHost('home', () => ticketFor('mina@sso', 'PVE:mina@sso:x'))
    const answer = await finishOpenId(host, back, REDIRECT, at)
    assert.equal(answer.kind, 'ticket')
    assert.equal(answer.user, 'mina@sso')
    const [call] = host.calls
    assert.equal(call?.path, '/api2/json/access/openid/login')
    assert.equal(call?.at, at)
    assert.deepEqual(form(call), { ...back, 'redirect-url': REDIRECT })
  })

  test('fails in one way whatever PVE’s reason, and not with words about passwords', async () => {
    for (const status of [401, 400]) {
      const host = new FakeHost('home', () => no(status, 'authentication failure'))
      await assert.rejects(finishOpenId(host, back, REDIRECT, at), (error: Error) => {
        assert.equal((error as { code?: string }).code, 'login_failed')
        assert.doesNotMatch(error.message, /password/)
        return true
      })
    }
  })

  test('fails with PVE’s trouble as such', async () => {
    const host = new FakeHost('home', () => no(596, 'Connection timed out'))
    await assert.rejects(finishOpenId(host, back, REDIRECT, at), {
      name: 'PveRefusal',
      status: 596,
    })
  })
})
