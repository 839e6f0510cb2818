/** Sessions and rights through the real program: what keeps a session, what ends it, what PVE does not list. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { OwnSession } from '../../src/http/contract.ts'
import type { LabHost } from '../lab/lab.ts'
import type { RuntimeName } from '../start-server.ts'
import type { RfbVisitor } from './rfb-visitor.ts'
import { type Stage, setStage } from './stage.ts'
import { Visitor } from './visitor.ts'

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`sessions (${runtime})`, () => {
    let stage: Stage
    let host: LabHost

    before(async () => {
      const lab = { screens: 'rfb', authFailureDelayMs: 0 } as const
      stage = await setStage(runtime, { lab, settings: 'session.idle = "5s"' })
      host = stage.lab.host('alpha')
      host.setAccess('carol@pve', '/vms/110', { 'VM.Console': 0 })
    })
    after(() => stage.close())

    const enter = async (userid = 'root@pam'): Promise<Visitor> => {
      const visitor = new Visitor(stage.url, { record: false })
      await visitor.signIn('alpha', host.account(userid))
      return visitor
    }
    const open = async (visitor: Visitor, vmid = 100): Promise<RfbVisitor> => {
      const console = await visitor.console('alpha', vmid)
      await console.handshake()
      return console
    }

    it('end for who only looks, and not for who types', async () => {
      const [looking, typing] = [await enter(), await enter()]
      const [idle, busy] = [await open(looking), await open(typing)]
      let ended = false
      void idle.closed.then(() => {
        ended = true
      })
      const statuses = new Set<number>()
      while (!ended) {
        statuses.add((await looking.request('GET', '/api/guests')).status)
        busy.type(0x61)
        await wait(200)
      }
      assert.deepEqual(await idle.closed, { code: 4401, reason: 'session_expired' })
      assert.ok(statuses.has(200))
      assert.equal((await looking.request('GET', '/api/session')).status, 401)
      assert.equal((await typing.request('GET', '/api/session')).status, 200)
      assert.equal(busy.socket.readyState, WebSocket.OPEN)
      busy.close()
    })

    it('are ended from one another, with their consoles', async () => {
      const [one, other] = [await enter(), await enter()]
      const console = await open(other)
      const list = (await (await one.request('GET', '/api/sessions')).json()) as OwnSession[]
      const others = list.filter(({ current }) => !current)
      for (const { id } of others) {
        assert.equal((await one.request('DELETE', `/api/sessions/${id}`)).status, 204)
      }
      assert.deepEqual(await console.closed, { code: 4401, reason: 'signed_out' })
      const late = await other.request('GET', '/api/guests')
      assert.equal(((await late.json()) as { code: string }).code, 'session_expired')
      assert.equal((await one.request('POST', '/api/session/activity', {})).status, 200)
    })

    it('open a guest that is not listed, on whichever node it is', async () => {
      const carol = await enter('carol@pve')
      const console = await open(carol, 110)
      console.close()
      const calls = host.requests.filter(({ path }) => path.endsWith('/110/vncproxy'))
      assert.deepEqual(
        calls.map(({ path, status }) => [path, status]),
        [['/nodes/c/qemu/110/vncproxy', 200]],
      )
    })
  })
}
