import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FrameError } from '../../src/ws/frame.ts'
import { join, oneByOne, underSeeds } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import { agreement, ascii, listen, open, opened } from './open-port.ts'
import { readClientFrames, serverFrame } from './server-frame.ts'

describe('bytes that came with the agreement', () => {
  const frame = serverFrame(2, ascii('RFB 003.008\n'))

  test('are delivered first, wherever they were cut', async () => {
    const tail = serverFrame(2, ascii('more'))
    const stream = join([frame, tail])
    for (let cut = 0; cut <= stream.length; cut++) {
      const [raw, port] = await opened(stream.slice(0, cut))
      const heard = listen(port)
      raw.arrive(stream.slice(cut))
      assert.equal(heard.text(), 'RFB 003.008\nmore', `cut at ${cut}`)
    }
  })

  test('stay before what arrived while nobody listened', async () => {
    const [raw, port] = await opened(frame)
    raw.arrive(serverFrame(2, ascii('second')))
    assert.equal(listen(port).text(), 'RFB 003.008\nsecond')
  })

  test('stay before the end', async () => {
    const [raw, port] = await opened(frame)
    raw.end()
    const heard = listen(port)
    assert.deepEqual(heard.order, ['data', 'end'])
  })

  test('may make the listener pause, and then nothing more comes', async () => {
    const [raw, port] = await opened(frame)
    const heard = listen(port, () => port.pause())
    raw.arrive(serverFrame(2, ascii('later')))
    assert.equal(heard.text(), 'RFB 003.008\n')
    port.resume()
    assert.equal(heard.text(), 'RFB 003.008\nlater')
  })
})

describe('an open WebSocket', () => {
  test('changing listeners in the middle of a frame loses nothing', async () => {
    const stream = join([
      serverFrame(2, ascii('one'), { final: false }),
      serverFrame(9, ascii('ping')),
      serverFrame(0, ascii('two')),
      serverFrame(2, ascii('three')),
    ])
    await Promise.all(
      Array.from({ length: stream.length }, async (_, cut) => {
        const [raw, port] = await opened()
        const first = listen(port)
        raw.arrive(stream.slice(0, cut))
        port.pause()
        const second = listen(port)
        raw.arrive(stream.slice(cut))
        assert.equal(first.text() + second.text(), 'onetwothree', `changed at ${cut}`)
        assert.equal(raw.hadThrow, false)
      }),
    )
  })

  test('any cutting gives the same bytes', async () => {
    const pairs = await Promise.all(Array.from({ length: 50 }, () => opened()))
    underSeeds(50, (chance) => {
      const [raw, port] = pairs.pop() ?? assert.fail('too few')
      const heard = listen(port)
      const texts = Array.from({ length: 8 }, () => String(chance.next()))
      const stream = join(texts.map((text) => serverFrame(2, ascii(text))))
      for (const piece of chance.cut(stream, 9)) raw.arrive(piece)
      assert.equal(heard.text(), texts.join(''))
    })
  })

  test('what is sent leaves as masked binary frames', async () => {
    const [raw, port] = await opened()
    assert.equal(port.send(ascii('key')), true)
    const [frame] = readClientFrames(raw.allSent)
    assert.equal(frame?.opcode, 2)
    assert.deepEqual(frame?.payload, ascii('key'))
  })

  test('its backpressure is that of the connection below', async () => {
    const raw = new MemoryPort({ highWater: 400, lowWater: 10 })
    const opening = open(raw)
    raw.arrive(agreement(raw))
    const port = await opening
    raw.take()
    const heard = listen(port)
    assert.equal(port.send(new Uint8Array(10)), true)
    assert.equal(port.send(new Uint8Array(400)), false)
    assert.equal(port.buffered, raw.buffered)
    raw.take()
    assert.deepEqual(heard.order, ['drain'])
  })

  test('a ping is answered with its own bytes, and the listener hears nothing', async () => {
    const [raw, port] = await opened()
    const heard = listen(port)
    for (const byte of oneByOne(serverFrame(9, ascii('abc')))) raw.arrive(byte)
    const [pong, ...others] = readClientFrames(raw.allSent)
    assert.deepEqual(others, [])
    assert.equal(pong?.opcode, 10)
    assert.deepEqual(pong?.payload, ascii('abc'))
    assert.deepEqual(heard.order, [])
  })

  test('pings whose answers nobody takes do not pile up', async () => {
    const raw = new MemoryPort({ highWater: 1024 })
    const opening = open(raw)
    raw.arrive(agreement(raw))
    listen(await opening)
    raw.take()
    const ping = serverFrame(9, new Uint8Array(125))
    for (let n = 0; n < 20_000; n++) raw.arrive(ping)
    assert.ok(raw.buffered < 1024 * 1024, `${raw.buffered} bytes are queued`)
  })

  test('a close frame of the server becomes the end, with its code and reason', async () => {
    const [raw, port] = await opened()
    const heard = listen(port)
    raw.arrive(serverFrame(8, Uint8Array.of(0x03, 0xe9, ...ascii('bye'))))
    assert.notEqual(raw.closed, null)
    raw.end()
    assert.deepEqual(heard.ends, [{ code: 1001, reason: 'bye' }])
  })

  test('a connection that just ends says 1006', async () => {
    const [raw, port] = await opened()
    const heard = listen(port)
    raw.end()
    assert.deepEqual(heard.ends, [{ code: 1006, reason: '' }])
  })

  test('a wrong frame ends the connection, with the error', async () => {
    const [raw, port] = await opened()
    const heard = listen(port)
    raw.arrive(serverFrame(2, ascii('x'), { masked: true }))
    assert.equal(raw.isDestroyed, true)
    assert.equal(heard.ends.length, 1)
    assert.ok(heard.ends[0]?.error instanceof FrameError)
  })

  test('a wrong frame that came with the agreement ends the connection in the same way', async () => {
    const [raw, port] = await opened(serverFrame(2, ascii('x'), { masked: true }))
    const heard = listen(port)
    assert.equal(raw.isDestroyed, true)
    assert.ok(heard.ends[0]?.error instanceof FrameError)
  })

  test('closing sends a close frame and ends the connection below', async () => {
    const [raw, port] = await opened()
    port.close()
    const [frame] = readClientFrames(raw.allSent)
    assert.equal(frame?.opcode, 8)
    assert.deepEqual(frame?.payload, Uint8Array.of(0x03, 0xe8))
    assert.notEqual(raw.closed, null)
  })

  test('destroying cuts the connection below', async () => {
    const [raw, port] = await opened()
    port.destroy()
    assert.equal(raw.isDestroyed, true)
    assert.deepEqual(raw.sent, [])
  })
})
