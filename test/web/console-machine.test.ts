import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge, knownCodes, reasonsOf } from '../../web/model/close-codes.ts'
import {
  backoff,
  type ConsoleEvent,
  type ConsoleState,
  deadAfter,
  idle,
  jitter,
  steadyAfter,
  step,
} from '../../web/model/console-machine.ts'

const middle = () => 0.5
const lost = { code: 1006, reason: '' }

/** Runs events from the first open on and collects what was to be done. */
function run(events: readonly ConsoleEvent[], random = middle) {
  let state: ConsoleState = idle
  const effects: string[] = []
  const all: ConsoleEvent[] = [{ type: 'start', at: 0 }, ...events]
  for (const event of all) {
    const next = step(state, event, random)
    state = next.state
    effects.push(...next.effects.map((effect) => effect.do))
  }
  return { state, effects }
}

describe('a console', () => {
  test('opens, lives, is lost and waits half a second', () => {
    const { state, effects } = run([
      { type: 'live', socket: 1, at: 100 },
      { type: 'closed', socket: 1, close: lost, at: 100 + steadyAfter },
    ])
    assert.equal(state.phase, 'reconnecting')
    assert.equal(state.dueAt - state.since, backoff[0])
    assert.deepEqual(effects, ['open', 'wait', 'ask-session'])
  })

  test('tries at once when the network or the tab is back', () => {
    for (const type of ['online', 'visible'] as const) {
      const { state, effects } = run([
        { type: 'closed', socket: 1, close: lost, at: 10 },
        { type, at: 20 },
      ])
      assert.equal(state.phase, 'connecting', type)
      assert.deepEqual(effects, ['open', 'wait', 'ask-session', 'open'])
    }
  })

  test('does not open a second time for a late close of an older socket', () => {
    const { state } = run([
      { type: 'closed', socket: 1, close: lost, at: 10 },
      { type: 'online', at: 20 },
      { type: 'live', socket: 2, at: 30 },
      { type: 'closed', socket: 1, close: lost, at: 40 },
    ])
    assert.equal(state.phase, 'live')
  })

  test('counts failures on while no picture stands, and from new after one that stood', () => {
    const short = run([
      { type: 'closed', socket: 1, close: lost, at: 10 },
      { type: 'online', at: 20 },
      { type: 'live', socket: 2, at: 30 },
      { type: 'closed', socket: 2, close: lost, at: 40 },
    ])
    assert.equal(short.state.failures, 2)
    const long = run([
      { type: 'closed', socket: 1, close: lost, at: 10 },
      { type: 'online', at: 20 },
      { type: 'live', socket: 2, at: 30 },
      { type: 'closed', socket: 2, close: lost, at: 30 + steadyAfter },
    ])
    assert.equal(long.state.failures, 1)
  })

  test('asks for the sign-in when the refused upgrade was for want of a session', () => {
    const { state } = run([
      { type: 'closed', socket: 1, close: lost, at: 10 },
      { type: 'told', close: { code: 4401, reason: 'not_signed_in' }, at: 20 },
    ])
    assert.equal(state.phase, 'needs-login')
  })

  test('drops a try that runs when the session is known to be over', () => {
    const { state, effects } = run([
      { type: 'closed', socket: 1, close: lost, at: 10 },
      { type: 'online', at: 15 },
      { type: 'told', close: { code: 4401, reason: 'not_signed_in' }, at: 20 },
    ])
    assert.equal(state.phase, 'needs-login')
    assert.equal(effects.at(-1), 'drop')
  })

  test('resumes after the sign-in, and only then', () => {
    const over = { code: 4401, reason: 'session_expired' }
    const before = run([{ type: 'closed', socket: 1, close: over, at: 10 }])
    assert.equal(before.state.phase, 'needs-login')
    for (const type of ['timer', 'online', 'visible', 'guest-ready', 'retry'] as const) {
      assert.equal(step(before.state, { type, at: 20 }, middle).state.phase, 'needs-login', type)
    }
    const after = step(before.state, { type: 'signed-in', at: 30 }, middle)
    assert.deepEqual(after.effects, [{ do: 'open', socket: 2 }])
  })

  test('opens at once when its guest starts, whatever failed before', () => {
    const off = { code: 4409, reason: 'guest_not_running' }
    const { state, effects } = run([
      { type: 'closed', socket: 1, close: lost, at: 10 },
      { type: 'online', at: 20 },
      { type: 'closed', socket: 2, close: lost, at: 30 },
      { type: 'online', at: 40 },
      { type: 'closed', socket: 3, close: off, at: 50 },
      { type: 'guest-ready', at: 60 },
    ])
    assert.equal(state.phase, 'connecting')
    assert.equal(effects.at(-1), 'open')
  })

  test('spreads its tries when PVE says running and the screen still says no', () => {
    const off = { code: 4409, reason: 'guest_not_running' }
    const { state } = run([
      { type: 'closed', socket: 1, close: off, at: 10 },
      { type: 'guest-ready', at: 20 },
      { type: 'closed', socket: 2, close: off, at: 30 },
      { type: 'guest-ready', at: 40 },
    ])
    assert.equal(state.phase, 'reconnecting')
    assert.ok(state.dueAt > 40)
  })

  test('follows a guest that moved at once, but not in a loop', () => {
    const moved = { code: 4410, reason: 'guest_moved' }
    const first = run([
      { type: 'live', socket: 1, at: 10 },
      { type: 'closed', socket: 1, close: moved, at: 20_000 },
    ])
    assert.deepEqual(first.effects, ['open', 'open'])
    const second = step(
      first.state,
      { type: 'closed', socket: 2, close: moved, at: 20_010 },
      middle,
    )
    assert.equal(second.state.phase, 'reconnecting')
  })

  test('goes on after a blink of the network and starts anew after a long cut', () => {
    const offline: ConsoleEvent[] = [
      { type: 'live', socket: 1, at: 0 },
      { type: 'offline', at: 1000 },
    ]
    assert.equal(run(offline).state.phase, 'stalled')
    const blink = run([...offline, { type: 'online', at: 1000 + deadAfter - 1 }])
    assert.equal(blink.state.phase, 'live')
    const cut = run([...offline, { type: 'online', at: 1000 + deadAfter }])
    assert.deepEqual(cut.effects, ['open', 'drop', 'open'])
  })

  test('notices a server that says nothing, and takes its answer for the end of that', () => {
    const silent: ConsoleEvent[] = [
      { type: 'live', socket: 1, at: 0 },
      { type: 'silent', at: 1000 },
    ]
    const { state } = run(silent)
    assert.deepEqual([state.phase, state.why], ['stalled', { code: 1006, reason: '' }])
    const soon = run([...silent, { type: 'answers', at: 1000 + deadAfter - 1 }])
    assert.deepEqual(
      [soon.state.phase, soon.state.why, soon.effects],
      ['live', undefined, ['open']],
    )
    const late = run([...silent, { type: 'answers', at: 1000 + deadAfter }])
    assert.deepEqual(late.effects, ['open', 'drop', 'open'])
    const asked = run([...silent, { type: 'retry', at: 1001 }])
    assert.deepEqual(asked.effects, ['open', 'drop', 'open'])
    const reconnecting = run([{ type: 'closed', socket: 1, close: lost, at: 10 }]).state
    assert.equal(step(reconnecting, { type: 'answers', at: 11 }, middle).state, reconnecting)
  })
})

