import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { join, underSeeds } from '../relay/chance.ts'
import { binaryFrame, readClientFrames } from '../ws/server-frame.ts'
import { FrameWalk, frame, unmask } from './frame-walk.ts'

describe('walking over frames', () => {
  test('finds every byte of payload, masked or not, wherever the stream is cut', () => {
    underSeeds(50, (chance) => {
      const payloads: Uint8Array[] = []
      const frames: Uint8Array[] = []
      for (let at = 0; at < 8; at++) {
        const length = [1, 125, 126, 65_535, 65_536, 70_000][chance.whole(0, 5)] ?? 1
        const payload = new Uint8Array(length).map((_, index) => index + at)
        payloads.push(payload)
        const key = chance.isHeads() ? chance.whole(1, 0xffff_ffff) : 0
        frames.push(chance.isHeads(0.3) ? binaryFrame(payload) : frame(payload, key))
      }
      const found: Uint8Array[] = []
      const walk = new FrameWalk((piece, key, phase) => {
        const copy = Buffer.from(piece)
        unmask(copy, key, phase)
        found.push(copy)
      })
      for (const piece of chance.cut(join(frames), 40_000)) walk.feed(Buffer.from(piece))
      assert.deepEqual(join(found), join(payloads))
      assert.equal(walk.closing, null)
    })
  })

  test('keeps what a close frame says, and passes over a ping', () => {
    const found: number[] = []
    const walk = new FrameWalk((piece) => found.push(piece.length))
    walk.feed(Buffer.from([0x89, 2, 1, 2, 0x82, 1, 7, 0x88, 4, 0x11, 0x94, 0x68, 0x69]))
    assert.deepEqual(found, [1])
    assert.equal(walk.closing?.readUInt16BE(0), 4500)
    assert.equal(walk.closing?.toString('latin1', 2), 'hi')
  })

  test('makes frames that an independent reader reads', () => {
    for (const length of [0, 125, 126, 65_535, 65_536]) {
      const payload = new Uint8Array(length).fill(3)
      const [read, ...others] = readClientFrames(frame(payload, 0x1234_5678))
      assert.deepEqual(others, [])
      assert.deepEqual(Uint8Array.from(read?.payload ?? []), payload)
    }
  })
})
