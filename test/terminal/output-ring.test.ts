import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OutputRing } from '../../src/terminal/output-ring.ts'
import { join, underSeeds } from '../relay/chance.ts'

describe('a ring of output', () => {
  test('gives back its newest bytes by their position, whatever came before', () => {
    underSeeds(100, (chance) => {
      const capacity = chance.whole(1, 40_000)
      const ring = new OutputRing(capacity)
      const pieces: Uint8Array[] = []
      for (let n = chance.whole(0, 30); n > 0; n--) {
        const piece = chance.bytes(chance.whole(0, chance.isHeads(0.1) ? 60_000 : 3000))
        pieces.push(piece)
        ring.push(piece)
        const all = join(pieces)
        assert.equal(ring.end, all.length)
        assert.equal(ring.start, Math.max(0, all.length - capacity))
        const position = chance.whole(ring.start, ring.end)
        const most = chance.whole(0, capacity)
        assert.deepEqual(ring.read(position, most), all.slice(position, position + most))
      }
    })
  })

  test('keeps what it gave when more comes', () => {
    const ring = new OutputRing(4)
    ring.push(Uint8Array.of(1, 2, 3, 4))
    const before = ring.read(0, 4)
    ring.push(Uint8Array.of(5, 6))
    assert.deepEqual(before, Uint8Array.of(1, 2, 3, 4))
    assert.deepEqual(ring.read(2, 9), Uint8Array.of(3, 4, 5, 6))
  })
})
