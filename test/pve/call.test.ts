import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { Failure } from '../../src/errors.ts'
import { lookAt, requestTicket } from '../../src/pve/api.ts'
import { apiPath, credential, get, PveRefusal, post } from '../../src/pve/call.ts'
import { underSeeds } from '../relay/chance.ts'
import { FakeHost, form, no, ok, ticketFor } from './fake-host.ts'

const IDENTITY = { ticket: 'PVE:a%b;c@pam:1::x+/=', csrf: 'csrf' }
const isFailure = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code
const isRefusal = (status: number, reason: string) => (error: unknown) =>
  error instanceof PveRefusal && error.status === status && error.reason === reason

describe('a path of the API', () => {
  test('is made of its parts', () => {
    assert.equal(
      apiPath('nodes', 'pve1', 'qemu', 100, 'vncproxy'),
      '/api2/json/nodes/pve1/qemu/100/vncproxy',
    )
  })

  test('never has more parts than it was given, nor a query', () => {
    const signs = ['/', '?', '#', '%', '..', '\\', '&', ' ', '\n', 'a', '1', 'ä']
    underSeeds(500, (chance) => {
      const part = (): string =>
        Array.from(
          { length: chance.whole(1, 5) },
          () => signs[chance.whole(0, signs.length - 1)],
        ).join('')
      const parts = Array.from({ length: chance.whole(1, 5) }, part)
      const path = apiPath(...parts)
      assert.match(path, /^\/api2\/json(\/[A-Za-z0-9%.!~*'()_-]+)+$/)
      assert.deepEqual(path.split('/').slice(3).map(decodeURIComponent), parts)
    })
  })
})

describe('a call', () => {
  const call = { path: '/api2/json/x', identity: IDENTITY, answer: v.string() }

  test('shows the ticket in a way that no sign in it can break', async () => {
    const { Cookie = '' } = credential(IDENTITY)
    assert.equal(Cookie, `PVEAuthCookie=${encodeURIComponent(IDENTITY.ticket)}`)
    assert.doesNotMatch(Cookie, /[;,\s]/)
    assert.deepEqual(credential(undefined), {})
  })

  test('that reads has its parameters in the query, and no token', async () => {
    const host = new FakeHost('home', () => ok('data'))
    const { data, address } = await get(host, { ...call, parameters: { a: 'b&c' } })
    assert.deepEqual([data, address], ['data', '192.0.2.1'])
    const [sent] = host.calls
    assert.equal(sent?.method, 'GET')
    assert.equal(sent?.path, '/api2/json/x?a=b%26c')
    assert.deepEqual(Object.keys(sent?.headers ?? {}), ['Cookie'])
    assert.equal(sent?.body, undefined)
  })

  test('that writes is a form, with the token', async () => {
    const host = new FakeHost('home', () => ok('data'))
    await post(host, { ...call, parameters: { a: 'b&c' } })
    const [sent] = host.calls
    assert.equal(sent?.path, '/api2/json/x')
    assert.equal(sent?.headers.CSRFPreventionToken, 'csrf')
    assert.equal(sent?.headers['Content-Type'], 'application/x-www-form-urlencoded')
    assert.deepEqual(form(sent), { a: 'b&c' })
  })

  test('that needs no sign-in shows none', async () => {
    const host = new FakeHost('home', () => ok('data'))
    await post(host, { path: '/api2/json/x', answer: v.string() })
    assert.deepEqual(Object.keys(host.calls[0]?.headers ?? {}), ['Content-Type'])
  })

  const refusals: [title: string, status: number, phrase: string, body: string, reason: string][] =
    [
      [
        'in the body',
        403,
        'Forbidden',
        '{"message":"Permission check failed\\n","data":null}',
        'Permission check failed',
      ],
      [
        'in the phrase, as before 8.3',
        500,
        'VM 100 not running',
        '{"data":null}',
        'VM 100 not running',
      ],
      ['in the phrase, with no body', 401, 'No ticket', '', 'No ticket'],
      ['in the phrase, with a page', 501, 'not here', '<html>', 'not here'],
      ['in a success that is none', 204, 'No Content', '{"data":"x"}', 'No Content'],
    ]
  for (const [title, status, phrase, body, reason] of refusals) {
    test(`is refused: the reason is ${title}`, async () => {
      const host = new FakeHost('home', () => no(status, phrase, body))
      await assert.rejects(get(host, call), isRefusal(status, reason))
    })
  }

  for (const body of [
    '',
    'x',
    '[]',
    '{}',
    '{"data":5}',
    '{"data":null}',
    'null',
    '<html></html>',
  ]) {
    test(`answered with ${JSON.stringify(body)} is an error of PVE’s`, async () => {
      const host = new FakeHost('home', () => no(200, 'OK', body))
      await assert.rejects(get(host, call), isFailure('pve_error'))
    })
  }
})

describe('signing in', () => {
  test('asks for the new kind of challenge, and hands on what the person gave', async () => {
    const host = new FakeHost('home', () => ticketFor('Anna@pam', 'PVE:x'))
    const answer = await requestTicket(host, 'anna@pam', ' p&w ', 'PVE:!tfa!x')
    assert.deepEqual(form(host.calls[0]), {
      username: 'anna@pam',
      password: ' p&w ',
      'new-format': '1',
      'tfa-challenge': 'PVE:!tfa!x',
    })
    assert.equal(answer.user, 'Anna@pam')
  })

  test('is not done yet where a second factor is wanted', async () => {
    for (const NeedTFA of [1, '1']) {
      const data = { username: 'a@pam', ticket: 'PVE:!tfa!x', CSRFPreventionToken: 'c', NeedTFA }
      const answer = await requestTicket(new FakeHost('home', () => ok(data)), 'a@pam', 'x')
      assert.equal(answer.kind, 'challenge')
    }
  })

  for (const status of [400, 401]) {
    test(`fails in one way, also with ${status}`, async () => {
      const host = new FakeHost('home', () => no(status, 'why'))
      await assert.rejects(requestTicket(host, 'a@pam', 'x'), isFailure('login_failed'))
    })
  }

  test('does not fail where PVE is broken', async () => {
    const host = new FakeHost('home', () => no(500, 'oops'))
    await assert.rejects(requestTicket(host, 'a@pam', 'x'), isRefusal(500, 'oops'))
  })

  for (const bad of ['', 'a\r\nb', 'a\nb', 'ä', '\0', 'x'.repeat(5000)]) {
    test(`takes no ticket that breaks a header: ${JSON.stringify(bad).slice(0, 12)}`, async () => {
      const host = new FakeHost('home', () => ticketFor('a@pam', bad))
      await assert.rejects(requestTicket(host, 'a@pam', 'x'), isFailure('pve_error'))
    })
  }
})

test('realms come sorted, the preferred one marked, and need no sign-in', async () => {
  const host = new FakeHost('home', () =>
    ok([
      { realm: 'pve', type: 'pve', default: 1, comment: 'Proxmox VE' },
      { realm: 'corp', type: 'ad', tfa: 'oath', more: 'x' },
      { realm: 'pam', type: 'pam', comment: '' },
    ]),
  )
  assert.deepEqual((await lookAt(host)).realms, [
    { realm: 'corp', type: 'ad', tfa: 'oath' },
    { realm: 'pam', type: 'pam' },
    { realm: 'pve', type: 'pve', comment: 'Proxmox VE', default: true },
  ])
  assert.deepEqual(host.calls[0]?.headers, {})
})
