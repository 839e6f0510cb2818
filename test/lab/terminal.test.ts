/** Text consoles of the lab: PVE's terminal proxy on a container, a serial port and a node. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ConsoleProbe, type Handover, rfbPassword, upgradeHeaders } from './console-probe.ts'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { call, requestText, type Session, signIn, Wire } from './probe.ts'
import { alpha as alphaWorld, beta as betaWorld } from './worlds.ts'

const silenceMs = 200

describe('terminals', () => {
  let lab: Lab
  let alpha: LabHost
  let beta: LabHost
  const sessions = new Map<string, Session>()

  before(async () => {
    const hosts = [alphaWorld(), betaWorld()]
    lab = await startLab({ hosts, screens: 'rfb', authFailureDelayMs: 0 })
    alpha = lab.host('alpha')
    beta = lab.host('beta')
    for (const host of lab.hosts) sessions.set(host.key, await signIn(host, 'root@pam'))
  })
  after(() => lab.close())

  function session(host: LabHost): Session {
    const found = sessions.get(host.key)
    if (!found) throw new Error(`not signed in to ${host.key}`)
    return found
  }

  async function handOver(
    host: LabHost,
    path: string,
    params: Record<string, string> = {},
  ): Promise<Handover> {
    const answer = await call(host, 'POST', path, { session: session(host), params })
    assert.equal(answer.status, 200, answer.reason)
    return (answer.json as { data: Handover }).data
  }

  /** Opens the WebSocket that belongs to a call of `parent`/termproxy or vncshell. */
  async function connect(host: LabHost, parent: string, handover: Handover): Promise<ConsoleProbe> {
    const wire = await Wire.open(host)
    const query = `port=${handover.port}&vncticket=${encodeURIComponent(handover.ticket)}`
    const target = `/api2/json${parent}/vncwebsocket?${query}`
    wire.write(requestText('GET', target, { session: session(host), headers: upgradeHeaders }))
    assert.equal((await wire.answer())?.status, 101)
    return new ConsoleProbe(wire, handover)
  }

  /** A terminal after its `OK`. */
  async function open(host: LabHost, parent: string): Promise<ConsoleProbe> {
    const handover = await handOver(host, `${parent}/termproxy`)
    const probe = await connect(host, parent, handover)
    probe.send(Buffer.from(`${handover.user}:${handover.ticket}\n`))
    assert.equal((await probe.read(2)).toString(), 'OK')
    return probe
  }

  async function readUntil(probe: ConsoleProbe, end: string): Promise<string> {
    let text = ''
    while (!text.endsWith(end)) text += (await probe.read(1)).toString('latin1')
    return Buffer.from(text, 'latin1').toString()
  }

  function type(probe: ConsoleProbe, text: string): void {
    probe.send(Buffer.from(`0:${Buffer.byteLength(text)}:${text}`))
  }

  const container = '/nodes/a/lxc/200'

  test('a container: banner, input in bytes, size', async () => {
    const probe = await open(alpha, container)
    assert.match(await readUntil(probe, '# '), /lab container 200 ct200/)
    probe.send(Buffer.from('1:132:43:'))
    type(probe, 'size\r')
    assert.equal(await readUntil(probe, '# '), 'size\r\n132 x 43\r\nroot@ct200:~# ')
    assert.deepEqual(alpha.guest(200).terminalSize(), { columns: 132, rows: 43 })
    type(probe, 'echo Grüße\r')
    assert.equal(await readUntil(probe, '# '), 'echo Grüße\r\nGrüße\r\nroot@ct200:~# ')
    assert.match(alpha.guest(200).terminalInput(), /echo Grüße\r/)
    probe.send(Buffer.from('2'))
    type(probe, 'exit\r')
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
  })

  test('two viewers of a container share one session', async () => {
    const one = await open(alpha, container)
    await readUntil(one, '# ')
    const other = await open(alpha, container)
    await readUntil(other, '# ')
    type(one, 'q')
    assert.equal((await other.read(1)).toString(), 'q')
    type(one, '\x7f')
    one.wire.close()
    other.wire.close()
  })

  test('a header without its last colon is lost with the rest of that read', async () => {
    const probe = await open(alpha, container)
    await readUntil(probe, '# ')
    probe.send(Buffer.from('1:99:99'))
    probe.send(Buffer.from(':'))
    type(probe, 'size\r')
    assert.doesNotMatch(await readUntil(probe, '# '), /99 x 99/)
    probe.wire.close()
  })

  test('input may be longer than one read', async () => {
    const probe = await open(alpha, container)
    await readUntil(probe, '# ')
    const long = 'x'.repeat(10_000)
    type(probe, `echo ${long}\r`)
    assert.ok((await readUntil(probe, '# ')).includes(`\r\n${long}\r\n`))
    probe.wire.close()
  })

  test('a wrong ticket ends it without a word', async () => {
    const handover = await handOver(alpha, `${container}/termproxy`)
    const probe = await connect(alpha, container, handover)
    probe.send(Buffer.from(`root@pam:${handover.ticket}x\n`))
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    assert.equal(probe.wire.buffer.length, 0)
  })

  test('the login ticket identifies before April 2026, and not since', async () => {
    const outcomes = []
    for (const [host, parent] of [
      [alpha, container],
      [beta, '/nodes/b/lxc/220'],
    ] as const) {
      const handover = await handOver(host, `${parent}/termproxy`)
      const probe = await connect(host, parent, handover)
      probe.send(Buffer.from(`root@pam:${session(host).ticket}\n`))
      outcomes.push(await probe.wire.wait(() => probe.wire.buffer.length > 0))
      probe.wire.close()
    }
    assert.deepEqual(outcomes, [true, false])
  })

  test('ten seconds without the first line end it', async () => {
    const handover = await handOver(alpha, `${container}/termproxy`)
    const probe = await connect(alpha, container, handover)
    alpha.advance(10_000)
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
  })

  test('a serial port serves one client at a time', async () => {
    const parent = '/nodes/a/qemu/102'
    const first = await open(alpha, parent)
    assert.match(await readUntil(first, '> '), /lab guest 102 serialvm/)
    const second = await open(alpha, parent)
    assert.equal(second.available, 0)
    assert.equal(await second.wire.wait(() => second.wire.buffer.length > 0, silenceMs), false)
    first.wire.close()
    assert.match(await readUntil(second, '> '), /lab guest 102 serialvm/)
    second.wire.close()
  })

  test('no serial port, no running guest: OK, a text, the end', async () => {
    for (const [host, parent, text] of [
      [beta, '/nodes/b/qemu/100', /unable to find a serial interface/],
      [alpha, '/nodes/a/qemu/103', /VM 103 not running/],
    ] as const) {
      const probe = await open(host, parent)
      assert.match(await readUntil(probe, '\n'), text)
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    }
  })

  test('a node: root has a shell, everybody else is asked for a name', async () => {
    const root = await open(alpha, '/nodes/a')
    assert.match(await readUntil(root, '# '), /lab node a/)
    root.wire.close()
    const own = session(beta)
    sessions.set('beta', await signIn(beta, 'bob@pve'))
    const bob = await open(beta, '/nodes/b')
    assert.match(await readUntil(bob, 'login: '), /lab node b/)
    sessions.set('beta', own)
    bob.wire.close()
  })

  test('the shell as VNC has the size that was asked for', async () => {
    for (const [host, parent] of [
      [alpha, '/nodes/a'],
      [beta, '/nodes/b'],
    ] as const) {
      const params = { websocket: '1', width: '800', height: '320' }
      const handover = await handOver(host, `${parent}/vncshell`, params)
      const probe = await connect(host, parent, handover)
      assert.equal(await probe.authenticate(rfbPassword(handover)), true)
      const { width, height, name } = await probe.initialize()
      assert.deepEqual(
        { width, height, name },
        { width: 800, height: 320, name: 'VNC Command Terminal' },
      )
      probe.wire.close()
    }
  })

  test('a stopped container ends its terminals', async () => {
    const probe = await open(beta, '/nodes/b/lxc/220')
    await readUntil(probe, '# ')
    await beta.guest(220).stop()
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    await beta.guest(220).start()
  })
})
