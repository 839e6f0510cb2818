import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Report } from './report.ts'

describe('a report', () => {
  test('knows which floors were missed, and one that could not be measured among them', () => {
    const report = new Report()
    report.floor({ what: 'kept', value: 1.25, limit: 1.25 })
    report.floor({ what: 'missed', value: 1.26, limit: 1.25 })
    report.floor({ what: 'kept too', value: 0.9, limit: 0.9, least: true })
    report.floor({ what: 'missed too', value: 0.89, limit: 0.9, least: true })
    report.floor({ what: 'unknown', value: Number.NaN, limit: 1 })
    const missed = report.missed.map(({ what }) => what)
    assert.deepEqual(missed, ['missed', 'missed too', 'unknown'])
  })
})
