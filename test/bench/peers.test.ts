/** The parts of a measurement, put together once: what is measured is what was asked for. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { cpuSeconds, residentBytes } from './cost.ts'
import { type Ground, prepareGround } from './ground.ts'
import { BUN_RELAY, NO_RELAY, ours, type Peer } from './peers.ts'

const MIB = 1024 * 1024
const BINARY = join(import.meta.dirname, '../../dist/pve-console')

for (const [name, start] of [
  ['no relay', NO_RELAY],
  ['a plain relay', BUN_RELAY],
  ['our server', ours(BINARY)],
] as const) {
  for (const tls of [false, true]) {
    describe(`a measurement of ${name}, ${tls ? 'browser TLS' : 'plain'}`, () => {
      let ground: Ground
      let peer: Peer

      before(async () => {
        ground = await prepareGround({ guests: 3 })
        peer = await start(ground, tls)
      })
      after(async () => {
        await peer?.stop()
        await ground?.close()
      })

      it('carries exactly what was asked for, both ways', async () => {
        const browser = await peer.open()
        const begin = browser.received
        assert.ok((await browser.down(1000, MIB)) > 0)
        // Whole frames: the last one is filled.
        assert.equal(browser.received - begin, Math.ceil(MIB / 1000) * 1000)
        assert.ok((await browser.up(1000, MIB)) > 0)
        browser.order({ do: 'echo', frame: 300, frames: 2 })
        const before = browser.received
        assert.equal((await browser.roundTrips(20, 600)).length, 20)
        assert.equal(browser.received - before, 20 * 600)
        browser.close()
      })

      it('knows what the process in between costs', () => {
        if (peer.pid === null) return
        assert.ok(residentBytes(peer.pid) > MIB)
        assert.ok(cpuSeconds(peer.pid) > 0)
      })
    })
  }
}
