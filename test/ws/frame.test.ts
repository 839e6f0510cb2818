import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  encodeClose,
  encodePing,
  encodePong,
  FrameError,
  FrameReader,
  MAX_PAYLOAD,
} from '../../src/ws/frame.ts'
import { Chance, join, oneByOne, underSeeds } from '../relay/chance.ts'
import { opened } from './open-port.ts'
import { binaryFrame, readClientFrames, serverFrame } from './server-frame.ts'

const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

const NOTHING = new Uint8Array()
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Reading {
  readonly payload: Uint8Array
  /** Pieces that were not empty. */
  readonly pieces: number
  readonly pings: string[]
  readonly closes: [code: number, reason: string][]
}

function readAll(chunks: readonly Uint8Array[]): Reading {
  const pings: string[] = []
  const closes: [number, string][] = []
  const reader = new FrameReader({
    ping: (payload) => pings.push(new TextDecoder().decode(payload)),
    close: (code, reason) => closes.push([code, reason]),
  })
  const pieces = chunks
    .map((chunk) => reader.read(chunk.slice()).slice())
    .filter((piece) => piece.length > 0)
  return { payload: join(pieces), pieces: pieces.length, pings, closes }
}

describe('reading frames', () => {
  for (const length of [0, 1, 2, 125, 126, 127, 128, 65_535, 65_536, 131_071, 131_072, 131_073]) {
    test(`a frame of ${length} bytes arrives whole, in one piece or cut anywhere`, () => {
      const payload = new Chance(length).bytes(length)
      const frame = binaryFrame(payload)
      assert.deepEqual(readAll([frame]).payload, payload)
      assert.deepEqual(readAll(oneByOne(frame)).payload, payload)
      for (const cut of [1, 2, 3, 4, 9, 10, 11, frame.length - 1]) {
        assert.deepEqual(readAll([frame.slice(0, cut), frame.slice(cut)]).payload, payload)
      }
    })
  }

  test('any cutting of any stream gives the same payload and the same control frames', () => {
    underSeeds(400, (chance) => {
      const frames: Uint8Array[] = []
      const wanted: Uint8Array[] = []
      const pings: string[] = []
      let isOpen = false
      for (let n = chance.whole(1, 12); n > 0; n--) {
        if (chance.isHeads(0.25)) {
          const said = String(chance.whole(0, 1e9))
          const isPing = chance.isHeads()
          frames.push(serverFrame(isPing ? PING : PONG, ascii(said)))
          if (isPing) pings.push(said)
        }
        const payload = chance.bytes(chance.whole(0, chance.isHeads(0.2) ? 700 : 20))
        const final = chance.isHeads(0.7)
        frames.push(serverFrame(isOpen ? 0 : chance.whole(1, 2), payload, { final }))
        wanted.push(payload)
        isOpen = !final
      }
      const stream = join(frames)
      for (const chunks of [[stream], oneByOne(stream), chance.cut(stream, 40)]) {
        const read = readAll(chunks)
        assert.deepEqual(read.payload, join(wanted))
        assert.deepEqual(read.pings, pings)
      }
    })
  })

  test('all frames of one read leave as one piece, whatever stands between them', () => {
    const stream = join([
      serverFrame(BINARY, ascii('one ')),
      serverFrame(PING, ascii('?')),
      serverFrame(BINARY, NOTHING),
      serverFrame(TEXT, ascii('two '), { final: false }),
      serverFrame(PONG, ascii('!')),
      serverFrame(0, ascii('three')),
    ])
    const read = readAll([stream])
    assert.equal(new TextDecoder().decode(read.payload), 'one two three')
    assert.equal(read.pieces, 1)
    assert.deepEqual(read.pings, ['?'])
  })

  test('the piece is part of the chunk, not a copy', () => {
    const reader = new FrameReader({ ping() {}, close() {} })
    const chunk = join([serverFrame(BINARY, ascii('a')), serverFrame(BINARY, ascii('b'))])
    assert.equal(reader.read(chunk).buffer, chunk.buffer)
  })

  test('a ping cut in two is told once, whole', () => {
    const frame = serverFrame(PING, ascii('are you there'))
    assert.deepEqual(readAll([frame.slice(0, 5), frame.slice(5)]).pings, ['are you there'])
    assert.deepEqual(readAll(oneByOne(frame)).pings, ['are you there'])
  })

  test('one ping says nothing about the next', () => {
    const stream = [serverFrame(PING, ascii('long one')), serverFrame(PING, ascii('b'))]
    assert.deepEqual(readAll(stream).pings, ['long one', 'b'])
  })

  const closes: [title: string, payload: Uint8Array, code: number, reason: string][] = [
    ['a code and a reason', Uint8Array.of(0x03, 0xe9, ...ascii('gone')), 1001, 'gone'],
    ['a code alone', Uint8Array.of(0x0f, 0xa0), 4000, ''],
    ['nothing', NOTHING, 1005, ''],
    ['bytes that are no UTF-8', Uint8Array.of(0x03, 0xe8, 0xff), 1000, '\ufffd'],
  ]
  for (const [title, payload, code, reason] of closes) {
    test(`a close frame with ${title} is told as ${code}`, () => {
      const frame = serverFrame(CLOSE, payload)
      assert.deepEqual(readAll([frame]).closes, [[code, reason]])
      assert.deepEqual(readAll(oneByOne(frame)).closes, [[code, reason]])
    })
  }

  test('what follows a close frame is not looked at', () => {
    const stream = join([
      serverFrame(BINARY, ascii('before')),
      serverFrame(CLOSE, NOTHING),
      serverFrame(BINARY, ascii('after')),
      serverFrame(CLOSE, NOTHING),
      Uint8Array.of(0xff, 0xff),
    ])
    for (const chunks of [[stream], oneByOne(stream)]) {
      const read = readAll(chunks)
      assert.equal(new TextDecoder().decode(read.payload), 'before')
      assert.equal(read.closes.length, 1)
    }
  })
})

