/** Real virtual machines behind the lab's consoles. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { pause, until } from './clock.ts'
import { ConsoleProbe, type Handover, rfbPassword } from './console-probe.ts'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { call, type Session, signIn } from './probe.ts'
import { hasQemu } from './qemu.ts'
import { alpha as alphaWorld, beta as betaWorld } from './worlds.ts'

/** A machine boots in about a second here; slower ones get time. */
const bootMs = 20_000
/** Between two tries of a key that a booting machine may not see. */
const patienceMs = 100
const timeout = 30_000
/** Longer than a port needs for anything it does answer. */
const silenceMs = 300
/** Update requests for the first row of an 80 x 25 text screen (720 pixels wide, rows of 16). */
const firstRow = { width: 720, height: 16 }

const missing = !hasQemu()
if (missing) {
  if (process.env.PVE_CONSOLE_NO_SKIP === '1') throw new Error('QEMU is not installed')
  console.warn('SKIPPED: QEMU is not installed, real guests are not tested')
}

describe('real guests', { skip: missing }, () => {
  let lab: Lab
  let alpha: LabHost
  let beta: LabHost
  const sessions = new Map<LabHost, Session>()

  before(async () => {
    lab = await startLab({
      hosts: [
        alphaWorld({
          guests: [
            { vmid: 100, name: 'first', node: 'a', running: true, serial0: true },
            { vmid: 101, name: 'blind', node: 'a', running: true, vga: 'none' },
          ],
        }),
        betaWorld({ guests: [{ vmid: 100, name: 'second', node: 'b', running: true }] }),
      ],
    })
    alpha = lab.host('alpha')
    beta = lab.host('beta')
    for (const host of lab.hosts) sessions.set(host, await signIn(host, 'root@pam'))
  })
  after(() => lab.close())

  function session(host: LabHost): Session {
    const found = sessions.get(host)
    if (!found) throw new Error(`not signed in to ${host.key}`)
    return found
  }

  /** An authenticated console that shares the screen. */
  async function open(host: LabHost): Promise<ConsoleProbe> {
    const probe = await ConsoleProbe.open(host, session(host), { vmid: 100 })
    assert.equal(await probe.authenticate(rfbPassword(probe.handover)), true)
    const { name } = await probe.initialize()
    assert.equal(name, `QEMU (${host.guest(100).name})`)
    return probe
  }

  /** Types until the guest has read it: keys before the end of its boot are lost. */
  async function typeUntilRead(host: LabHost, probe: ConsoleProbe, text: string): Promise<void> {
    const before = host.guest(100).received().length
    const deadline = Date.now() + bootMs
    while (host.guest(100).received().length === before) {
      assert.ok(Date.now() < deadline, 'the guest does not boot')
      probe.type(0x78)
      await pause(patienceMs)
    }
    for (const character of text) probe.type(character.charCodeAt(0))
    await until(() => host.guest(100).receivedText().endsWith(text), `the guest to read ${text}`)
  }

  test('both generations: the password opens the screen and keys reach that guest only', {
    timeout,
  }, async () => {
    const one = await open(alpha)
    const other = await open(beta)
    await typeUntilRead(alpha, one, 'Alpha 1')
    await typeUntilRead(beta, other, 'Beta 2')
    assert.ok(!alpha.guest(100).receivedText().includes('Beta'))
    assert.ok(!beta.guest(100).receivedText().includes('Alpha'))
    one.wire.close()
    other.wire.close()
  })

  test('the guest reads scan codes: Enter, Backspace and an arrow', { timeout }, async () => {
    const probe = await open(alpha)
    await typeUntilRead(alpha, probe, 'abc')
    const before = alpha.guest(100).received().length
    for (const keysym of [0xff0d, 0xff08, 0xff52]) probe.type(keysym)
    await until(() => alpha.guest(100).received().length === before + 3, 'three keys')
    assert.deepEqual(alpha.guest(100).received().slice(before), [
      { scancode: 0x1c, ascii: 13 },
      { scancode: 0x0e, ascii: 8 },
      { scancode: 0x48, ascii: 0xe0 },
    ])
    probe.wire.close()
  })

  test('the two guests show different names in the first row, and their counters run', {
    timeout,
  }, async () => {
    const rows = []
    for (const host of [alpha, beta]) {
      const probe = await open(host)
      await typeUntilRead(host, probe, 'y')
      const first = await readRow(probe)
      rows.push(fingerprint(first))
      await untilChanged(probe, first)
      probe.wire.close()
    }
    assert.notEqual(rows[0], rows[1])
  })

  /** The pixels of the first row, in the server's 32-bit format. */
  async function readRow(probe: ConsoleProbe): Promise<Buffer> {
    const request = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    request.writeUInt16BE(firstRow.width, 6)
    request.writeUInt16BE(firstRow.height, 8)
    probe.send(request)
    const row = Buffer.alloc(firstRow.width * firstRow.height * 4)
    const rectangles = (await probe.read(4)).readUInt16BE(2)
    for (let i = 0; i < rectangles; i += 1) {
      const head = await probe.read(12)
      const [x, y, width, height] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at))
      assert.equal(head.readInt32BE(8), 0, 'raw')
      const size = (width ?? 0) * 4
      for (let line = 0; line < (height ?? 0); line += 1) {
        const pixels = await probe.read(size)
        pixels.copy(row, (((y ?? 0) + line) * firstRow.width + (x ?? 0)) * 4)
      }
    }
    return row
  }

  /** A hash of the left half of the row, where the name stands. */
  function fingerprint(row: Buffer): string {
    const hash = createHash('sha256')
    for (let line = 0; line < firstRow.height; line += 1) {
      const start = line * firstRow.width * 4
      hash.update(row.subarray(start, start + firstRow.width * 2))
    }
    return hash.digest('hex')
  }

  async function untilChanged(probe: ConsoleProbe, first: Buffer): Promise<void> {
    const deadline = Date.now() + bootMs
    while ((await readRow(probe)).equals(first)) {
      assert.ok(Date.now() < deadline, 'the counter stands still')
    }
  }

  test('the serial port is the machine’s own: it echoes, and says its name after Enter', {
    timeout,
  }, async () => {
    const screen = await open(alpha)
    await typeUntilRead(alpha, screen, 'k')
    screen.wire.close()
    const [first, second] = [await openSerial(), await openSerial()]
    type(first, 'hello\r')
    await readUntil(first, /hello\r\nlab guest 100 first - [^\r]*\r\n/)
    type(second, 'me too\r')
    await pause(silenceMs)
    assert.equal(second.available + second.wire.buffer.length, 0)
    first.wire.close()
    await readUntil(second, /me too\r\nlab guest 100 first/)
    second.wire.close()
  })

  test('a machine without a display refuses the password in QEMU’s words', {
    timeout,
  }, async () => {
    const probe = await ConsoleProbe.open(alpha, session(alpha), { vmid: 101 })
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    assert.equal(await exitStatus(alpha, probe.handover.upid), 'Failed to run vncproxy.')
    const path = `/nodes/a/tasks/${encodeURIComponent(probe.handover.upid)}/log`
    const { text } = await call(alpha, 'GET', path, { session: session(alpha) })
    assert.match(text, /VM 101 qmp command 'set_password' failed - Could not set password/)
  })

  /** The serial console of alpha's guest, behind the words that it begins with. */
  async function openSerial(): Promise<ConsoleProbe> {
    const guest = '/nodes/a/qemu/100'
    const answer = await call(alpha, 'POST', `${guest}/termproxy`, { session: session(alpha) })
    const { data } = answer.json as { data: Handover }
    const probe = await ConsoleProbe.connect(alpha, session(alpha), guest, data)
    probe.send(Buffer.from(`${data.user}:${data.ticket}\n`))
    await readUntil(probe, /^OKstarting serial terminal on interface serial0\r\n/)
    return probe
  }

  function type(probe: ConsoleProbe, text: string): void {
    probe.send(Buffer.from(`0:${Buffer.byteLength(text)}:${text}`))
  }

  async function readUntil(probe: ConsoleProbe, end: RegExp): Promise<void> {
    let text = ''
    while (!end.test(text)) text += (await probe.read(1)).toString('latin1')
  }

  test('stop ends the process and the console, start brings another one', { timeout }, async () => {
    const probe = await open(alpha)
    const { pid } = alpha.guest(100)
    assert.ok(pid !== undefined)
    await power(alpha, 'stop')
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    await until(() => alpha.guest(100).status === 'stopped', 'the stop')
    assert.throws(() => process.kill(pid, 0))
    await power(alpha, 'start')
    await until(() => alpha.guest(100).status === 'running', 'the start')
    assert.notEqual(alpha.guest(100).pid, pid)
    ;(await open(alpha)).wire.close()
  })

  test('shutdown presses the power button and the guest powers itself off', {
    timeout,
  }, async () => {
    const probe = await open(beta)
    await typeUntilRead(beta, probe, 'z')
    const upid = await power(beta, 'shutdown')
    await until(() => beta.guest(100).status === 'stopped', 'the shutdown')
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    assert.equal(await exitStatus(beta, upid), 'OK')
    await beta.guest(100).start()
  })

  test('reset and suspend keep the console', { timeout }, async () => {
    const probe = await open(alpha)
    await power(alpha, 'suspend')
    await until(() => alpha.guest(100).qmpstatus === 'paused', 'the pause')
    await power(alpha, 'resume')
    await until(() => alpha.guest(100).qmpstatus === 'running', 'the resume')
    assert.equal(await exitStatus(alpha, await power(alpha, 'reset')), 'OK')
    await typeUntilRead(alpha, probe, 'still here')
    assert.equal(probe.wire.ended, false)
    probe.wire.close()
  })

  test('a second hand-over changes the one password that the machine has', {
    timeout,
  }, async () => {
    const first = await ConsoleProbe.open(beta, session(beta), { vmid: 100 })
    await first.read(12)
    const second = await ConsoleProbe.open(beta, session(beta), { vmid: 100 })
    await second.read(12)
    assert.notEqual(first.handover.password, second.handover.password)
    first.wire.close()
    second.wire.close()
  })

  /** What the task ends with. */
  async function exitStatus(host: LabHost, upid: string): Promise<string> {
    const path = `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}/status`
    for (;;) {
      const { json } = await call(host, 'GET', path, { session: session(host) })
      const { exitstatus } = (json as { data: { exitstatus?: string } }).data
      if (exitstatus !== undefined) return exitstatus
    }
  }

  async function power(host: LabHost, action: string): Promise<string> {
    const { node } = host.guest(100)
    const path = `/nodes/${node}/qemu/100/status/${action}`
    const answer = await call(host, 'POST', path, { session: session(host) })
    assert.equal(answer.status, 200, answer.reason)
    return (answer.json as { data: string }).data
  }
})

test('nothing of a closed lab is left', { skip: missing }, async () => {
  const lab = await startLab()
  const pids = lab.hosts.flatMap((host) => host.guests.flatMap(({ pid }) => pid ?? []))
  assert.ok(pids.length >= 3)
  const { directory } = lab
  await lab.close()
  for (const pid of pids) assert.throws(() => process.kill(pid, 0))
  assert.equal(existsSync(directory), false)
})
