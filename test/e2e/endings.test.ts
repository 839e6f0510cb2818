/** What happens to a guest, a node or a right while somebody looks on, and what the browser is told of it. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { LabHost } from '../lab/lab.ts'
import { call, signIn } from '../lab/probe.ts'
import { alpha } from '../lab/worlds.ts'
import type { RfbVisitor } from './rfb-visitor.ts'
import { type Stage, setStage } from './stage.ts'
import { TerminalVisitor } from './terminal-visitor.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

/** Console ports of a node. */
const PORTS = 100
/** Milliseconds between two tries of a key. */
const PATIENCE = 100
const guests = [
  { vmid: 100, name: 'first', node: 'a', running: true, vga: 'std', serial0: true },
  { vmid: 101, name: 'off', node: 'a' },
  { vmid: 103, name: 'blind', node: 'a', running: true, vga: 'none' },
  {
    vmid: 104,
    name: 'text',
    node: 'a',
    running: true,
    vga: 'none',
    serials: { serial1: 'socket' },
  },
  { vmid: 110, name: 'far', node: 'c', running: true },
  { vmid: 200, name: 'box', type: 'lxc', node: 'a', running: true },
  { vmid: 201, name: 'box-off', type: 'lxc', node: 'a' },
  { vmid: 210, name: 'far-box', type: 'lxc', node: 'c', running: true },
] as const

