/** The pacer against a model of QEMU's screen behind a line with delay and a bounded rate. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { UpdatePacer } from '../../web/model/update-pacer.ts'

/** Milliseconds between QEMU's looks at its screen. */
const LOOK = 30

interface Line {
  /** Milliseconds there and back. */
  readonly roundTrip: number
  /** Bytes a millisecond toward the page. */
  readonly rate?: number
  /** Bytes of one update. */
  readonly size?: number
  /** Milliseconds between changes of the screen; 0: always. */
  readonly changes?: number
}

interface Outcome {
  readonly updates: number
  readonly requests: number
  /** Milliseconds that the latest update had waited on the line at most, in the second half. */
  readonly queued: number
}

/** Runs both for some seconds, a millisecond at a time; `stock` asks once after each update. */
function play(line: Line, seconds: number, stock = false): Outcome {
  const { roundTrip, rate = Number.POSITIVE_INFINITY, size = 2000, changes = 0 } = line
  const pacer = new UpdatePacer()
  const up: number[] = []
  const down: { start: number; at: number; sent: number }[] = []
  // The first answer is the whole screen, and comes at once.
  let [asked, lineFree, changedAt, updates, requests, queued] = [false, 0, -changes, 0, 0, 0]
  const request = (at: number): void => {
    pacer.requested(at)
    requests++
    up.push(at + roundTrip / 2)
  }
  request(0)
  // What QEMU says about its screen before it is asked.
  if (!stock) for (const at of [1, 2, 8, 15]) down.push({ start: at, at, sent: at })
  for (let now = 0; now < seconds * 1000; now++) {
    while (up[0] !== undefined && up[0] <= now) {
      up.shift()
      asked = true
    }
    const isDirty = changes === 0 || now - changedAt >= changes
    if (now % LOOK === 0 && asked && isDirty) {
      asked = false
      changedAt = now
      const begins = Math.max(lineFree, now)
      lineFree = begins + size / rate
      const [start, at] = [begins + roundTrip / 2, lineFree + roundTrip / 2]
      down.push({ start, at, sent: now })
    }
    while (down[0] && down[0].at <= now) {
      const { start, at, sent } = down.shift() as { start: number; at: number; sent: number }
      updates++
      if (now > seconds * 500) queued = Math.max(queued, at - sent - roundTrip / 2)
      if (pacer.updated(start, now) || stock) request(now)
    }
    if (!stock && pacer.wait(now) === 0) request(now)
  }
  return { updates, requests, queued }
}

describe('asking for pictures ahead', () => {
  test('gets many times as many over a long line, and never fewer', () => {
    for (const [roundTrip, times] of [
      [2, 0.9],
      [20, 0.95],
      [100, 3],
      [200, 5.5],
      [400, 3],
    ] as const) {
      const [paced, stock] = [play({ roundTrip }, 20), play({ roundTrip }, 20, true)]
      const ratio = paced.updates / stock.updates
      assert.ok(ratio >= times, `${roundTrip} ms: ${paced.updates} and ${stock.updates}`)
    }
  })

  test('asks no more often than the stock client while little changes', () => {
    for (const changes of [250, 500, 2000]) {
      const line = { roundTrip: 100, changes }
      const [paced, stock] = [play(line, 60), play(line, 60, true)]
      // The first few come of what nobody asked for.
      assert.ok(paced.requests <= 1.1 * stock.requests + 4, `${paced.requests} ${stock.requests}`)
      assert.ok(paced.updates >= stock.updates - 1)
    }
  })

  test('lets nothing queue up for long where the line is full', () => {
    for (const size of [20_000, 60_000, 150_000]) {
      const line = { roundTrip: 50, rate: 300, size }
      const own = size / 300
      const { queued, updates } = play(line, 30)
      assert.ok(queued <= 2 * own + 200, `${size}: ${queued} ms`)
      assert.ok(updates >= play(line, 30, true).updates)
    }
  })

  test('asks for one at a time while it is to be calm', () => {
    const pacer = new UpdatePacer()
    pacer.calm = true
    for (let now = 0; now < 1000; now += 100) {
      pacer.requested(now)
      assert.equal(pacer.wait(now), null)
      pacer.updated(now + 50, now + 50)
      assert.equal(pacer.wait(now + 50), 0)
    }
  })
})
