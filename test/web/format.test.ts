import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { amountOf, percent, plainLine, uptimeIn } from '../../web/model/format.ts'

const GiB = 1024 ** 3

describe('figures', () => {
  test('uptime stands in its largest unit', () => {
    const cases: [number, string][] = [
      [0, '0 s'],
      [59.9, '59 s'],
      [60, '1 min'],
      [3599, '59 min'],
      [3600, '1 h'],
      [86_399, '23 h'],
      [86_400, '1 d'],
      [86_400 * 41.9, '41 d'],
      [-5, '0 s'],
    ]
    for (const [seconds, text] of cases) {
      const { n, unit } = uptimeIn(seconds)
      assert.equal(`${n} ${unit}`, text)
    }
  })

  test('percent stays between 0 and 100', () => {
    assert.deepEqual(
      [0, 0.234, 0.995, 1, 1.7, -1, Number.NaN].map(percent),
      [0, 23, 100, 100, 100, 0, 0],
    )
  })

  test('an amount has one unit for both sides', () => {
    const text = (used: number, max: number) => {
      const amount = amountOf(used, max)
      return `${amount.used} / ${amount.max} ${amount.unit}`
    }
    assert.equal(text(11.2 * GiB, 16 * GiB), '11.2 / 16 GiB')
    assert.equal(text(0.2 * GiB, 0.5 * GiB), '0.2 / 0.5 GiB')
    assert.equal(text(0.1 * GiB, 0.25 * GiB), '102.4 / 256 MiB')
    assert.equal(text(30 * 1024 ** 2, 128 * 1024 ** 2), '30.0 / 128 MiB')
    assert.equal(text(0.4 * 1024 * GiB, 1.5 * 1024 * GiB), '0.4 / 1.5 TiB')
    assert.equal(text(0, 0), '0.0 / 0 B')
  })
})

describe('text of others', () => {
  test('loses control characters and what turns its direction', () => {
    assert.equal(plainLine('db\u202e10-\u0007\u200bx\ny'), 'db10-xy')
  })

  test('is cut by characters, not in the middle of one', () => {
    assert.equal(plainLine('가😀나다', 3), '가😀…')
    assert.equal(plainLine('가😀나', 3), '가😀나')
  })
})
