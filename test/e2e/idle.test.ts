/** The limits that PVE has for consoles nobody uses: kept from being reached, or told. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { alpha } from '../lab/worlds.ts'
import { type Inside, startInside } from './inside.ts'
import type { RfbVisitor } from './rfb-visitor.ts'
import { TerminalVisitor } from './terminal-visitor.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const MINUTE = 60_000
/** The start of a key event, without its end. */
const HALF_A_KEY = [4, 1, 0, 0]

describe('a console that nobody uses', () => {
  let lab: Lab
  let host: LabHost
  let inside: Inside
  let visitor: Visitor

  before(async () => {
    lab = await startLab({ hosts: [alpha()], authFailureDelayMs: 0 })
    host = lab.host('alpha')
    inside = await startInside(lab, 'session.idle = "0s"\nsession.max = "7d"')
    visitor = new Visitor(inside.url, { record: false })
    await visitor.signIn('alpha', host.account('root@pam'))
  })
  after(async () => {
    await inside.close()
    await lab.close()
  })

  const open = async (vmid: number): Promise<{ console: RfbVisitor; closed: () => string }> => {
    const console = await visitor.console('alpha', vmid)
    await console.handshake()
    let closed = ''
    void console.closed.then(({ code, reason }) => {
      closed = `${code} ${reason}`
    })
    return { console, closed: () => closed }
  }

  /** Lets time pass until the console opened last reaches its limit, which is close, and no longer. */
  const untilIdle = async (): Promise<void> => {
    const console = host.consoles.at(-1)
    assert.equal(console?.ended, undefined)
    for (let steps = 0; steps < 4 && console?.open; steps++)
      await inside.pass(MINUTE / 2, MINUTE / 2)
    assert.equal(console?.ended, 'idle')
  }

  it('is kept open where it is the screen of a machine, for as long as anybody likes', async () => {
    const { console, closed } = await open(100)
    const [behind] = host.consoles.filter(({ open }) => open)
    const before = behind?.bytesToBackend ?? 0
    await inside.pass(60 * MINUTE, MINUTE)
    assert.equal(closed(), '')
    assert.equal((behind?.bytesToBackend ?? 0) - before, 12 * 10)
    console.type(0x61)
    await until('a key', () => (behind?.bytesToBackend ?? 0) > before + 120)
    console.close()
  })

  it('is not, where its browser stopped in the middle of a message: then the cause is told', async () => {
    const { console, closed } = await open(100)
    const behind = host.consoles.at(-1)
    const before = behind?.bytesToBackend ?? 0
    console.send(HALF_A_KEY)
    await until('half a key', () => behind?.bytesToBackend === before + HALF_A_KEY.length)
    await inside.pass(14 * MINUTE, MINUTE)
    await untilIdle()
    await until('the browser to be told', () => closed() !== '')
    assert.equal(behind?.bytesToBackend, before + HALF_A_KEY.length)
    assert.equal(closed(), '4502 pve_idle_limit')
  })

  it('ends after half an hour where it shows a terminal, and the cause is told', async () => {
    const { closed } = await open(200)
    await inside.pass(29 * MINUTE, MINUTE)
    await untilIdle()
    await until('the browser to be told', () => closed() !== '')
    assert.equal(closed(), '4502 pve_idle_limit')
  })

  it('stays where it is a terminal', async () => {
    const terminal = await TerminalVisitor.of(visitor, 'alpha', 200)
    await terminal.ready()
    await inside.pass(60 * MINUTE, MINUTE)
    terminal.type('\r')
    await terminal.read(/# $/)
    assert.equal(await terminal.run('echo still here'), 'still here')
    terminal.socket.close()
  })
})
