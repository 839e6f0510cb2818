/** Listening to the server, however the line behaves. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { GuestList } from '../../src/http/contract.ts'
import { type Answer, ApiError } from '../../web/api.ts'
import { EventFeed } from '../../web/live/event-feed.ts'
import { FakeClock, settle } from '../session/fake-clock.ts'

const encoder = new TextEncoder()
const said = (name: string, data: unknown = {}) =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/** One connection, seen from the server. */
class Line {
  readonly signal: AbortSignal
  readonly body: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(signal: AbortSignal) {
    this.signal = signal
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller
      },
    })
    signal.addEventListener('abort', () => this.#controller?.error(signal.reason))
  }

  async say(text: string): Promise<void> {
    this.#controller?.enqueue(encoder.encode(text))
    await settle()
  }

  async end(): Promise<void> {
    this.#controller?.close()
    await settle()
  }
}

type Opening = (line: Line) => Answer<ReadableStream<Uint8Array>>
const taken: Opening = (line) => ({ ok: true, status: 200, value: line.body })
const refused =
  (status: number, retryAfter = 0): Opening =>
  () => ({ ok: false, error: new ApiError(status, 'x', '', '', retryAfter) })

async function setUp(opening: Opening = taken) {
  const clock = new FakeClock()
  const lines: Line[] = []
  const events: string[] = []
  const state = { opening, asked: 0, beats: 0 }
  const feed = new EventFeed({
    api: {
      async events(signal) {
        const line = new Line(signal)
        lines.push(line)
        return state.opening(line)
      },
      async guests() {
        state.asked++
        const value: GuestList = { guests: [], nodes: [], problems: [] }
        return { ok: true, status: 200, value }
      },
    },
    schedule: (run, ms) => clock.schedule(run, ms),
    random: () => 0.5,
    onEvent: ({ event, data }) => events.push(`${event} ${JSON.stringify(data)}`),
    onBeat: () => state.beats++,
    onTrouble: ({ status }) => events.push(`trouble ${status}`),
  })
  await settle()
  const pass = async (ms: number) => {
    clock.advance(ms)
    await settle()
  }
  return { clock, lines, events, state, feed, pass }
}

describe('the feed', () => {
  test('passes on what it hears, and leaves out what it does not know', async () => {
    const { lines, events, state } = await setUp()
    await lines[0]?.say(`:\n\n${said('session', 1)}${said('weather', 2)}`)
    await lines[0]?.say(said('change', 3).slice(0, 9))
    await lines[0]?.say(said('change', 3).slice(9))
    assert.deepEqual(events, ['session 1', 'change 3'])
    assert.equal(state.beats, 1)
  })

  test('connects again when the line ends, more slowly each time, until it hears something', async () => {
    const { lines, pass, events } = await setUp()
    for (const pause of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
      const before = lines.length
      await lines.at(-1)?.end()
      await pass(pause - 1)
      assert.equal(lines.length, before, `${pause}`)
      await pass(1)
      assert.equal(lines.length, before + 1, `${pause}`)
    }
    await lines.at(-1)?.say(said('session'))
    await lines.at(-1)?.end()
    await pass(500)
    assert.equal(lines.length, 9)
    assert.deepEqual(events, ['session {}'])
  })

  test('says why it is refused, and tries again', async () => {
    const { lines, state, events, pass } = await setUp(refused(503))
    assert.deepEqual(events, ['trouble 503'])
    state.opening = taken
    await pass(500)
    await lines.at(-1)?.say(said('session'))
    assert.deepEqual(events, ['trouble 503', 'session {}'])
  })

  test('waits as long as it is told to', async () => {
    const { lines, pass } = await setUp(refused(429, 60))
    await pass(59_999)
    assert.equal(lines.length, 1)
    await pass(1)
    assert.equal(lines.length, 2)
  })

  test('gives up where nobody is signed in', async () => {
    const { clock, lines, events, pass } = await setUp(refused(401))
    assert.deepEqual(events, ['trouble 401'])
    await pass(600_000)
    assert.equal(lines.length, 1)
    assert.equal(clock.waiting, 0)
  })

  test('takes a silent line for dead, and not one that says a word now and then', async () => {
    const { lines, pass } = await setUp()
    await lines[0]?.say(said('session'))
    for (let beat = 0; beat < 10; beat++) {
      await pass(15_000)
      await lines[0]?.say(':\n\n')
    }
    assert.equal(lines.length, 1)
    await pass(39_999)
    assert.equal(lines[0]?.signal.aborted, false)
    await pass(1)
    assert.equal(lines[0]?.signal.aborted, true)
    await pass(500)
    assert.equal(lines.length, 2)
  })

  test('asks for the list itself while something on the way holds events back', async () => {
    const { lines, state, events, pass } = await setUp()
    await lines[0]?.say(':\n\n')
    await pass(7999)
    assert.equal(state.asked, 0)
    await pass(1)
    await pass(5000)
    await pass(5000)
    assert.equal(state.asked, 3)
    assert.match(events[0] ?? '', /^snapshot .*"asking":\[\]/)
    await lines[0]?.say(said('session'))
    await pass(20_000)
    assert.equal(state.asked, 3)
  })

  test('ends at once and leaves nothing behind', async () => {
    const { clock, lines, events, state, feed, pass } = await setUp()
    await lines[0]?.say(said('session'))
    feed.stop()
    await settle()
    assert.equal(lines[0]?.signal.aborted, true)
    assert.equal(clock.waiting, 0)
    await pass(600_000)
    assert.deepEqual([lines.length, events.length, state.asked], [1, 1, 0])
  })
})
