/** Events toward a browser that reads, reads slowly, or does not. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EventStream, encodeEvent } from '../../src/http/event-stream.ts'
import { FakeClock, settle } from '../session/fake-clock.ts'
import { EventReader } from './event-reader.ts'

const BEAT = 15_000
const COMMENT = { event: '', data: null }

function setUp() {
  const clock = new FakeClock()
  const ends: number[] = []
  const state = { said: 0 }
  const stream = new EventStream({
    clock,
    stall: 30_000,
    everything: () => encodeEvent('everything', ++state.said),
    onEnd: () => ends.push(clock.monotonic()),
  })
  const reader = new EventReader(new Response(stream.body))
  return { clock, ends, stream, reader, state }
}

describe('an event stream', () => {
  test('begins with a comment, then says what it is told, in order', async () => {
    const { stream, reader } = setUp()
    assert.deepEqual(await reader.next(), COMMENT)
    stream.send(encodeEvent('a', { x: 'line\nbreak' }))
    stream.send(encodeEvent('b', [1]) + encodeEvent('c', null))
    assert.deepEqual(await reader.next(), { event: 'a', data: { x: 'line\nbreak' } })
    assert.deepEqual(await reader.next(), { event: 'b', data: [1] })
    assert.deepEqual(await reader.next(), { event: 'c', data: null })
  })

  test('says a comment every fifteen seconds', async () => {
    const { clock, reader } = setUp()
    await reader.next()
    for (let beat = 0; beat < 3; beat++) {
      const next = reader.next()
      await settle()
      clock.advance(BEAT - 1)
      assert.equal(await Promise.race([next, settle()]), undefined)
      clock.advance(1)
      assert.deepEqual(await next, COMMENT)
    }
  })

  test('keeps little for a browser that does not read, and then says everything anew', async () => {
    const { stream, reader, state } = setUp()
    await reader.next()
    stream.send(encodeEvent('first', 0))
    await settle()
    const large = encodeEvent('large', 'x'.repeat(40_000))
    for (let count = 0; count < 100; count++) stream.send(large)
    assert.equal(state.said, 0, 'it is made when it is read, not before')
    assert.deepEqual(await reader.next(), { event: 'everything', data: 1 })
    stream.send(encodeEvent('later', 2))
    assert.deepEqual(await reader.next(), { event: 'later', data: 2 })
    assert.ok(reader.length < 1000, `${reader.length}`)
  })

  test('says something large to a browser that waits for it', async () => {
    const { stream, reader, state } = setUp()
    await reader.next()
    const next = reader.next()
    await settle()
    stream.send(encodeEvent('large', 'x'.repeat(1_000_000)))
    assert.equal((await next)?.event, 'large')
    assert.equal(state.said, 0)
  })

  test('says everything when asked to, in place of what waits', async () => {
    const { stream, reader } = setUp()
    stream.send(encodeEvent('old', 0))
    stream.sendEverything()
    stream.send(encodeEvent('older', 0))
    assert.deepEqual(await reader.next(), { event: 'everything', data: 1 })
    stream.sendEverything()
    assert.deepEqual(await reader.next(), { event: 'everything', data: 2 })
  })

  test('ends with a browser that takes nothing for the time of a stall', async () => {
    const { clock, ends, reader } = setUp()
    await reader.next()
    clock.advance(2 * BEAT - 1)
    assert.deepEqual(ends, [])
    clock.advance(1)
    assert.deepEqual(ends, [2 * BEAT])
    assert.equal(clock.waiting, 0)
    assert.equal(await reader.next(), null)
  })

  test('goes on with a browser that is late, time and again', async () => {
    const { clock, ends, reader } = setUp()
    await reader.next()
    for (let beat = 0; beat < 10; beat++) {
      clock.advance(BEAT)
      assert.deepEqual(await reader.next(), COMMENT)
    }
    assert.deepEqual(ends, [])
  })

  test('goes on with a browser that reads, be there ever so little to say', async () => {
    const { clock, ends, reader } = setUp()
    await reader.next()
    for (let beat = 0; beat < 20; beat++) {
      const next = reader.next()
      await settle()
      clock.advance(BEAT)
      assert.deepEqual(await next, COMMENT)
    }
    assert.deepEqual(ends, [])
  })

  test('ends once when the browser goes, and says no more', async () => {
    const { clock, ends, stream, reader } = setUp()
    await reader.next()
    await reader.cancel()
    stream.send(encodeEvent('late', 0))
    stream.sendEverything()
    stream.end()
    assert.equal(ends.length, 1)
    assert.equal(clock.waiting, 0)
  })

  test('ends for the browser when it is ended here', async () => {
    const { ends, stream, reader } = setUp()
    await reader.next()
    const next = reader.next()
    stream.end()
    stream.end()
    assert.equal(await next, null)
    assert.equal(ends.length, 1)
  })
})
