import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FAILURES } from '../../src/failure-table.ts'
import { CloseReason } from '../../src/http/contract.ts'
import { judge, knownCodes, reasonsOf } from '../../web/model/close-codes.ts'

describe('close codes', () => {
  test('are the codes of the contract, each of them', () => {
    const contract = [
      1000, 1001, 1003, 1008, 1009, 4400, 4401, 4403, 4404, 4409, 4410, 4429, 4495, 4500, 4502,
      4503, 4504, 4507,
    ]
    assert.deepEqual(knownCodes, contract)
  })

  test('have every reason of the contract once, under the code that the server uses', () => {
    const ours = knownCodes.flatMap((code) => reasonsOf(code).map((reason) => [reason, code]))
    const theirs = CloseReason.options.map((reason) => [reason, FAILURES[reason].close])
    const sorted = (rows: unknown[][]) => rows.map((row) => row.join(' ')).sort()
    assert.deepEqual(sorted(ours), sorted(theirs))
  })

  test('do what the contract says', () => {
    const next = (code: number, reason = '') => judge({ code, reason }).next
    assert.equal(next(1000, 'ended'), 'end')
    assert.equal(next(1001, 'restarting'), 'retry')
    assert.equal(next(4400, 'bad_request'), 'end')
    assert.equal(next(4401, 'signed_out'), 'sign-in')
    assert.equal(next(4403, 'forbidden'), 'end')
    assert.equal(next(4404, 'no_such_guest'), 'end')
    assert.equal(next(4409, 'guest_not_running'), 'wait-guest')
    assert.equal(next(4410, 'guest_moved'), 'at-once')
    assert.equal(next(4495, 'host_untrusted'), 'end')
    assert.equal(next(4502, 'pve_closed'), 'retry')
    assert.equal(next(4503, 'host_unreachable'), 'host-down')
    assert.equal(next(4504, 'host_timeout'), 'retry')
    assert.equal(next(4507, 'too_slow'), 'end')
  })

  test('a reason that is new to this page is said as its code is', () => {
    assert.equal(judge({ code: 4502, reason: 'not_thought_of_yet' }).sentence, 'pve_error')
    assert.equal(
      judge({ code: 1009, reason: 'Received too big message' }).sentence,
      'message_too_big',
    )
  })

  test('the number after internal is kept apart', () => {
    const verdict = judge({ code: 4500, reason: 'internal Q7K2' })
    assert.deepEqual([verdict.sentence, verdict.id], ['internal', 'Q7K2'])
  })

  test('a code of nobody is a lost line whose reason has to be asked for', () => {
    for (const code of [1005, 1006, 1011, 1015, 4999]) {
      const verdict = judge({ code, reason: '' })
      assert.deepEqual(
        [verdict.next, verdict.sentence, verdict.unexplained],
        ['retry', 'lost', true],
      )
    }
    assert.equal(judge({ code: 4401, reason: 'signed_out' }).unexplained, false)
  })
})
