import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Guest, GuestList } from '../../src/http/contract.ts'
import { ok } from '../pve/fake-host.ts'
import { Rig } from './rig.ts'

/** The guest 100 of a host that says this of its state and its configuration. */
async function ask(status: object, config: object): Promise<{ rig: Rig; guest: Guest }> {
  const rig = new Rig()
  const { answering } = rig.home
  rig.home.answering = (call) => {
    if (call.path.endsWith('/status/current')) return ok({ status: 'running', ...status })
    if (call.path.endsWith('/config?current=1')) return ok(config)
    return answering(call)
  }
  await rig.enter()
  const answer = await rig.ask('/api/hosts/home/guests/100')
  assert.equal(answer.status, 200)
  return { rig, guest: (await answer.json()) as Guest }
}

describe('the consoles of one guest', () => {
  const rows: [about: string, status: object, config: object, consoles: string[]][] = [
    ['with a display', {}, {}, ['vnc']],
    ['with a serial port', {}, { serial0: 'socket' }, ['vnc', 'terminal']],
    ['with a serial port only', {}, { vga: 'none', serial0: 'socket' }, ['terminal']],
    ['with nothing', {}, { vga: 'none' }, []],
    ['that is a template', { status: 'stopped', template: 1 }, { serial0: 'socket' }, []],
  ]
  for (const [about, status, config, consoles] of rows) {
    test(`${about}: ${consoles.join(', ') || 'none'}`, async () => {
      assert.deepEqual((await ask(status, config)).guest.consoles, consoles)
    })
  }

  test('are in a list what its type has as a rule, without a call for it', async () => {
    const { rig } = await ask({}, { vga: 'none' })
    const before = rig.home.calls.length
    const { guests } = (await (await rig.ask('/api/guests')).json()) as GuestList
    assert.deepEqual(guests[0]?.consoles, ['vnc'])
    const asked = rig.home.calls.slice(before).map(({ path }) => path)
    assert.deepEqual(
      asked.filter((path) => path.includes('/qemu/')),
      [],
    )
  })
})
