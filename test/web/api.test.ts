import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, createApi } from '../../web/api.ts'
import { en } from '../../web/i18n/en.ts'
import { failureText } from '../../web/parts/failure-text.ts'

const answering = (status: number, body: string, headers: Record<string, string> = {}) => {
  const calls: { url: string; init: RequestInit }[] = []
  const api = createApi('/pve', async (url, init) => {
    calls.push({ url, init })
    return new Response(body === '' ? null : body, { status, headers })
  })
  return { api, calls }
}

describe('calls', () => {
  test('stay below the sub-path, and writes are JSON', async () => {
    const { api, calls } = answering(200, '{"ok":true}')
    await api.hosts()
    await api.signIn('home', { username: 'a', realm: 'pve', password: 'p w' })
    await api.signOut('home')
    const seen = calls.map(({ url, init }) => {
      const type = new Headers(init.headers).get('content-type')
      return [init.method, url, type, init.body]
    })
    assert.deepEqual(seen, [
      ['GET', '/pve/api/hosts', null, null],
      [
        'POST',
        '/pve/api/hosts/home/session',
        'application/json',
        '{"username":"a","realm":"pve","password":"p w"}',
      ],
      ['DELETE', '/pve/api/hosts/home/session', 'application/json', null],
    ])
  })

  test('carry a problem’s code, number and waiting time', async () => {
    const body = '{"code":"too_many_logins","detail":"x","id":"Q7"}'
    const { api } = answering(429, body, { 'retry-after': '12' })
    const answer = await api.session()
    assert.ok(!answer.ok)
    const { status, code, id, retryAfter } = answer.error
    assert.deepEqual([status, code, id, retryAfter], [429, 'too_many_logins', 'Q7', 12])
  })

  test('never throw: no network, no JSON, no body', async () => {
    const dead = createApi('', () => Promise.reject(new TypeError('failed to fetch')))
    const cases = [
      [await dead.guests(), 'network'],
      [await answering(200, '<html>').api.guests(), 'unreadable'],
      [await answering(502, '<html>bad gateway').api.guests(), 'unreadable'],
      [await answering(404, '').api.guests(), 'not_found'],
    ] as const
    for (const [answer, code] of cases) assert.equal(answer.ok ? 'ok' : answer.error.code, code)
    assert.equal((await answering(204, '').api.signOut('home')).ok, true)
  })
})

describe('a failure', () => {
  test('is said in our words where its code is known', () => {
    const said = failureText(new ApiError(503, 'host_unreachable', 'raw'), en, { host: 'Lab' })
    assert.equal(said.title, 'Lab does not answer.')
  })

  test('is said in the server’s words where it is not, and with its number where it has one', () => {
    assert.equal(
      failureText(new ApiError(502, 'not_thought_of', 'No quorum.'), en).title,
      'No quorum.',
    )
    const numbered = failureText(new ApiError(500, 'odd', '', 'Q7'), en)
    assert.equal(numbered.title, 'Something failed here. Log number Q7.')
    assert.equal(failureText(new ApiError(500, 'odd', ''), en).title, en.reason.unreadable.title)
  })

  test('is not taken for a text by a name that every object has', () => {
    const said = failureText(new ApiError(500, 'toString', 'odd'), en)
    assert.equal(said.title, 'odd')
  })
})
