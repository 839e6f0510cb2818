import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WebSocketPort } from '../../src/ws/client.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import { FakeClock } from '../session/fake-clock.ts'

const PING = 0x89
const PONG = Uint8Array.of(0x8a, 0)

function setUp() {
  const raw = new MemoryPort({ takesAll: true })
  const clock = new FakeClock()
  const port = new WebSocketPort(raw, new Uint8Array())
  const ends: number[] = []
  port.receive({ data() {}, drain() {}, end: ({ code }) => ends.push(code) })
  port.keepAlive(clock)
  const pings = () => raw.sent.filter(([first]) => first === PING).length
  return { raw, clock, port, ends, pings }
}

describe('a connection to PVE that is silent', () => {
  test('is asked for a sign of life every fifteen seconds, and lives on by its answers', () => {
    const { raw, clock, pings, ends } = setUp()
    for (let n = 1; n <= 20; n++) {
      clock.advance(15_000)
      assert.equal(pings(), n)
      raw.arrive(PONG)
    }
    assert.deepEqual(ends, [])
  })

  test('is cut within thirty-five seconds when no answer comes', () => {
    const { clock, ends } = setUp()
    clock.advance(35_000)
    assert.deepEqual(ends, [1006])
    assert.equal(clock.waiting, 0)
  })

  test('is not blamed for what nobody reads', () => {
    const { clock, port, ends } = setUp()
    port.pause()
    clock.advance(600_000)
    port.resume()
    clock.advance(15_000)
    assert.deepEqual(ends, [])
  })

  test('is not asked any more after its end', () => {
    const { raw, clock, pings } = setUp()
    raw.end({ code: 1006, reason: '' })
    clock.advance(60_000)
    assert.equal(pings(), 0)
    assert.equal(clock.waiting, 0)
  })
})
