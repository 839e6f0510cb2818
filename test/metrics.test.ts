import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Metrics } from '../src/metrics.ts'

describe('metrics', () => {
  test('say what each family is, and one line for each of its labels', () => {
    const metrics = new Metrics()
    const counter = metrics.counter('things_total', 'Things.')
    counter.add({ kind: 'a' })
    counter.add({ kind: 'b' }, 2)
    counter.add({ kind: 'a' })
    metrics.gauge('heat', 'How hot.', () => [[{}, 36.6]])
    metrics.gauge('seconds_total', 'What grows.', () => [[{}, 7]])
    assert.equal(
      metrics.format(),
      [
        '# HELP things_total Things.',
        '# TYPE things_total counter',
        'things_total{kind="a"} 2',
        'things_total{kind="b"} 2',
        '# HELP heat How hot.',
        '# TYPE heat gauge',
        'heat 36.6',
        '# HELP seconds_total What grows.',
        '# TYPE seconds_total counter',
        'seconds_total 7',
        '',
      ].join('\n'),
    )
  })

  test('add a histogram up bound by bound', () => {
    const metrics = new Metrics()
    const histogram = metrics.histogram('wait_seconds', 'Waits.', [0.1, 1])
    for (const seconds of [0.1, 0.5, 0.7, 3]) histogram.observe(seconds, { phase: 'proxy' })
    assert.deepEqual(metrics.format().trim().split('\n').slice(2), [
      'wait_seconds_bucket{phase="proxy",le="0.1"} 1',
      'wait_seconds_bucket{phase="proxy",le="1"} 3',
      'wait_seconds_bucket{phase="proxy",le="+Inf"} 4',
      'wait_seconds_sum{phase="proxy"} 4.3',
      'wait_seconds_count{phase="proxy"} 4',
    ])
  })

  test('escape what would end a label', () => {
    const metrics = new Metrics()
    metrics.counter('odd_total', 'Odd.').add({ name: 'a"b\\c\nd' })
    assert.match(metrics.format(), /odd_total\{name="a\\"b\\\\c\\nd"\} 1/)
  })
})
