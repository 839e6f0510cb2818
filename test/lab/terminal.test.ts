/** Text consoles of the lab: PVE's terminal proxy on a container, a serial port and a node. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { until } from './clock.ts'
import { ConsoleProbe, type Handover, rfbPassword } from './console-probe.ts'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { call, type Session, signIn } from './probe.ts'
import { alpha as alphaWorld, beta as betaWorld } from './worlds.ts'

const silenceMs = 200

describe('terminals', () => {
  let lab: Lab
  let alpha: LabHost
  let beta: LabHost
  const sessions = new Map<string, Session>()

  before(async () => {
    const guests = [
      ...betaWorld().guests,
      { vmid: 122, name: 'beta-com', node: 'b', running: true, serials: { serial0: '/dev/ttyS0' } },
      { vmid: 221, name: 'beta-off', type: 'lxc', node: 'b' } as const,
    ]
    const hosts = [alphaWorld(), betaWorld({ guests })]
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
  function connect(host: LabHost, parent: string, handover: Handover): Promise<ConsoleProbe> {
    return ConsoleProbe.connect(host, session(host), parent, handover)
  }

  /** A terminal after its `OK`. */
  async function open(
    host: LabHost,
    parent: string,
    params: Record<string, string> = {},
  ): Promise<ConsoleProbe> {
    const handover = await handOver(host, `${parent}/termproxy`, params)
    const probe = await connect(host, parent, handover)
    probe.send(Buffer.from(`${handover.user}:${handover.ticket}\n`))
    assert.equal((await probe.read(2)).toString(), 'OK')
    return probe
  }

  /** What is printed up to and with a pattern. */
  async function readUntil(probe: ConsoleProbe, end: RegExp): Promise<string> {
    let text = ''
    while (!end.test(text)) text += (await probe.read(1)).toString('latin1')
    return Buffer.from(text, 'latin1').toString()
  }

  /** Runs a command and answers what it printed, between marks that the typed line does not have. */
  async function run(probe: ConsoleProbe, command: string): Promise<string> {
    type(probe, `echo 'be''gin'; ${command}; echo 'e''nd'\r`)
    const text = await readUntil(probe, /\r\nend\r\n/)
    return /begin\r\n(.*)\r\nend/s.exec(text)?.[1] ?? ''
  }

  /** A session that was there before says nothing by itself. */
  async function openContainer(): Promise<ConsoleProbe> {
    const probe = await open(alpha, container)
    type(probe, '\r')
    await readUntil(probe, /ct200:~# $/)
    return probe
  }

  function type(probe: ConsoleProbe, text: string): void {
    probe.send(Buffer.from(`0:${Buffer.byteLength(text)}:${text}`))
  }

  const container = '/nodes/a/lxc/200'

  test('a container: a real shell, input in bytes, size, what was typed', async () => {
    const probe = await openContainer()
    assert.equal(await run(probe, 'stty size'), '20 80')
    probe.send(Buffer.from('1:132:43:'))
    assert.equal(await run(probe, 'stty size'), '43 132')
    assert.deepEqual(alpha.guest(200).terminalSize(), { columns: 132, rows: 43 })
    assert.equal(await run(probe, 'echo Grüße'), 'Grüße')
    assert.match(alpha.guest(200).terminalInput(), /echo Grüße/)
    probe.send(Buffer.from('2'))
    type(probe, 'bash -c "echo go; exec sleep 1000"\r')
    await readUntil(probe, /\rgo\r\n/)
    type(probe, '\x03')
    await readUntil(probe, /# $/)
    type(probe, 'echo "<$?>"\r')
    await readUntil(probe, /<130>/)
    probe.wire.close()
  })

  test('a container has one session, which outlives its viewers and ends with its shell', async () => {
    const one = await openContainer()
    await run(one, 'kept=1234')
    one.wire.close()
    const [two, three] = [await openContainer(), await openContainer()]
    assert.equal(await run(two, 'echo $kept'), '1234')
    assert.match(await readUntil(three, /end\r\n/), /1234/)
    type(two, '\x1c')
    assert.match(await readUntil(two, /\]\r\n/), /\[detached\]/)
    assert.equal(await two.wire.wait(() => two.wire.ended), true)
    assert.equal(await run(three, 'echo still here'), 'still here')
    type(three, 'exit\r')
    assert.match(await readUntil(three, /\]\r\n/), /\[EOF - dtach terminating\]/)
    assert.equal(await three.wire.wait(() => three.wire.ended), true)
    const four = await openContainer()
    assert.equal(await run(four, 'echo "<$kept>"'), '<>')
    four.wire.close()
  })

  test('a header without its last colon is lost with the rest of that read', async () => {
    const probe = await openContainer()
    probe.send(Buffer.from('1:99:99'))
    probe.send(Buffer.from(':'))
    assert.equal(await run(probe, 'stty size'), '20 80')
    probe.wire.close()
  })

  test('input may be longer than one read', async () => {
    const probe = await openContainer()
    const lines = 'x'.repeat(1000).concat('\r').repeat(10)
    type(probe, `cat > file\r${lines}\x04`)
    await readUntil(probe, /x\r\n.*# $/s)
    assert.equal(await run(probe, 'wc -c < file; rm file'), '10010')
    probe.wire.close()
  })

  test('a seeded stream in place of the shell, and what was typed', async () => {
    const blast = alpha.blast(200, { bytes: 300_000, seed: 3, end: true, waitForClient: true })
    const probe = await open(alpha, container)
    type(probe, 'go')
    const stream = await probe.read(blast.bytes)
    assert.equal(createHash('sha256').update(stream).digest('hex'), blast.sha256)
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    assert.equal(blast.receivedSha256(), createHash('sha256').update('go').digest('hex'))
    blast.stop()
  })

  test('what is printed for a client that does not read waits here, as in PVE', async () => {
    const probe = await openContainer()
    probe.wire.socket.pause()
    type(probe, 'yes | head -c 50000000; echo done\r')
    const console = alpha.consoles.at(-1)
    await until(() => (console?.bytesFromBackend ?? 0) > 50_000_000, 'all of it', 30_000)
    assert.ok((console?.buffered ?? 0) > 1_000_000, `${console?.buffered} bytes`)
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

  test('a serial port serves one client at a time and has no size', async () => {
    const parent = '/nodes/a/qemu/102'
    const words = 'starting serial terminal on interface serial0\r\n'
    const [first, second] = [await open(alpha, parent), await open(alpha, parent)]
    for (const probe of [first, second]) {
      assert.equal((await probe.read(words.length)).toString(), words)
    }
    first.send(Buffer.from('1:132:43:'))
    type(first, '\r')
    await readUntil(first, /serialvm> /)
    assert.equal(await run(first, 'stty size'), '20 80')
    type(second, 'lost\r')
    assert.equal(second.available, 0)
    assert.equal(await second.wire.wait(() => second.wire.buffer.length > 0, silenceMs), false)
    first.wire.close()
    await until(() => alpha.consoles.filter((each) => each.open).length === 1, 'the first to go')
    assert.equal(await run(second, 'echo mine'), 'mine')
    assert.equal(alpha.guest(102).status, 'running')
    second.wire.close()
  })

  test('where there is no terminal: OK, a text, the end', async () => {
    for (const [host, parent, serial, text] of [
      [beta, '/nodes/b/qemu/100', undefined, /^unable to find a serial interface\r\n/],
      [beta, '/nodes/b/qemu/122', undefined, /^unable to find a serial interface\r\n/],
      [beta, '/nodes/b/qemu/122', 'serial0', /^wrong serial type on interface 'serial0'\r\n/],
      [alpha, '/nodes/a/qemu/100', 'serial3', /^serial interface 'serial3' is not configured\r\n/],
      [alpha, '/nodes/a/qemu/103', undefined, /^VM 103 not running\r\n/],
      [beta, '/nodes/b/lxc/221', undefined, /^lxc-console: .* 221 is not running\r\n/],
    ] as const) {
      const params: Record<string, string> = serial === undefined ? {} : { serial }
      const probe = await open(host, parent, params)
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
      while (probe.wire.buffer.length > 0) await probe.readFrame()
      assert.match((await probe.read(probe.available)).toString(), text)
    }
  })

  test('a node: root has a shell of its own, everybody else signs in once more', async () => {
    const [one, other] = [await open(alpha, '/nodes/a'), await open(alpha, '/nodes/a')]
    for (const probe of [one, other]) await readUntil(probe, /root@a:~# $/)
    await run(one, 'mine=1')
    assert.equal(await run(other, 'echo "<$mine>"'), '<>')
    type(one, 'exit\r')
    assert.equal(await one.wire.wait(() => one.wire.ended), true)
    assert.equal(other.wire.ended, false)
    other.wire.close()
    const own = session(beta)
    sessions.set('beta', await signIn(beta, 'bob@pve'))
    const bob = await open(beta, '/nodes/b')
    await readUntil(bob, /b login: $/)
    for (const [password, answer] of [
      ['wrong', /Login incorrect\r\nb login: $/],
      [beta.account('root@pam').password, /root@b:~# $/],
    ] as const) {
      type(bob, 'root\r')
      await readUntil(bob, /Password: $/)
      type(bob, `${password}\r`)
      await readUntil(bob, answer)
    }
    assert.equal(await run(bob, 'echo "<$SECRET>"'), '<>')
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
    await readUntil(probe, /# $/)
    await beta.guest(220).stop()
    assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    await beta.guest(220).start()
  })
})
