import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { drawChart } from './svg.ts'

const POINTS = [
  { x: 10, y: 2 },
  { x: 100, y: 30 },
  { x: 1000, y: 40 },
]

/** Whether every element is closed by the one that opened it. */
function isWellFormed(text: string): boolean {
  const open: string[] = []
  for (const [, end, name, , empty] of text.matchAll(
    /<(\/?)([a-z]+)((?:[^">]|"[^"]*")*?)(\/?)>/g,
  )) {
    if (end) {
      if (open.pop() !== name) return false
    } else if (!empty) open.push(name as string)
  }
  return open.length === 0
}

describe('a chart', () => {
  const panels = [
    { title: 'one <thing> & "another"', points: POINTS },
    {
      title: 'two',
      points: [
        { x: 1, y: 0.5 },
        { x: 20, y: 0.5 },
      ],
    },
  ]
  const svg = drawChart({ title: 'Growth with things', count: 'things', panels })

  test('is well-formed, with its words as text', () => {
    assert.ok(isWellFormed(svg))
    assert.ok(!isWellFormed(svg.replace('</style>', '')))
    assert.match(svg, /one &lt;thing> &amp; &quot;another&quot;/)
  })

  test('has a line and a dot for each value, all of them on its paper', () => {
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []
    const lines = [...svg.matchAll(/<polyline class="line" points="([^"]+)"/g)]
    assert.equal(lines.length, 2)
    assert.equal([...svg.matchAll(/<circle class="dot"/g)].length, 5)
    for (const [, points = ''] of lines) {
      for (const point of points.split(' ')) {
        const [x = -1, y = -1] = point.split(',').map(Number)
        assert.ok(x >= 0 && x <= Number(width), point)
        assert.ok(y >= 0 && y <= Number(height), point)
      }
    }
  })

  test('draws more further up, and the same at the same height', () => {
    const heights = [...svg.matchAll(/<polyline class="line" points="([^"]+)"/g)].map(
      ([, points = '']) => points.split(' ').map((point) => Number(point.split(',')[1])),
    )
    const [rising = [], even = []] = heights
    assert.deepEqual(
      [...rising].sort((a, b) => b - a),
      rising,
    )
    assert.equal(new Set(even).size, 1)
  })

  test('has colours of its own for dark paper', () => {
    const [light = '', dark = ''] = svg.split('@media(prefers-color-scheme:dark)')
    for (const colour of ['text{', '.paper{', '.line{', '.even{']) {
      assert.ok(light.includes(colour) && dark.includes(colour), colour)
    }
  })
})
