/** The stream of events through the real server, from PVE to the line. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Change, Guest, SessionNews, Snapshot } from '../../src/http/contract.ts'
import { EventReader } from '../http/event-reader.ts'
import type { GuestOptions, LabHost } from '../lab/lab.ts'
import { alpha, beta } from '../lab/worlds.ts'
import type { RuntimeName } from '../start-server.ts'
import { type Stage, setStage } from './stage.ts'
import { Visitor } from './visitor.ts'

/** Guests of the large host. */
const MANY = 1000

function manyGuests(): GuestOptions[] {
  return Array.from({ length: MANY }, (_, index) => ({
    vmid: 1000 + index,
    name: `guest-${index}`,
    node: 'b',
    type: 'lxc' as const,
    running: index === 0,
  }))
}

for (const name of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`the stream of events (${name})`, () => {
    let stage: Stage
    let small: LabHost
    let large: LabHost

    before(async () => {
      const hosts = [alpha(), beta({ guests: manyGuests() })]
      stage = await setStage(name, { lab: { hosts, screens: 'rfb', authFailureDelayMs: 0 } })
      small = stage.lab.host('alpha')
      large = stage.lab.host('beta')
      for (const host of [small, large]) host.settings.resourcesLagMs = 0
    })
    after(() => stage?.close())

    const enter = async (...hosts: LabHost[]): Promise<Visitor> => {
      const visitor = new Visitor(stage.url, { record: false })
      for (const host of hosts) await visitor.signIn(host.key, host.account('root@pam'))
      return visitor
    }
    const watch = async ({ cookie }: Visitor): Promise<EventReader> => {
      const answer = await fetch(`${stage.url}/api/events`, { headers: { Cookie: cookie } })
      assert.equal(answer.status, 200)
      return new EventReader(answer)
    }

    it('begins with every guest, and then tells one that changed in few bytes', async () => {
      const reader = await watch(await enter(large))
      const { guests } = await reader.nextOf<Snapshot>('snapshot')
      assert.equal(guests.length, MANY)
      await reader.nextOf('session')
      const before = reader.length
      await large.guest(1000).stop()
      const change = await reader.nextOf<Change>('change')
      assert.deepEqual(
        change.guests.map(({ vmid, status }) => [vmid, status]),
        [[1000, 'stopped']],
      )
      assert.deepEqual(change.removed, [])
      assert.ok(reader.length - before < 1000, `${reader.length - before} characters`)
      await reader.cancel()
    })

    it('hides nothing behind a host that hangs', async () => {
      const visitor = await enter(small, large)
      const release = large.faults.answer({ path: '/cluster/resources', hang: true })
      large.faults.cutConnections()
      const reader = await watch(visitor)
      const first = await reader.nextOf<Snapshot>('snapshot')
      const hosts = new Set(first.guests.map(({ host }: Guest) => host))
      assert.deepEqual([[...hosts], first.asking], [['alpha'], ['beta']])
      await small.guest(103).start()
      const change = await reader.nextOf<Change>('change')
      assert.deepEqual(
        change.guests.map(({ vmid, status }) => [vmid, status]),
        [[103, 'running']],
      )
      release()
      large.faults.cutConnections()
      const second = await reader.nextOf<Snapshot>('snapshot')
      assert.deepEqual(second.asking, [])
      assert.equal(second.guests.length, MANY + small.guests.length)
      await reader.cancel()
    })

    it('has the consoles of the session, as they come and go', async () => {
      const visitor = await enter(small)
      const reader = await watch(visitor)
      await reader.nextOf<SessionNews>('session')
      const console = await visitor.console('alpha', 100)
      const { consoles } = await reader.nextOf<SessionNews>('session')
      assert.deepEqual(
        consoles.map(({ host, vmid }) => [host, vmid]),
        [['alpha', 100]],
      )
      console.close()
      assert.deepEqual((await reader.nextOf<SessionNews>('session')).consoles, [])
      await reader.cancel()
    })

    it('ends when the person signs out', async () => {
      const visitor = await enter(small)
      const reader = await watch(visitor)
      await reader.nextOf('session')
      await visitor.request('DELETE', '/api/session')
      await reader.drain()
    })

    it('ends when the server is told to stop, and does not hold it back', async () => {
      const reader = await watch(await enter(small))
      await reader.nextOf('session')
      await Promise.all([stage.server.stop(), reader.drain()])
      assert.equal(await stage.server.ended, 'exit code 0')
    })
  })
}