describe('a console ends with its cause', () => {
  let stage: Stage
  let host: LabHost
  let visitor: Visitor

  before(async () => {
    stage = await setStage('bun', { lab: { hosts: [alpha({ guests })], authFailureDelayMs: 0 } })
    host = stage.lab.host('alpha')
    visitor = await enter('root@pam')
  })
  after(() => stage.close())
  afterEach(() => host.faults.clear())

  async function enter(user: string): Promise<Visitor> {
    const someone = new Visitor(stage.url)
    await someone.signIn('alpha', host.account(user))
    return someone
  }

  async function look(vmid = 100, who = visitor): Promise<RfbVisitor> {
    const console = await who.console('alpha', vmid)
    await console.handshake()
    return console
  }

  /** An opening that comes to nothing. */
  async function refusal(vmid: number, query?: string, who = visitor) {
    return (await who.console('alpha', vmid, query)).closed
  }

  async function power(vmid: number, action: string): Promise<Response> {
    return visitor.request('POST', `/api/hosts/alpha/guests/${vmid}/power`, { action })
  }

  /** Types until the guest has read it: keys before the end of its boot are lost, and many jam its keyboard. */
  async function typeUntilRead(console: RfbVisitor, key: string): Promise<void> {
    await until('the guest to have booted', async () => {
      console.type(key.charCodeAt(0))
      await wait(PATIENCE)
      return host.guest(100).receivedText().includes(key)
    })
  }

  /** Calls that opened a console since `from`. */
  const proxies = (from: number): number =>
    host.requests.slice(from).filter(({ path }) => /(vncproxy|termproxy|vncshell)$/.test(path))
      .length

  describe('of a guest', () => {
    it('that migrates, although the list is late: guest_moved, and it is there at once', async () => {
      const console = await look()
      host.guest(100).migrate('c')
      assert.deepEqual(await console.closed, { code: 4410, reason: 'guest_moved' })
      const next = await look()
      host.guest(100).migrate('a')
      assert.deepEqual(await next.closed, { code: 4410, reason: 'guest_moved' })
    })

    it('that is stopped: guest_not_running, and started again it can be opened', async () => {
      const console = await look()
      assert.equal((await power(100, 'stop')).status, 202)
      assert.deepEqual(await console.closed, { code: 4409, reason: 'guest_not_running' })
      assert.deepEqual(await refusal(100), { code: 4409, reason: 'guest_not_running' })
      assert.equal((await power(100, 'start')).status, 202)
      await until('the guest to run', () => host.guest(100).status === 'running')
      ;(await look()).close()
    })

    it('that shuts itself down: guest_not_running', async () => {
      const console = await look()
      await typeUntilRead(console, 'x')
      assert.equal((await power(100, 'shutdown')).status, 202)
      assert.deepEqual(await console.closed, { code: 4409, reason: 'guest_not_running' })
      await host.guest(100).start()
    })

    it('that is reset or paused: it goes on', async () => {
      const console = await look()
      for (const action of ['reset', 'suspend', 'resume']) {
        assert.equal((await power(100, action)).status, 202)
      }
      await typeUntilRead(console, 'y')
      console.close()
    })

    it('that is deleted: no_such_guest', async () => {
      const console = await look(110)
      await host.deleteGuest(110)
      assert.deepEqual(await console.closed, { code: 4404, reason: 'no_such_guest' })
      assert.deepEqual(await refusal(110), { code: 4404, reason: 'no_such_guest' })
    })

    it('that is locked: guest_locked', async () => {
      const console = await look()
      host.guest(100).lock = 'migrate'
      host.faults.dropConsoles(100)
      assert.deepEqual(await console.closed, { code: 4409, reason: 'guest_locked' })
      host.guest(100).lock = undefined
    })

    it('that is well: pve_closed', async () => {
      const console = await look()
      host.faults.dropConsoles(100)
      assert.deepEqual(await console.closed, { code: 4502, reason: 'pve_closed' })
    })

    it('that its person may not see any more: forbidden', async () => {
      const alice = await enter('alice@pve')
      const console = await look(100, alice)
      host.setAccess('alice@pve', '/vms/100', {})
      host.faults.dropConsoles(100)
      assert.deepEqual(await console.closed, { code: 4403, reason: 'forbidden' })
      assert.deepEqual(await refusal(100, undefined, alice), { code: 4403, reason: 'forbidden' })
      host.setAccess('alice@pve', '/vms/100', { 'VM.Console': 1, 'VM.Audit': 1, 'VM.PowerMgmt': 1 })
    })
  })

  describe('on a node', () => {
    it('that is gone: node_unreachable, also for who comes then', async () => {
      const terminal = await TerminalVisitor.of(visitor, 'alpha', 210)
      await terminal.ready()
      const shell = await TerminalVisitor.of(visitor, 'alpha', 'c')
      await shell.ready()
      const back = await host.faults.failNode('c')
      for (const console of [terminal, shell]) {
        assert.deepEqual(await console.ended, { code: 4503, reason: 'node_unreachable' })
      }
      assert.deepEqual(await refusal(210), { code: 4503, reason: 'node_unreachable' })
      await back()
      const again = await TerminalVisitor.of(visitor, 'alpha', 210)
      await again.ready()
      again.socket.close()
    })

    it('whose ports are all taken: ports_exhausted, until they are free again', async () => {
      const session = await signIn(host, 'root@pam')
      const params = { websocket: '1' }
      let taken = 0
      while (taken <= PORTS) {
        const path = '/nodes/a/qemu/100/vncproxy'
        const { status } = await call(host, 'POST', path, { session, params })
        if (status !== 200) break
        taken++
      }
      assert.ok(taken > 0 && taken <= PORTS)
      assert.deepEqual(await refusal(100), { code: 4502, reason: 'ports_exhausted' })
      host.advance(10_000)
      ;(await look()).close()
    })

    it('without a majority: nothing starts, but consoles open', async () => {
      host.settings.quorate = false
      const start = await power(101, 'start')
      assert.equal(start.status, 502)
      assert.equal(((await start.json()) as { code: string }).code, 'no_quorum')
      ;(await look()).close()
      const off = host.faults.answer({
        path: /\/vncproxy$/,
        status: 500,
        reason: 'cluster not ready - no quorum?',
      })
      assert.deepEqual(await refusal(100), { code: 4502, reason: 'no_quorum' })
      off()
      host.settings.quorate = true
    })
  })

  describe('that does not exist is said before PVE is asked for it', () => {
    const rows: [what: string, vmid: number, query: string][] = [
      ['a screen without a display', 103, '?kind=vnc'],
      ['a terminal without a port', 103, '?kind=terminal'],
      ['a port that is not there', 100, '?kind=terminal&serial=2'],
    ]
    for (const [what, vmid, query] of rows) {
      it(what, async () => {
        const from = host.requests.length
        assert.deepEqual(await refusal(vmid, query), { code: 4404, reason: 'no_such_console' })
        assert.equal(proxies(from), 0)
      })
    }

    it('and the port that is there is found by itself', async () => {
      const terminal = await TerminalVisitor.of(visitor, 'alpha', 104)
      await terminal.read(/starting serial terminal on interface serial1\r\n/)
      terminal.socket.close()
      const answer = await visitor.request('GET', '/api/hosts/alpha/guests/104')
      assert.deepEqual(((await answer.json()) as { consoles: string[] }).consoles, ['terminal'])
    })
  })

  describe('in a terminal', () => {
    for (const [what, of] of [
      ['a container', 200],
      ['a node', 'a'],
    ] as const) {
      it(`whose shell ends, of ${what}: ended`, async () => {
        const terminal = await TerminalVisitor.of(visitor, 'alpha', of)
        await terminal.ready()
        terminal.type('\r')
        await terminal.read(/# $/)
        terminal.type('exit\r')
        assert.deepEqual(await terminal.ended, { code: 1000, reason: 'ended' })
      })
    }

    it('that was cut while its shell goes on: pve_closed', async () => {
      const terminal = await TerminalVisitor.of(visitor, 'alpha', 200)
      await terminal.ready()
      const stall = host.faults.answer({
        path: /\/tasks\/.*\/status$/,
        status: 200,
        body: JSON.stringify({ data: { status: 'running' } }),
        contentType: 'application/json',
      })
      host.faults.dropConsoles(200)
      assert.deepEqual(await terminal.ended, { code: 4502, reason: 'pve_closed' })
      stall()
    })

    it('whose container stops: guest_not_running', async () => {
      const terminal = await TerminalVisitor.of(visitor, 'alpha', 200)
      await terminal.ready()
      await host.guest(200).stop()
      assert.deepEqual(await terminal.ended, { code: 4409, reason: 'guest_not_running' })
      await host.guest(200).start()
    })

    it('whose machine stops: guest_not_running', async () => {
      const terminal = await TerminalVisitor.of(visitor, 'alpha', 100)
      await terminal.read(/starting serial terminal/)
      await host.guest(100).stop()
      assert.deepEqual(await terminal.ended, { code: 4409, reason: 'guest_not_running' })
      await host.guest(100).start()
    })

    it('of who may not know that the container is off, from what is printed', async () => {
      host.setAccess('none@pve', '/vms/201', { 'VM.Console': 1 })
      const nobody = await enter('none@pve')
      const terminal = await TerminalVisitor.of(nobody, 'alpha', 201)
      assert.deepEqual(await terminal.ended, { code: 4409, reason: 'guest_not_running' })
    })
  })

  it('that nobody listens for any more: host_timeout, where PVE would never answer', async () => {
    host.faults.answer({ path: /\/vncwebsocket$/, hang: true, times: 1 })
    assert.deepEqual(await refusal(100), { code: 4504, reason: 'host_timeout' })
  })

  it('in a screen of who may not know that the machine is off, from its task', async () => {
    host.setAccess('none@pve', '/vms/101', { 'VM.Console': 1 })
    const nobody = await enter('none@pve')
    assert.deepEqual(await refusal(101, undefined, nobody), {
      code: 4409,
      reason: 'guest_not_running',
    })
    host.setAccess('none@pve', '/vms/103', { 'VM.Console': 1 })
    assert.deepEqual(await refusal(103, undefined, await enter('none@pve')), {
      code: 4404,
      reason: 'no_such_console',
    })
  })
})