describe('frames that RFC 6455 forbids end the stream', () => {
  const open = serverFrame(BINARY, ascii('x'), { final: false })
  const rows: [title: string, stream: Uint8Array][] = [
    ['first reserved bit', serverFrame(BINARY, NOTHING, { reserved: 4 })],
    ['second reserved bit', serverFrame(BINARY, NOTHING, { reserved: 2 })],
    ['third reserved bit', serverFrame(BINARY, NOTHING, { reserved: 1 })],
    ['reserved bit on a ping', serverFrame(PING, NOTHING, { reserved: 4 })],
    ['masked data', serverFrame(BINARY, NOTHING, { masked: true })],
    ['masked ping', serverFrame(PING, NOTHING, { masked: true })],
    ['masked close', serverFrame(CLOSE, NOTHING, { masked: true })],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Uint8Array] => [
      `opcode ${opcode}`,
      serverFrame(opcode, NOTHING),
    ]),
    ['ping in fragments', serverFrame(PING, NOTHING, { final: false })],
    ['close in fragments', serverFrame(CLOSE, NOTHING, { final: false })],
    ['pong in fragments', serverFrame(PONG, NOTHING, { final: false })],
    ['ping of 126 bytes', serverFrame(PING, new Uint8Array(126))],
    ['close of 126 bytes', serverFrame(CLOSE, new Uint8Array(126))],
    ['ping of 65536 bytes', Uint8Array.of(0x89, 127, 0, 0, 0, 0, 0, 1, 0, 0)],
    ['close with half a code', serverFrame(CLOSE, Uint8Array.of(3))],
    ['continuation of nothing', serverFrame(0, ascii('x'))],
    ['last continuation of nothing', serverFrame(0, ascii('x'), { final: false })],
    ['binary inside a message', join([open, serverFrame(BINARY, ascii('y'))])],
    ['text inside a message', join([open, serverFrame(TEXT, ascii('y'))])],
    [
      'continuation after the end',
      join([open, serverFrame(0, ascii('y')), serverFrame(0, ascii('z'))]),
    ],
    ['length 2^63', Uint8Array.of(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0)],
    ['length 2^53', Uint8Array.of(0x82, 127, 0, 0x20, 0, 0, 0, 0, 0, 0)],
  ]
  for (const [title, stream] of rows) {
    test(title, () => {
      assert.throws(() => readAll([stream]), FrameError)
      assert.throws(() => readAll(oneByOne(stream)), FrameError)
    })
  }

  test('a frame of 2^53 - 1 bytes is as good as any other', () => {
    const head = Uint8Array.of(0x82, 127, 0, 0x1f, 255, 255, 255, 255, 255, 255)
    assert.deepEqual(readAll([join([head, ascii('and so on')])]).payload, ascii('and so on'))
  })

  test('a message may have a thousand fragments, and not one more', () => {
    const many = (count: number): Uint8Array =>
      join(
        Array.from({ length: count }, (_, index) =>
          serverFrame(index === 0 ? BINARY : 0, ascii('.'), { final: index === count - 1 }),
        ),
      )
    assert.equal(readAll([many(1000)]).payload.length, 1000)
    assert.throws(() => readAll([many(1001)]), FrameError)
    // The count begins anew with every message.
    assert.equal(readAll([many(600), many(600)]).payload.length, 1200)
  })

  test('empty fragments count too', () => {
    const start = serverFrame(BINARY, NOTHING, { final: false })
    const next = serverFrame(0, NOTHING, { final: false })
    const stream = join([start, ...Array<Uint8Array>(1000).fill(next)])
    assert.throws(() => readAll([stream]), FrameError)
  })
})

describe('writing frames', () => {
  const boundaries = [0, 1, 125, 126, 127, 65_535, 65_536, 131_071, 131_072]
  for (const length of [...boundaries, 131_073, 262_144, 262_145, 1_000_003]) {
    test(`${length} bytes are read back by an independent decoder`, async () => {
      const payload = new Chance(length).bytes(length)
      const [raw, port] = await opened()
      port.send(payload)
      const frames = readClientFrames(raw.allSent)
      assert.equal(frames.length, Math.max(1, Math.ceil(length / MAX_PAYLOAD)))
      for (const frame of frames) {
        assert.equal(frame.opcode, BINARY)
        assert.equal(frame.final, true)
        assert.equal(frame.reserved, 0)
        assert.deepEqual(frame.mask, new Uint8Array(4))
        assert.ok(frame.payload.length <= 131_072)
        const shortest = frame.payload.length < 126 ? 0 : frame.payload.length < 65_536 ? 2 : 8
        assert.equal(frame.extended, shortest)
      }
      assert.deepEqual(join(frames.map((frame) => frame.payload)), payload)
    })
  }

  for (const length of [0, 1, 125]) {
    test(`a pong carries the ${length} bytes of its ping`, () => {
      const payload = new Chance(length).bytes(length)
      const [frame, ...others] = readClientFrames(encodePong(payload))
      assert.deepEqual(others, [])
      assert.equal(frame?.opcode, PONG)
      assert.equal(frame?.final, true)
      assert.deepEqual(frame?.payload, payload)
    })
  }

  test('a ping is empty', () => {
    assert.deepEqual(encodePing(), Uint8Array.of(0x89, 0x80, 0, 0, 0, 0))
  })

  test('a close frame carries its code', () => {
    assert.deepEqual(encodeClose(1000), Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8))
    assert.deepEqual(readClientFrames(encodeClose(4507))[0]?.payload, Uint8Array.of(0x11, 0x9b))
  })
})
