import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createAudit } from '../src/audit.ts'
import { createLog } from '../src/log.ts'
import { FakeClock, settle } from './session/fake-clock.ts'

const FIELDS = { host: 'home', user: 'anna@pam', session: undefined }
const LINE =
  '{"time":"2026-01-01T00:00:00.000Z","audit":"signed_in","host":"home","user":"anna@pam"}\n'

function auditTo(to: string) {
  const clock = new FakeClock()
  const errors: string[] = []
  const file: string[] = []
  let full = false
  const writeError = (text: string): void => void errors.push(text)
  const audit = createAudit({
    ...{ to, writeError, clock },
    log: createLog({ level: 'info', format: 'text' }, writeError, clock),
    async append(path, text) {
      if (full) throw new Error('ENOSPC')
      file.push(`${path}: ${text}`)
    },
  })
  const fill = (isFull: boolean): void => {
    full = isFull
  }
  return { audit, errors, file, fill }
}

describe('an audit', () => {
  test('on stderr is a line of JSON in place of the log’s', () => {
    const { audit, errors, file } = auditTo('stderr')
    audit.note('signed_in', FIELDS)
    assert.deepEqual([errors, file], [[LINE], []])
  })

  test('that is off leaves the events to the log', () => {
    const { audit, errors, file } = auditTo('off')
    audit.note('signed_in', FIELDS)
    assert.deepEqual(file, [])
    assert.deepEqual(errors, ['2026-01-01T00:00:00.000Z info  signed in host=home user=anna@pam\n'])
  })

  test('in a file is a line of JSON there, and one of the log', async () => {
    const { audit, errors, file } = auditTo('/var/log/audit.jsonl')
    audit.note('signed_in', FIELDS)
    await settle()
    assert.deepEqual(file, [`/var/log/audit.jsonl: ${LINE}`])
    assert.equal(errors.length, 1)
  })

  test('whose file takes nothing is said once, and what was lost when it takes lines again', async () => {
    const { audit, errors, fill } = auditTo('/full')
    fill(true)
    for (let n = 0; n < 3; n++) audit.note('signed_in', FIELDS)
    await settle()
    fill(false)
    audit.note('signed_in', FIELDS)
    await settle()
    const said = errors.filter((line) => line.includes('audit file'))
    assert.deepEqual(
      said.map((line) => line.slice(25).trimEnd()),
      [
        'error the audit file takes no lines file=/full error=ENOSPC',
        'warn  the audit file takes lines again file=/full lost=3',
      ],
    )
  })

  test('is not led astray by what people type', () => {
    const { audit, errors } = auditTo('stderr')
    audit.note('sign_in_refused', { user: 'x"}\n{"audit":"signed_in', time: 'now', audit: 'x' })
    assert.equal(errors.join('').split('\n').length, 2)
    const read = JSON.parse(errors[0] as string) as Record<string, string>
    assert.equal(read.audit, 'sign_in_refused')
    assert.equal(read.time, '2026-01-01T00:00:00.000Z')
  })
})
