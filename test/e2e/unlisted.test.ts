/** Guests that PVE lets a person open or switch and does not list to them, by their number. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Guest, GuestList, Problem, Task } from '../../src/http/contract.ts'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { type Inside, startInside } from './inside.ts'
import type { RfbVisitor } from './rfb-visitor.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

describe('a guest that is not listed', () => {
  let lab: Lab
  let host: LabHost
  let inside: Inside
  let carol: Visitor
  let none: Visitor

  before(async () => {
    lab = await startLab({ screens: 'rfb', authFailureDelayMs: 0 })
    host = lab.host('alpha')
    for (const vmid of [110, 210]) host.setAccess('carol@pve', `/vms/${vmid}`, { 'VM.Console': 0 })
    for (const vmid of [103, 110, 210]) {
      host.setAccess('none@pve', `/vms/${vmid}`, { 'VM.PowerMgmt': 1 })
    }
    inside = await startInside(lab)
    carol = new Visitor(inside.url, { record: false })
    await carol.signIn('alpha', host.account('carol@pve'))
    none = new Visitor(inside.url, { record: false })
    await none.signIn('alpha', host.account('none@pve'))
  })
  afterEach(async () => {
    await host.faults.clear()
    host.guest(110).migrate('c')
    // So that no place is remembered from one test to the next.
    inside.clock.advance(60_000)
  })
  after(async () => {
    await inside.close()
    await lab.close()
  })

  const asked = (from: number, method: string, path: RegExp): string[] =>
    host.requests
      .slice(from)
      .filter((request) => request.method === method && path.test(request.path))
      .map((request) => request.path)

  const look = async (visitor: Visitor, vmid: number): Promise<Guest> => {
    const answer = await visitor.request('GET', `/api/hosts/alpha/guests/${vmid}`)
    assert.equal(answer.status, 200)
    return (await answer.json()) as Guest
  }

  const refused = async (vmid: number): Promise<[number, string]> => {
    const console = await carol.console('alpha', vmid)
    console.handshake().catch(() => {})
    const { code, reason } = await console.closed
    return [code, reason]
  }

  const closeAll = async (...consoles: RfbVisitor[]): Promise<void> => {
    for (const console of consoles) console.close()
    await until('all to be closed', () => inside.deps.counts.open === 0)
  }

  it('stands in no list, and is described as far as it can be known', async () => {
    const list = (await (await carol.request('GET', '/api/guests')).json()) as GuestList
    assert.deepEqual([list.guests, list.problems], [[], []])
    const { node, type, status, name, can, consoles } = await look(carol, 210)
    assert.deepEqual([node, type, status, name], ['c', 'lxc', 'unknown', ''])
    assert.deepEqual([can, consoles], [{ console: true, power: false }, ['terminal', 'vnc']])
    assert.deepEqual((await look(none, 103)).can, { console: false, power: true })
  })

  for (const [vmid, where, kind] of [
    [100, '/nodes/a/qemu/100', 'vnc'],
    [110, '/nodes/c/qemu/110', 'vnc'],
    [210, '/nodes/c/lxc/210', 'vnc'],
    [210, '/nodes/c/lxc/210', 'terminal'],
  ] as const) {
    it(`is opened by its number: ${kind} of ${vmid}`, async () => {
      const from = host.requests.length
      const console = await carol.console('alpha', vmid, `?kind=${kind}`)
      if (kind === 'vnc') await console.handshake()
      else await until('the terminal to be ready', () => console.bytes > 0)
      const call = kind === 'vnc' ? 'vncproxy' : 'termproxy'
      // The place was found before the one call that has consequences.
      assert.deepEqual(asked(from, 'POST', /(vnc|term)proxy$/), [`${where}/${call}`])
      await closeAll(console)
    })
  }

  it('is found again where it has moved to', async () => {
    const console = await carol.console('alpha', 110)
    await console.handshake()
    host.guest(110).migrate('a')
    assert.deepEqual(await console.closed, { code: 4410, reason: 'guest_moved' })
    const from = host.requests.length
    const again = await carol.console('alpha', 110)
    await again.handshake()
    assert.deepEqual(asked(from, 'POST', /vncproxy$/), ['/nodes/a/qemu/110/vncproxy'])
    await closeAll(again)
  })

  it('that moves between being found and being opened is opened all the same', async () => {
    const gate = Promise.withResolvers<void>()
    host.faults.answer({ path: '/nodes/c/qemu/110/vncproxy', until: gate.promise })
    const console = await carol.console('alpha', 110)
    await until('the call', () => host.requests.some(({ status }) => status === 0))
    host.guest(110).migrate('a')
    gate.resolve()
    await console.handshake()
    await closeAll(console)
  })

  it('is there for nobody else, and no number says whether there is one', async () => {
    const from = host.requests.length
    for (const vmid of [101, 200, 999]) assert.deepEqual(await refused(vmid), [4403, 'forbidden'])
    assert.deepEqual(asked(from, 'GET', /\/\d+\/status/), [])
    assert.deepEqual(asked(from, 'POST', /proxy$/), [])
  })

  it('is gone where PVE has it in no place, and may be on a node that is off', async () => {
    host.setAccess('carol@pve', '/vms/999', { 'VM.Console': 0 })
    inside.clock.advance(60_000)
    assert.deepEqual(await refused(999), [4404, 'no_such_guest'])
    const start = await host.faults.refuseConnections('c')
    inside.clock.advance(60_000)
    assert.deepEqual(await refused(110), [4503, 'node_unreachable'])
    await start()
    host.setAccess('carol@pve', '/vms/999', {})
  })

  it('is not opened any more once the right is gone', async () => {
    const console = await carol.console('alpha', 210)
    await console.handshake()
    host.setAccess('carol@pve', '/vms/210', {})
    assert.deepEqual(await refused(210), [4403, 'forbidden'])
    host.setAccess('carol@pve', '/vms/210', { 'VM.Console': 0 })
    await closeAll(console)
  })

  it('is found by trying where a PVE should not tell in which place it is', async () => {
    host.faults.answer({ path: /\/\d+\/status$/, status: 501, reason: 'not implemented' })
    const from = host.requests.length
    const console = await carol.console('alpha', 110)
    await console.handshake()
    // In any order, for PVE lists its nodes so.
    const tried = asked(from, 'POST', /vncproxy$/)
    assert.equal(tried.at(-1), '/nodes/c/qemu/110/vncproxy')
    assert.equal(new Set(tried).size, tried.length)
    const later = host.requests.length
    const again = await carol.console('alpha', 110)
    await again.handshake()
    assert.deepEqual(asked(later, 'POST', /vncproxy$/), ['/nodes/c/qemu/110/vncproxy'])
    await closeAll(console, again)
  })

  const power = async (vmid: number, action: string) => {
    const from = host.requests.length
    const path = `/api/hosts/alpha/guests/${vmid}/power`
    const answer = await none.request('POST', path, { action })
    return { status: answer.status, body: await answer.json(), from }
  }

  it('is switched by who may do no more than that, with one call, where it is', async () => {
    const start = await power(103, 'start')
    assert.equal(start.status, 202)
    const sent = asked(start.from, 'POST', /\/status\//)
    assert.deepEqual(sent, ['/nodes/a/qemu/103/status/start'])
    const { task } = start.body as { task: string }
    await until('its task to end well', async () => {
      const path = `/api/hosts/alpha/tasks/${encodeURIComponent(task)}`
      const { state } = (await (await none.request('GET', path)).json()) as Task
      return state === 'ok'
    })
    assert.equal(host.guest(103).status, 'running')
    const reboot = await power(210, 'reboot')
    assert.equal(reboot.status, 202)
    const where = asked(reboot.from, 'POST', /\/status\//)
    assert.deepEqual(where, ['/nodes/c/lxc/210/status/reboot'])
  })

  it('is switched where it has moved to', async () => {
    await power(110, 'reset')
    host.guest(110).migrate('a')
    // Longer than a second click counts as the first one.
    inside.clock.advance(3000)
    const { status, from } = await power(110, 'reset')
    assert.equal(status, 202)
    assert.deepEqual(asked(from, 'POST', /\/status\//), [
      '/nodes/c/qemu/110/status/reset',
      '/nodes/a/qemu/110/status/reset',
    ])
  })

  it('is not switched by who may only open it', async () => {
    const path = '/api/hosts/alpha/guests/110/power'
    const answer = await carol.request('POST', path, { action: 'reset' })
    const { code, hint } = (await answer.json()) as Problem
    assert.deepEqual([answer.status, code], [403, 'forbidden'])
    assert.match(hint ?? '', /VM\.PowerMgmt/)
  })
})
