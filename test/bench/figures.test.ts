import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brief, figure, quantile, sizeName } from './figures.ts'

describe('figures', () => {
  test('a quantile lies between two values where it falls there', () => {
    assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5)
    assert.equal(quantile([1, 2, 3], 0.5), 2)
    assert.equal(quantile([0, 100], 0.99), 99)
    assert.equal(quantile([7], 0.99), 7)
    assert.ok(Number.isNaN(quantile([], 0.5)))
  })

  test('the middle of samples does not depend on their order', () => {
    assert.deepEqual(figure([3, 1, 10, 2, 100]), { median: 3, least: 1, most: 100 })
  })

  test('are as long as they mean something', () => {
    const told = [0.123, 1.234, 12.34, 1234, Number.NaN].map(brief)
    assert.deepEqual(told, ['0.12', '1.23', '12.3', '1234', '–'])
    assert.deepEqual([512, 1024, 65_536].map(sizeName), ['512 B', '1 KiB', '64 KiB'])
  })
})
