import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MessageBucket } from '../../src/relay/message-bucket.ts'

/** How many of so many messages at once are let through. */
function takeAll(bucket: MessageBucket, messages: number): number {
  let taken = 0
  for (let at = 0; at < messages; at++) if (bucket.take()) taken++
  return taken
}

describe('a bucket of messages', () => {
  for (const rate of [1, 10, 100, 2000]) {
    test(`of ${rate} a second lets twice as many through at once, and then as many a second`, () => {
      let now = 0
      const bucket = new MessageBucket(rate, () => now)
      assert.equal(takeAll(bucket, 5 * rate), 2 * rate)
      for (let second = 1; second <= 5; second++) {
        now = second * 1000
        assert.equal(takeAll(bucket, 5 * rate), rate)
      }
    })

    test(`of ${rate} a second saves nothing up beyond that`, () => {
      let now = 0
      const bucket = new MessageBucket(rate, () => now)
      // One that leaves the most of what was granted before a look at the clock.
      assert.equal(takeAll(bucket, 1), 1)
      now = 3_600_000
      const taken = takeAll(bucket, 5 * rate)
      const granted = Math.floor(rate / 64)
      assert.ok(taken <= 2 * rate + granted, `${taken} at once`)
      assert.ok(taken >= 2 * rate)
    })
  }

  test('looks at the clock once for many messages', () => {
    let looks = 0
    const bucket = new MessageBucket(2000, () => {
      looks++
      return 0
    })
    takeAll(bucket, 4000)
    assert.ok(looks < 200, `${looks} looks`)
  })

  test('lets messages through that keep to the rate, for ever', () => {
    let now = 0
    const bucket = new MessageBucket(100, () => now)
    for (let message = 0; message < 10_000; message++) {
      now += 10
      assert.equal(bucket.take(), true)
    }
  })
})
