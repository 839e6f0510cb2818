import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Task } from '../../src/http/contract.ts'
import { lastWords } from '../../web/model/power-note.ts'

test('the last words of a task are how it ended, else the last line of its log', () => {
  const log = ['kvm: no such file', 'TASK ERROR: start failed', '']
  assert.equal(lastWords({ state: 'failed', status: 'got timeout', log }), 'got timeout')
  assert.equal(lastWords({ state: 'failed', log }), 'start failed')
  assert.equal(lastWords({ state: 'failed', log: [] }), '')
  const status = `a\u202eb\n${'x'.repeat(999)}`
  const hostile: Task = { state: 'failed', status, log: [] }
  assert.equal(lastWords(hostile).length, 300)
  assert.doesNotMatch(lastWords(hostile), /[\u202e\n]/)
})
