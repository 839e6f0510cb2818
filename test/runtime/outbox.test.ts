import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Outbox, TurnEnd } from '../../src/runtime/outbox.ts'
import { join, underSeeds } from '../relay/chance.ts'

const CHUNK = 128 * 1024
const NOTHING = new Uint8Array()

/** A socket with as much room as the test gives it, and turns that end when the test says so. */
class Rig {
  readonly #ends: (() => void)[] = []
  /** Each write that took something, as a copy. */
  readonly writes: Uint8Array[] = []
  room = Number.POSITIVE_INFINITY
  readonly turn = new TurnEnd((run) => this.#ends.push(run))
  readonly outbox = new Outbox((bytes, from, length) => {
    const taken = Math.min(this.room, length)
    this.room -= taken
    if (taken > 0) this.writes.push(bytes.slice(from, from + taken))
    return taken
  }, this.turn)

  endTurn(): void {
    for (const run of this.#ends.splice(0)) run()
  }

  sizes(): number[] {
    return this.writes.map((bytes) => bytes.length)
  }
}

describe('an outbox', () => {
  test('writes the first piece of a turn at once, and what follows it together at the end', () => {
    const rig = new Rig()
    for (let at = 0; at < 5; at++) rig.outbox.add(Uint8Array.of(at), new Uint8Array(9))
    assert.deepEqual(rig.sizes(), [10])
    assert.equal(rig.outbox.buffered, 40)
    rig.endTurn()
    assert.deepEqual(rig.sizes(), [10, 40])
    assert.equal(rig.outbox.buffered, 0)
    // Nothing waits any more, and the next turn begins like the first.
    rig.endTurn()
    rig.outbox.add(NOTHING, new Uint8Array(7))
    assert.deepEqual(rig.sizes(), [10, 40, 7])
  })

  test('fills what it writes to the brim', () => {
    const rig = new Rig()
    rig.outbox.add(NOTHING, new Uint8Array(10))
    rig.outbox.add(Uint8Array.of(1), new Uint8Array(2 * CHUNK))
    rig.endTurn()
    assert.deepEqual(rig.sizes(), [10, CHUNK, CHUNK, 1])
  })

  test('takes a copy: neither head nor body is looked at again', () => {
    const rig = new Rig()
    const [head, body] = [Uint8Array.of(1), Uint8Array.of(2, 3)]
    rig.room = 0
    rig.outbox.add(head, body)
    head.fill(9)
    body.fill(9)
    rig.outbox.add(head, body)
    rig.endTurn()
    rig.room = 6
    assert.equal(rig.outbox.drain(), true)
    assert.deepEqual(join(rig.writes), Uint8Array.of(1, 2, 3, 9, 9, 9))
  })

  test('keeps what there was no room for, and says when all of it has gone', () => {
    const rig = new Rig()
    rig.room = 4
    rig.outbox.add(NOTHING, new Uint8Array(10))
    assert.equal(rig.outbox.buffered, 6)
    rig.room = 5
    assert.equal(rig.outbox.drain(), false)
    assert.equal(rig.outbox.buffered, 1)
    rig.room = 5
    assert.equal(rig.outbox.drain(), true)
    assert.equal(rig.outbox.buffered, 0)
  })

  test('that finds no room goes on collecting, and does not keep a chunk for each turn', () => {
    const chunks = new Set<Uint8Array>()
    let ends: (() => void)[] = []
    const turn = new TurnEnd((run) => ends.push(run))
    const take = turn.takeChunk.bind(turn)
    turn.takeChunk = () => {
      const chunk = take()
      chunks.add(chunk)
      return chunk
    }
    const outbox = new Outbox(() => 0, turn)
    for (let at = 0; at < 1000; at++) {
      outbox.add(NOTHING, new Uint8Array(8))
      for (const run of ends) run()
      ends = []
    }
    assert.equal(outbox.buffered, 8000)
    assert.equal(chunks.size, 2)
  })

  test('that is cleared has nothing more to write', () => {
    const rig = new Rig()
    rig.room = 4
    rig.outbox.add(NOTHING, new Uint8Array(10))
    rig.outbox.add(NOTHING, new Uint8Array(10))
    rig.outbox.clear()
    assert.equal(rig.outbox.buffered, 0)
    rig.room = 100
    rig.endTurn()
    assert.equal(rig.outbox.drain(), true)
    assert.deepEqual(rig.sizes(), [4])
  })

  test('shares its memory only once the socket has taken what was in it', () => {
    const turn = new TurnEnd(() => {})
    let stuck: Uint8Array | null = null
    const blocked = new Outbox((bytes) => {
      stuck = bytes
      return 0
    }, turn)
    blocked.add(NOTHING, Uint8Array.of(1))
    const written: Uint8Array[] = []
    const free = new Outbox((bytes, _, length) => {
      written.push(bytes)
      return length
    }, turn)
    free.add(NOTHING, Uint8Array.of(2))
    assert.notEqual(written[0], stuck)
    new Outbox((bytes, _, length) => {
      written.push(bytes)
      return length
    }, turn).add(NOTHING, Uint8Array.of(3))
    assert.equal(written[1], written[0])
  })

  test('writes every byte once and in order, whatever room there is', () => {
    underSeeds(50, (chance) => {
      const rig = new Rig()
      const added: Uint8Array[] = []
      let size = 0
      for (let step = 0; step < 40; step++) {
        rig.room = chance.isHeads(0.3) ? 0 : chance.whole(0, 100_000)
        if (chance.isHeads(0.3)) rig.outbox.drain()
        if (chance.isHeads(0.3)) rig.endTurn()
        const head = chance.bytes(chance.whole(0, 14))
        const body = new Uint8Array(chance.whole(0, chance.isHeads(0.2) ? 300_000 : 3000)).fill(
          step,
        )
        rig.outbox.add(head, body)
        added.push(head, body)
        size += head.length + body.length
        const written = rig.writes.reduce((sum, bytes) => sum + bytes.length, 0)
        assert.equal(rig.outbox.buffered, size - written)
      }
      rig.room = Number.POSITIVE_INFINITY
      rig.endTurn()
      assert.equal(rig.outbox.drain(), true)
      assert.deepEqual(join(rig.writes), join(added))
    })
  })
})
