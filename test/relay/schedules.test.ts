/** The relay under chance: ports that take and refuse as they like, and not one byte may be lost. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Relay, type RelayEnd } from '../../src/relay/relay.ts'
import { FakeClock } from '../session/fake-clock.ts'
import { type Chance, join, underSeeds } from './chance.ts'
import { MemoryPort } from './memory-port.ts'

const LARGEST = 40
const HIGH_WATER = 64
const STALL = 30_000

interface Side {
  readonly port: MemoryPort
  /** What its other end has sent. */
  readonly said: Uint8Array[]
}

interface Run {
  readonly browser: Side
  readonly pve: Side
  readonly clock: FakeClock
  readonly ends: RelayEnd[]
}

function makeSide(chance: Chance): Side {
  const port = new MemoryPort({ highWater: HIGH_WATER, lowWater: chance.whole(0, HIGH_WATER - 1) })
  return { port, said: [] }
}

/** One step of one side: its peer sends something, or takes something of what waits for it. */
function step(side: Side, chance: Chance, honoursPause: boolean): void {
  if (chance.isHeads()) {
    side.port.take(chance.whole(0, 2 * LARGEST))
  } else if (!honoursPause || !side.port.isPaused) {
    const bytes = chance.bytes(chance.whole(0, LARGEST))
    side.said.push(bytes)
    side.port.arrive(bytes)
  }
}

/** A relay after so many random steps; `honoursPause`: what is paused gets nothing, as a real socket. */
function run(chance: Chance, honoursPause: boolean): Run {
  const clock = new FakeClock()
  const ends: RelayEnd[] = []
  const browser = makeSide(chance)
  const pve = makeSide(chance)
  const relay = new Relay(browser.port, pve.port, {
    stallMs: STALL,
    maxMessages: 1e9,
    schedule: (act, ms) => clock.schedule(act, ms),
    now: () => clock.monotonic(),
    onEnd: (end) => ends.push(end),
  })
  for (let n = chance.whole(0, 5); n > 0; n--) {
    if (!honoursPause) step(chance.isHeads() ? browser : pve, chance, false)
  }
  const early = [chance.bytes(chance.whole(0, 100)), chance.bytes(chance.whole(0, 100))] as const
  browser.said.unshift(early[0])
  pve.said.unshift(early[1])
  relay.start(...early)
  for (let n = chance.whole(0, 60); n > 0; n--) {
    step(chance.isHeads() ? browser : pve, chance, honoursPause)
  }
  return { browser, pve, clock, ends }
}

/** Lets both sides take all that is left, a little at a time. */
function drain({ browser, pve, clock }: Run, chance: Chance): void {
  for (let n = 0; n < 10_000; n++) {
    if (browser.port.buffered + pve.port.buffered + browser.port.held + pve.port.held === 0) break
    browser.port.take(chance.whole(0, LARGEST))
    pve.port.take(chance.whole(0, LARGEST))
    clock.advance(1)
  }
  clock.advance(1000)
}

function sameBytes(got: Uint8Array, wanted: Uint8Array, title: string): void {
  assert.equal(got.toHex(), wanted.toHex(), title)
}

for (const honoursPause of [true, false]) {
  const kind = honoursPause ? 'sockets that stop' : 'sockets that cannot be stopped'

  describe(`random schedules over ${kind}`, () => {
    test('every byte arrives, in order, in both directions, and the queues stay bounded', () => {
      underSeeds(2000, (chance) => {
        const it = run(chance, honoursPause)
        drain(it, chance)
        assert.deepEqual(it.ends, [])
        sameBytes(it.pve.port.allSent, join(it.browser.said), 'toward PVE')
        sameBytes(it.browser.port.allSent, join(it.pve.said), 'toward the browser')
        // One piece may come on top of a full queue, and the early bytes on top of nothing.
        const bound = Math.max(HIGH_WATER + 100, HIGH_WATER + LARGEST) + LARGEST
        for (const { port } of [it.browser, it.pve]) assert.ok(port.peak <= bound, `${port.peak}`)
        assert.equal(it.clock.waiting, 0)
      })
    })

    test('when PVE ends, the browser gets all of it before it is told', () => {
      underSeeds(1000, (chance) => {
        const it = run(chance, honoursPause)
        it.pve.port.end()
        const wanted = join(it.pve.said)
        if (it.browser.port.buffered > 0 || it.pve.port.held > 0) assert.deepEqual(it.ends, [])
        drain(it, chance)
        assert.deepEqual(
          it.ends.map(({ by }) => by),
          ['pve'],
        )
        sameBytes(it.browser.port.allSent, wanted, 'toward the browser')
      })
    })

    test('a side that stops taking is found, and it is the right one', () => {
      underSeeds(1000, (chance) => {
        const it = run(chance, honoursPause)
        const [idle, busy] = chance.isHeads() ? [it.browser, it.pve] : [it.pve, it.browser]
        drain(it, chance)
        const side = idle === it.browser ? 'browser' : 'pve'
        busy.port.arrive(chance.bytes(HIGH_WATER))
        for (let n = 0; n < 10 && it.ends.length === 0; n++) {
          busy.port.take()
          it.clock.advance(STALL / 2)
        }
        assert.deepEqual(it.ends, [{ by: 'stall', side }])
      })
    })
  })
}