/** Mulberry32: small, seeded, good enough to pick events. */
function seeded(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const closes = [
  lost,
  { code: 4999, reason: 'never_heard_of' },
  ...knownCodes.flatMap((code) => reasonsOf(code).map((reason) => ({ code, reason }))),
]
const plain = [
  'start',
  'timer',
  'online',
  'offline',
  'silent',
  'answers',
  'visible',
  'retry',
  'signed-in',
  'guest-ready',
] as const

function anyEvent(random: () => number, state: ConsoleState, at: number): ConsoleEvent {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const socket = random() < 0.8 ? state.socket : Math.max(0, state.socket - 1)
  const kind = random()
  if (kind < 0.2) return { type: 'live', socket, at }
  if (kind < 0.5) return { type: 'closed', socket, close: pick(closes), at }
  if (kind < 0.58) return { type: 'told', close: pick(closes), at }
  if (kind < 0.6) return { type: 'stop', at }
  return { type: pick(plain), at }
}

/** What only a person, a sign-in or the guest itself may bring to life again. */
const awakens: Readonly<Record<string, readonly string[]>> = {
  idle: ['start'],
  ended: ['retry'],
  'needs-login': ['signed-in'],
  'guest-away': ['retry', 'guest-ready', 'told'],
}

describe('under any events', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

  test(`never two attempts, never a loop (SEED=${seed})`, () => {
    const random = seeded(seed)
    for (let round = 0; round < 300; round += 1) {
      let state: ConsoleState = idle
      let open: number | undefined
      let at = 0
      for (let n = 0; n < 200; n += 1) {
        at += Math.floor(random() * 4000)
        const event = anyEvent(random, state, at)
        if (event.type === 'closed' && event.socket === open) open = undefined
        const next = step(state, event, random)
        for (const effect of next.effects) {
          const story = `${state.phase} + ${event.type} -> ${next.state.phase}`
          if (effect.do === 'drop') open = undefined
          if (effect.do === 'open') {
            assert.equal(open, undefined, `second attempt: ${story}`)
            assert.equal(effect.socket, next.state.socket, story)
            const may = awakens[state.phase]
            assert.ok(!may || may.includes(event.type), `woke up: ${story}`)
            open = effect.socket
          }
          if (effect.do === 'wait') {
            assert.ok(effect.ms >= backoff[0] * (1 - jitter), `${effect.ms} ms: ${story}`)
            assert.ok(effect.ms <= 8000 * (1 + jitter), `${effect.ms} ms: ${story}`)
            assert.equal(open, undefined, `waits while one is open: ${story}`)
          }
        }
        const has = ['connecting', 'live', 'stalled'].includes(next.state.phase)
        assert.equal(open !== undefined, has, `${next.state.phase} with socket ${open}`)
        state = next.state
      }
    }
  })

  test('every close that ends, ends: no time and no network opens it again', () => {
    for (const close of closes.filter((each) => judge(each).next === 'end')) {
      const { state, effects } = run([{ type: 'closed', socket: 1, close, at: 10 }])
      assert.equal(state.phase, 'ended', JSON.stringify(close))
      assert.deepEqual(effects, ['open'])
      for (const type of plain.filter((each) => each !== 'retry')) {
        assert.equal(step(state, { type, at: 1e6 }, middle).state, state, `${close.code} ${type}`)
      }
    }
  })
})

describe('waiting', () => {
  test('grows 0.5, 1, 2, 4, 8 s and stays there', () => {
    const waits: number[] = []
    let state = step(idle, { type: 'start', at: 0 }, middle).state
    for (let n = 0; n < 7; n += 1) {
      const close: ConsoleEvent = { type: 'closed', socket: state.socket, close: lost, at: 0 }
      const next = step(state, close, middle)
      waits.push(next.state.dueAt)
      state = step(next.state, { type: 'timer', at: next.state.dueAt }, middle).state
    }
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 8000, 8000])
  })

  test('varies by a fifth either way', () => {
    const wait = (random: number) =>
      step(
        step(idle, { type: 'start', at: 0 }, middle).state,
        { type: 'closed', socket: 1, close: lost, at: 0 },
        () => random,
      ).state.dueAt
    assert.equal(wait(0), 400)
    assert.equal(wait(1), 600)
  })

  test('a timer of an earlier wait does not cut the present one short', () => {
    const { state } = run([{ type: 'closed', socket: 1, close: lost, at: 1000 }])
    const early = step(state, { type: 'timer', at: state.dueAt - 1 }, middle)
    assert.equal(early.state, state)
  })
})
