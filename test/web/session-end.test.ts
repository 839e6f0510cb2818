import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SessionSummary } from '../../src/http/contract.ts'
import { type Answer, ApiError } from '../../web/api.ts'
import { EndWatch, endOf, nextQuestion, type SessionEnd } from '../../web/model/session-end.ts'
import { FakeClock, settle } from '../session/fake-clock.ts'

const MINUTE = 60_000

/** A server that ends the session after `idle` ms without an act, or `max` ms altogether. */
function setUp(idle: number | null, max = 24 * 60 * MINUTE) {
  const clock = new FakeClock()
  const server = { actAt: 0, over: false, silent: false, asked: 0, told: 0 }
  const answer = async (): Promise<Answer<SessionSummary>> => {
    if (server.silent) return { ok: false, error: new ApiError(0, 'network', '') }
    const left = Math.floor((max - clock.monotonic()) / 1000)
    const idleLeft =
      idle === null ? null : Math.floor((server.actAt + idle - clock.monotonic()) / 1000)
    if (server.over || left < 0 || (idleLeft ?? 0) < 0) {
      return { ok: false, error: new ApiError(401, 'session_expired', '') }
    }
    const value = {
      hosts: [],
      expires: '',
      seconds_left: left,
      ...(idleLeft === null ? {} : { idle_seconds_left: idleLeft }),
    }
    return { ok: true, status: 200, value }
  }
  const warnings: (SessionEnd | undefined)[] = []
  const watch = new EndWatch({
    ask() {
      server.asked++
      return answer()
    },
    stay() {
      server.told++
      server.actAt = clock.monotonic()
      return answer()
    },
    now: () => clock.monotonic(),
    schedule: (run, ms) => clock.schedule(run, ms),
    onWarning: (end) => warnings.push(end),
  })
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250)
      await settle()
    }
  }
  const begin = async () => {
    watch.look()
    await settle()
  }
  return { clock, server, watch, warnings, pass, begin, kind: () => warnings.at(-1)?.kind }
}

describe('the end of a session', () => {
  test('is the nearer of the two, and the longest life where they meet', () => {
    assert.deepEqual(endOf({ seconds_left: 100, idle_seconds_left: 30 }, 5), {
      kind: 'idle',
      at: 30_005,
    })
    assert.deepEqual(endOf({ seconds_left: 30, idle_seconds_left: 30 }, 5).kind, 'longest')
    assert.deepEqual(endOf({ seconds_left: 30 }, 0), { kind: 'longest', at: 30_000 })
  })

  test('is asked for when it is due to be said, often while it is said, and after it', () => {
    const end: SessionEnd = { kind: 'idle', at: 1_000_000 }
    const table: [left: number, wait: number][] = [
      [10_000_000, 600_000],
      [600_000, 540_000],
      [61_000, 1000],
      [60_000, 5000],
      [3000, 3000],
      [0, 2000],
      [-5000, 2000],
    ]
    for (const [left, wait] of table) assert.equal(nextQuestion(end, end.at - left), wait)
  })
})

describe('a page that is left alone', () => {
  test('warns a minute before, and forgets it when the session is over', async () => {
    const { server, warnings, pass, begin, kind } = setUp(120 * MINUTE)
    await begin()
    await pass(119 * MINUTE - 1000)
    assert.equal(kind(), undefined)
    // Once in ten minutes, and once when it might be time.
    assert.ok(server.asked <= 14, `${server.asked} questions`)
    await pass(2000)
    assert.equal(kind(), 'idle')
    assert.equal(warnings.at(-1)?.at, 120 * MINUTE)
    await pass(61_000)
    assert.equal(kind(), undefined)
    const { asked } = server
    await pass(10 * MINUTE)
    assert.equal(server.asked, asked)
  })

  test('takes the warning back when another window put the end off', async () => {
    const { clock, server, pass, begin, kind } = setUp(2 * MINUTE)
    await begin()
    await pass(70_000)
    assert.equal(kind(), 'idle')
    server.actAt = clock.monotonic()
    await pass(5000)
    assert.equal(kind(), undefined)
  })

  test('does not take silence for the end', async () => {
    const { server, pass, begin, kind } = setUp(2 * MINUTE)
    await begin()
    server.silent = true
    await pass(70_000)
    assert.equal(kind(), undefined)
    server.silent = false
    await pass(2000)
    assert.equal(kind(), 'idle')
  })

  test('warns before the longest life too, which no act puts off', async () => {
    const { server, watch, pass, begin, kind } = setUp(120 * MINUTE, 180 * MINUTE)
    await begin()
    for (let minute = 0; minute < 179; minute++) {
      watch.acted()
      await pass(MINUTE)
    }
    await pass(1000)
    assert.equal(kind(), 'longest')
    const { told } = server
    for (let second = 0; second < 10; second++) {
      watch.acted()
      await pass(1000)
    }
    assert.ok(server.told - told <= 1)
    assert.equal(kind(), 'longest')
  })
})

describe('a person who does something', () => {
  test('is told of once a minute, and never warned', async () => {
    const { server, watch, pass, begin, kind } = setUp(4 * MINUTE)
    await begin()
    for (let second = 0; second < 600; second++) {
      watch.acted()
      await pass(1000)
      assert.equal(kind(), undefined)
    }
    assert.ok(server.told >= 9 && server.told <= 11, `${server.told} times`)
  })

  test('is told of more often where the server has little patience', async () => {
    const { watch, pass, begin, kind } = setUp(2 * MINUTE)
    await begin()
    for (let second = 0; second < 600; second++) {
      watch.acted()
      await pass(1000)
      assert.equal(kind(), undefined)
    }
  })

  test('is told of at once while the warning stands', async () => {
    const { watch, pass, begin, kind } = setUp(2 * MINUTE)
    await begin()
    await pass(90_000)
    assert.equal(kind(), 'idle')
    watch.acted()
    await pass(250)
    assert.equal(kind(), undefined)
  })

  test('stays by a button', async () => {
    const { server, watch, pass, begin, kind } = setUp(2 * MINUTE)
    await begin()
    await pass(90_000)
    watch.stay()
    await pass(250)
    assert.equal(kind(), undefined)
    assert.equal(server.told, 1)
  })

  test('is told of to nobody once the session is over', async () => {
    const { server, watch, pass, begin } = setUp(2 * MINUTE)
    await begin()
    server.over = true
    await pass(70_000)
    watch.acted()
    await pass(1000)
    assert.equal(server.told, 0)
  })

  test('and a page that is gone asks and tells nothing more', async () => {
    const { clock, server, watch, begin, pass } = setUp(2 * MINUTE)
    await begin()
    watch.stop()
    assert.equal(clock.waiting, 0)
    await pass(5 * MINUTE)
    watch.look()
    watch.stay()
    assert.deepEqual([server.asked, server.told], [1, 0])
  })
})
