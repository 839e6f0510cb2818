/** The table of failures and what the page is told about them say the same. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure, type FailureCode } from '../../src/errors.ts'
import { FAILURES, type FailureKind } from '../../src/failure-table.ts'
import { CloseReason, FactorMethod, ProblemCode } from '../../src/http/contract.ts'
import { problemOf } from '../../src/http/problem.ts'

const CODES = Object.keys(FAILURES) as FailureCode[]

/** Reasons of console sockets by the close code that decides what a page does. */
const CLOSES: Readonly<Record<number, readonly string[]>> = {
  1000: ['ended', 'taken_over'],
  1001: ['restarting'],
  1003: ['binary_only'],
  1008: ['too_fast'],
  1009: ['message_too_big'],
  4400: ['bad_request'],
  4401: ['not_signed_in', 'session_expired', 'signed_out'],
  4403: ['forbidden'],
  4404: ['no_such_guest', 'no_such_node', 'no_such_host', 'no_such_console'],
  4409: ['guest_not_running', 'guest_locked'],
  4410: ['guest_moved'],
  4429: ['too_many_consoles'],
  4495: ['host_untrusted', 'certificate_changed'],
  4500: ['internal'],
  4502: [
    'pve_error',
    'not_pve',
    'pve_closed',
    'rfb_failed',
    'no_quorum',
    'ports_exhausted',
    'pve_idle_limit',
  ],
  4503: ['host_unreachable', 'node_unreachable', 'gateway_down'],
  4504: ['host_timeout', 'gateway_timeout'],
  4507: ['too_slow', 'pve_too_slow'],
}
const STATUSES: readonly [code: FailureCode, status: number][] = [
  ['bad_request', 400],
  ['not_signed_in', 401],
  ['session_expired', 401],
  ['login_failed', 401],
  ['openid_expired', 401],
  ['forbidden', 403],
  ['cross_origin', 403],
  ['insecure_http', 403],
  ['no_such_host', 404],
  ['no_such_guest', 404],
  ['not_found', 404],
  ['method_not_allowed', 405],
  ['too_large', 413],
  ['unsupported_media_type', 415],
  ['unknown_host', 421],
  ['too_many_logins', 429],
  ['internal', 500],
  ['pve_error', 502],
  ['openid_unavailable', 502],
  ['host_untrusted', 502],
  ['certificate_changed', 502],
  ['no_quorum', 502],
  ['ports_exhausted', 503],
  ['node_unreachable', 503],
  ['host_unreachable', 503],
  ['host_timeout', 504],
]

describe('the codes', () => {
  test('are each a close reason or a problem code, and only one of them', () => {
    const told = [...CloseReason.options, ...ProblemCode.options]
    assert.deepEqual([...CODES].sort(), [...told].sort())
    assert.equal(new Set(told).size, told.length)
  })

  for (const [close, reasons] of Object.entries(CLOSES)) {
    test(`close a console with ${close}: ${reasons.join(', ')}`, () => {
      for (const reason of reasons) {
        assert.equal(FAILURES[reason as FailureCode]?.close, Number(close), reason)
      }
    })
  }

  test('that close a console all stand in the table above', () => {
    const known = Object.values(CLOSES).flat()
    for (const reason of CloseReason.options) assert.ok(known.includes(reason), reason)
  })

  for (const [code, status] of STATUSES) {
    test(`answer with ${status}: ${code}`, () => assert.equal(FAILURES[code].status, status))
  }

  for (const code of CODES) {
    test(`${code} has what a browser takes, and sentences for people`, () => {
      const kind: FailureKind = FAILURES[code]
      assert.ok(kind.status >= 400 && kind.status <= 504)
      const { close } = kind
      assert.ok([1000, 1001, 1003, 1008, 1009].includes(close) || (close >= 4000 && close < 5000))
      // A close reason has 123 bytes at most; that of "internal" carries an id.
      assert.ok(`${code} 0123abcd`.length <= 123)
      assert.match(code, /^[a-z]+(_[a-z]+)*$/)
      for (const sentence of [kind.detail, kind.hint ?? 'None.']) assert.match(sentence, /^\S.*\.$/)
    })
  }
})

describe('a failure as a problem body', () => {
  test('says what is safe, never the cause', async () => {
    const cause = new Error('secret')
    const failure = new Failure('pve_error', { detail: 'No quorum.', hint: 'Wait.', cause })
    const answer = problemOf(failure, 'ab12cd34')
    assert.equal(answer.status, 502)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    assert.deepEqual(await answer.json(), {
      type: 'about:blank',
      title: FAILURES.pve_error.title,
      status: 502,
      code: 'pve_error',
      detail: 'No quorum.',
      hint: 'Wait.',
      id: 'ab12cd34',
    })
    assert.equal(failure.cause, cause)
  })

  test('has the table’s own words where there are no better ones', async () => {
    const body = await problemOf(new Failure('unknown_host')).json()
    assert.equal(body.detail, FAILURES.unknown_host.detail)
    assert.equal(body.hint, FAILURES.unknown_host.hint)
    assert.equal('id' in body, false)
  })

  test('says when to try again', () => {
    const answer = problemOf(new Failure('too_many_logins', { retryAfter: 60 }))
    assert.equal(answer.headers.get('retry-after'), '60')
    assert.equal(problemOf(new Failure('too_many_logins')).headers.has('retry-after'), false)
  })
})

test('the factors that can be answered here are among those that PVE has', () => {
  for (const factor of ['totp', 'recovery', 'yubico'] as const) {
    assert.ok(FactorMethod.options.includes(factor))
  }
})
