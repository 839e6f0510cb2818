/** Terminals of guests and nodes through the real server: real shells behind PVE's terminal proxy. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { alpha, beta } from '../lab/worlds.ts'
import { Chance, join } from '../relay/chance.ts'
import type { RuntimeName } from '../start-server.ts'
import { type Stage, setStage } from './stage.ts'
import { TerminalVisitor } from './terminal-visitor.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const MIB = 1024 * 1024
const CONTAINER = 'alpha/guests/200/console?kind=terminal'

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`a terminal through the server (${runtime})`, () => {
    let stage: Stage
    let visitor: Visitor

    before(async () => {
      stage = await setStage(runtime, {
        lab: { hosts: [alpha(), beta()], authFailureDelayMs: 0, screens: 'rfb' },
      })
      visitor = new Visitor(stage.url, { record: false })
      for (const key of ['alpha', 'beta']) {
        await visitor.signIn(key, stage.lab.host(key).account('root@pam'))
      }
    })
    after(() => stage.close())

    const places: [what: string, path: string][] = [
      ['a container', CONTAINER],
      ['a container on another node', 'alpha/guests/210/console?kind=terminal'],
      ['a container since April 2026', 'beta/guests/220/console?kind=terminal'],
      ['a node', 'alpha/nodes/a/console'],
      ['another node', 'alpha/nodes/c/console?kind=terminal'],
    ]
    for (const [what, path] of places) {
      it(`is the shell of ${what}, of the size that was asked for`, async () => {
        const terminal = await TerminalVisitor.live(visitor, path)
        terminal.control({ type: 'resize', cols: 101, rows: 33 })
        terminal.type('stty size; echo $((6*7))-한글\r')
        await terminal.says(/33 101\r\n/)
        await terminal.says(Buffer.from('42-한글').toString('latin1'))
        terminal.type('exit\r')
        await until('its end', () => terminal.closed !== null)
        assert.deepEqual(terminal.closed, { code: 1000, reason: 'ended' })
      })
    }

    it('brings every byte, in both directions', async () => {
      const host = stage.lab.host('alpha')
      // No more than a browser may lag behind: a terminal never makes PVE wait.
      const bytes = 400 * 1024
      const blast = host.blast(200, { bytes, seed: 11, chunk: 4096, waitForClient: true })
      const terminal = await TerminalVisitor.live(visitor, CONTAINER)
      const hash = createHash('sha256')
      terminal.onData = (bytes) => void hash.update(bytes)
      const chance = new Chance(12)
      const typed: Uint8Array[] = []
      for (let left = MIB; left > 0; ) {
        const piece = chance.bytes(chance.isHeads(0.9) ? chance.whole(1, 2000) : 100_000)
        typed.push(piece)
        terminal.type(piece)
        left -= piece.length
        // Faster, and the server would take it for a flood.
        if (typed.length % 400 === 0)
          await until('them to go', () => terminal.socket.bufferedAmount === 0)
      }
      const all = join(typed)
      await until('all that was typed', () => blast.received === all.length, 30_000)
      assert.equal(blast.receivedSha256(), createHash('sha256').update(all).digest('hex'))
      await until('all that was printed', () => terminal.bytes === blast.bytes, 30_000)
      assert.equal(terminal.skipped, 0)
      assert.equal(hash.digest('hex'), blast.sha256)
      blast.stop()
      terminal.socket.close()
    })

    it('goes on at the byte it had, after a cut, with what was printed meanwhile', async () => {
      const terminal = await TerminalVisitor.live(visitor, CONTAINER)
      const ready = await terminal.ready()
      terminal.type('echo one-$((1+1))\r')
      await terminal.says('one-2')
      const { bytes } = terminal
      terminal.type('sleep 1; echo two-$((1+1))\r')
      terminal.socket.terminate()
      const again = await TerminalVisitor.resume(visitor, CONTAINER, ready, bytes)
      assert.equal((await again.ready()).resumed, true)
      await again.says('two-2')
      assert.doesNotMatch(again.output, /one-2/)
      again.socket.close()
    })

    it('that nobody reads costs neither PVE nor us memory, and answers Ctrl-C at once', async () => {
      const host = stage.lab.host('alpha')
      const terminal = await TerminalVisitor.live(visitor, CONTAINER)
      terminal.acknowledge()
      terminal.type('head -c 300M /dev/zero | tr "\\0" x; sleep 100\r')
      const ours = host.consoles.find((each) => each.open && each.vmid === 200)
      assert.ok(ours)
      const before = stage.memory()
      // What it has got is not said, so nearly nothing is sent; PVE's side is read all the same.
      await until('100 MB to be printed', () => ours.bytesFromBackend > 100e6, 60_000)
      assert.ok(terminal.bytes <= 300 * 1024, `${terminal.bytes} bytes under way`)
      assert.ok(ours.buffered < 8 * MIB, `${ours.buffered} bytes that PVE keeps`)
      const grown = stage.memory() - before
      // Deno's collector is lazy.
      assert.ok(grown < (runtime === 'deno' ? 128 : 64), `${grown} MiB more`)
      terminal.acknowledges = true
      terminal.acknowledge()
      terminal.type('\x03')
      await terminal.says('^C')
      assert.ok(terminal.skipped > 50e6, `${terminal.skipped} bytes skipped`)
      assert.equal(terminal.bytes + terminal.skipped, terminal.position)
      terminal.type('exit\r')
      await until('its end', () => terminal.closed !== null)
    })

    it('is private to its session, and gone with it', async () => {
      const host = stage.lab.host('alpha')
      const own = new Visitor(stage.url, { record: false })
      await own.signIn('alpha', host.account('root@pam'))
      const terminal = await TerminalVisitor.live(own, CONTAINER)
      const ready = await terminal.ready()
      const foreign = await TerminalVisitor.resume(visitor, CONTAINER, ready, 0)
      assert.equal((await foreign.ready()).resumed, false)
      foreign.socket.close()
      terminal.socket.terminate()
      const mine = () => host.consoles.filter((each) => each.open && each.vmid === 200).length
      await until('one that is kept', () => mine() === 1)
      await own.request('DELETE', '/api/session')
      await until('none that is kept', () => mine() === 0)
    })
  })
}
