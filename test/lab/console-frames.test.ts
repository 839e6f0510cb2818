/** Frames of the lab's consoles, and what ends a console. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { until } from './clock.ts'
import { ConsoleProbe, maskedFrame, rfbPassword, vncproxy } from './console-probe.ts'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { call, type Session, signIn } from './probe.ts'
import { alpha as alphaWorld, beta as betaWorld } from './worlds.ts'
import { framePayloadLimit, opcodes } from './ws-frames.ts'

/** Longer than the lab needs for anything it does send. */
const silenceMs = 300

const guests = [
  { vmid: 100, name: 'one', running: true },
  { vmid: 101, name: 'two', running: true },
  { vmid: 102, name: 'blind', running: true, vga: 'none' },
  { vmid: 200, name: 'box', type: 'lxc', running: true },
] as const

describe('open consoles', () => {
  let lab: Lab
  let alpha: LabHost
  let beta: LabHost
  let root: Session
  let betaRoot: Session

  before(async () => {
    const at = (node: string) => guests.map((guest) => ({ ...guest, node }))
    lab = await startLab({
      hosts: [alphaWorld({ guests: at('a') }), betaWorld({ guests: at('b') })],
      screens: 'rfb',
    })
    alpha = lab.host('alpha')
    beta = lab.host('beta')
    root = await signIn(alpha, 'root@pam')
    betaRoot = await signIn(beta, 'root@pam')
  })
  after(() => lab.close())

  describe('frames', () => {
    const key = Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x78])
    const violations: [string, Buffer, RegExp][] = [
      ['fragment', maskedFrame(opcodes.binary, key), /fragmented/],
      ['compressed', maskedFrame(0xc0 | opcodes.binary, key), /reserved/],
      ['unmasked', Buffer.concat([Buffer.from([0x82, 8]), key]), /unmasked/],
      ['continuation', maskedFrame(0x80, key), /opcode 0/],
      ['oversized', maskedFrame(0x82, Buffer.alloc(framePayloadLimit + 1)), /131073/],
    ]
    for (const [name, frame, reason] of violations) {
      test(`${name}: the keys are dead, the picture goes on, the connection stays`, async () => {
        const probe = await ConsoleProbe.open(alpha, root, { vmid: 100 })
        assert.equal(await probe.authenticate(rfbPassword(probe.handover)), true)
        await probe.initialize()
        probe.send(Buffer.from([3, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]))
        const before = alpha.guest(100).received().length
        probe.wire.write(frame)
        probe.send(key)
        const state = alpha.consoles.at(-1)
        await until(() => state?.frozen, 'the console to freeze')
        assert.match(state?.frozen ?? '', reason)
        assert.equal((await probe.readFrame()).opcode, opcodes.binary)
        assert.equal(alpha.guest(100).received().length, before)
        assert.equal(state?.open, true)
        probe.wire.close()
      })
    }

    test('a frame of exactly 131072 bytes and an empty one are fine', async () => {
      const blast = alpha.blast(101, { bytes: 0, seed: 1, raw: true })
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 101 })
      probe.send(Buffer.alloc(0))
      probe.send(Buffer.alloc(framePayloadLimit, 1))
      await until(() => blast.received === framePayloadLimit, 'the bytes')
      assert.equal(alpha.consoles.at(-1)?.frozen, undefined)
      probe.wire.close()
      blast.stop()
    })

    test('a ping is answered here and reaches nobody', async () => {
      const blast = alpha.blast(101, { bytes: 0, seed: 1, raw: true })
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 101 })
      probe.send(Buffer.from('hello'), opcodes.ping)
      const frame = await probe.readFrame()
      assert.equal(frame.opcode, opcodes.pong)
      assert.equal(frame.payload.toString(), 'hello')
      assert.equal(blast.received, 0)
      probe.wire.close()
      blast.stop()
    })

    test('a close frame ends TCP at once, without a close frame in return', async () => {
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      await probe.read(12)
      probe.send(Buffer.from([3, 232]), opcodes.close)
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
      assert.equal(probe.wire.buffer.length, 0)
      assert.equal(alpha.consoles.at(-1)?.ended, 'client closed')
    })

    test('bytes in both directions arrive exactly, in frames of 2 KiB to 128 KiB', async () => {
      const bytes = 3_000_000
      const blast = alpha.blast(101, { bytes, seed: 7, chunk: 500_000, end: true })
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 101 })
      await probe.authenticate(rfbPassword(probe.handover))
      await probe.initialize()
      const hash = createHash('sha256').update(await probe.read(bytes))
      assert.equal(hash.digest('hex'), blast.sha256)
      assert.ok(probe.sizes.includes(2048) && probe.sizes.includes(framePayloadLimit))
      assert.ok(Math.max(...probe.sizes) <= framePayloadLimit)
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
      blast.stop()
    })

    test('what a client sends is hashed byte for byte', async () => {
      const blast = alpha.blast(101, { bytes: 0, seed: 1, raw: true })
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 101 })
      const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251))
      for (let at = 0; at < sent.length; at += 777) probe.send(sent.subarray(at, at + 777))
      await until(() => blast.received === sent.length, 'the bytes')
      assert.equal(blast.receivedSha256(), createHash('sha256').update(sent).digest('hex'))
      probe.wire.close()
      blast.stop()
    })
  })

  describe('life of a console', () => {
    test('fifteen minutes without a byte end it; pings do not help', async () => {
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      await probe.read(12)
      alpha.advance(899_000)
      probe.send(Buffer.alloc(0), opcodes.ping)
      await probe.readFrame()
      assert.equal(alpha.consoles.at(-1)?.open, true)
      alpha.advance(2_000)
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
      assert.equal(alpha.consoles.at(-1)?.ended, 'idle')
    })

    test('a stopped guest ends its consoles', async () => {
      const probe = await ConsoleProbe.open(beta, betaRoot, { vmid: 101 })
      await probe.read(12)
      await beta.guest(101).stop()
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
      await beta.guest(101).start()
    })

    test('a crash drops consoles without a word, a migration ends them', async () => {
      const dropped = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      assert.equal(alpha.faults.dropConsoles(100), 1)
      assert.equal(await dropped.wire.wait(() => dropped.wire.ended), true)
      const moved = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      await moved.read(12)
      alpha.guest(100).migrate('c')
      assert.equal(await moved.wire.wait(() => moved.wire.ended), true)
      await assert.rejects(
        ConsoleProbe.open(alpha, root, { vmid: 100, node: 'a' }),
        /does not exist/,
      )
      const found = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      await found.read(12)
      found.wire.close()
      alpha.guest(100).migrate('a')
    })

    test('vncterm ends after half an hour without a key, whatever else passes', async () => {
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 200, type: 'lxc' })
      assert.equal(await probe.authenticate(rfbPassword(probe.handover)), true)
      await probe.initialize()
      const state = alpha.consoles.at(-1)
      const pointer = Buffer.from([5, 0, 0, 1, 0, 1])
      for (let minutes = 0; minutes < 25; minutes += 5) {
        alpha.advance(300_000)
        const seen = state?.bytesToBackend ?? 0
        if (minutes === 15) probe.type(0x61)
        else probe.send(pointer)
        await until(() => (state?.bytesToBackend ?? 0) > seen, 'it to arrive')
      }
      alpha.advance(1_490_000)
      assert.equal(state?.ended, undefined)
      alpha.advance(20_000)
      assert.equal(state?.ended, 'idle')
    })

    test('vncterm keeps its port, and ten seconds longer than its client stays', async () => {
      const target = { vmid: 200, type: 'lxc' } as const
      const probe = await ConsoleProbe.open(alpha, root, target)
      const first = probe.handover.port
      const other = await ConsoleProbe.open(alpha, root, target)
      assert.notEqual(other.handover.port, first)
      probe.wire.close()
      const [left] = alpha.consoles.slice(-2)
      await until(() => left?.ended, 'the client to leave')
      assert.notEqual((await vncproxy(alpha, root, { vmid: 100 })).port, first)
      alpha.advance(10_000)
      assert.equal((await vncproxy(alpha, root, { vmid: 100 })).port, first)
      other.wire.close()
    })

    test('a VM without a display ends it, and its task says so', async () => {
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 102 })
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
      const path = `/nodes/a/tasks/${encodeURIComponent(probe.handover.upid)}/log`
      const { text } = await call(alpha, 'GET', path, { session: root })
      assert.match(text, /VM 102 qmp command 'set_password' failed - Could not set password/)
    })

    test('the first byte may be late', async () => {
      alpha.settings.bannerDelayMs = silenceMs
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      alpha.settings.bannerDelayMs = 0
      const early = await probe.wire.wait(() => probe.wire.buffer.length > 0, silenceMs / 2)
      assert.equal(early, false)
      assert.equal(await probe.authenticate(rfbPassword(probe.handover)), true)
      probe.wire.close()
    })

    test('a stalled console holds everything back and then goes on', async () => {
      const release = alpha.faults.stallConsoles(100)
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      assert.equal(await probe.wire.wait(() => probe.wire.buffer.length > 0, silenceMs), false)
      release()
      assert.equal(await probe.authenticate(rfbPassword(probe.handover)), true)
      probe.wire.close()
    })

    test('an exclusive viewer ends the others', async () => {
      const first = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      await first.authenticate(rfbPassword(first.handover))
      await first.initialize()
      const second = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      await second.authenticate(rfbPassword(second.handover))
      await second.initialize(false)
      assert.equal(await first.wire.wait(() => first.wire.ended), true)
      second.wire.close()
    })

    test('a client that does not read costs the lab a bounded buffer', async () => {
      const blast = alpha.blast(101, { bytes: 200_000_000, seed: 3, raw: true, chunk: 65_536 })
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 101 })
      probe.wire.socket.pause()
      const state = alpha.consoles.at(-1)
      await until(() => (state?.buffered ?? 0) > 64 * 1024 * 1024, 'the buffer to fill')
      assert.ok((state?.buffered ?? 0) < 80 * 1024 * 1024, String(state?.buffered))
      assert.ok(blast.sent < 200_000_000)
      probe.wire.close()
      blast.stop()
    })
  })
})
