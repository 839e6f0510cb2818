/** Power actions through the real server, on a guest that really starts and stops. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { LabHost } from '../lab/lab.ts'
import type { RuntimeName } from '../start-server.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`power actions (${runtime})`, () => {
    let stage: Stage
    let host: LabHost

    before(async () => {
      stage = await setStage(runtime, { lab: { screens: 'rfb', authFailureDelayMs: 0 } })
      host = stage.lab.host('alpha')
    })
    after(() => stage.close())

    const signedIn = async (user: string): Promise<Visitor> => {
      const visitor = new Visitor(stage.url, { record: false })
      await visitor.signIn('alpha', host.account(user))
      return visitor
    }
    const ask = async (visitor: Visitor, vmid: number, action: string) => {
      const path = `/api/hosts/alpha/guests/${vmid}/power`
      const response = await visitor.request('POST', path, { action })
      return { status: response.status, body: (await response.json()) as Record<string, string> }
    }

    it('starts a guest, follows the task to its end, and opens its console', async () => {
      const visitor = await signedIn('root@pam')
      const { status, body } = await ask(visitor, 103, 'start')
      assert.equal(status, 202)
      const task = `/api/hosts/alpha/tasks/${encodeURIComponent(body.task ?? '')}`
      await until('the task to end', async () => {
        const answer = await visitor.request('GET', task)
        return ((await answer.json()) as { state: string }).state === 'ok'
      })
      const guest = await visitor.request('GET', '/api/hosts/alpha/guests/103')
      assert.equal(((await guest.json()) as { status: string }).status, 'running')
      const console = await visitor.console('alpha', 103)
      await console.handshake()
      console.close()
    })

    it('makes one task of two clicks', async () => {
      const visitor = await signedIn('root@pam')
      const [first, second] = await Promise.all([
        ask(visitor, 103, 'stop'),
        ask(visitor, 103, 'stop'),
      ])
      assert.equal(first.status, 202)
      assert.deepEqual(second, first)
      const stops = host.requests.filter(({ path }) => path.endsWith('/103/status/stop'))
      assert.equal(stops.length, 1)
      await until('it to stop', () => host.guest(103).status === 'stopped')
    })

    const refusals = [
      {
        what: 'a running guest is started',
        vmid: 100,
        action: 'start',
        status: 409,
        code: 'wrong_state',
      },
      {
        what: 'a stopped guest is reset',
        vmid: 101,
        action: 'reset',
        status: 409,
        code: 'wrong_state',
      },
      {
        what: 'a container is reset',
        vmid: 200,
        action: 'reset',
        status: 400,
        code: 'bad_request',
      },
      {
        what: 'nobody knows the action',
        vmid: 100,
        action: 'explode',
        status: 400,
        code: 'bad_request',
      },
      {
        what: 'nobody has the number',
        vmid: 999,
        action: 'start',
        status: 404,
        code: 'no_such_guest',
      },
    ]
    for (const { what, vmid, action, status, code } of refusals) {
      it(`answers ${status} ${code} when ${what}`, async () => {
        const answer = await ask(await signedIn('root@pam'), vmid, action)
        assert.deepEqual([answer.status, answer.body.code], [status, code])
      })
    }

    it('names the privilege that is missing', async () => {
      const { status, body } = await ask(await signedIn('carol@pve'), 100, 'stop')
      assert.deepEqual([status, body.code], [403, 'forbidden'])
    })

    it('has no task of nonsense, of nobody, or of somebody else', async () => {
      const visitor = await signedIn('root@pam')
      const { body } = await ask(visitor, 102, 'reboot')
      const other = await signedIn('alice@pve')
      const foreign = encodeURIComponent(body.task ?? '')
      const unknown = encodeURIComponent('UPID:a:00000001:00000001:00000001:qmstart:100:root@pam:')
      for (const [who, task] of [
        [visitor, 'foo'],
        [visitor, 'UPID%3A..%2F..'],
        [visitor, unknown],
        [other, foreign],
      ] as const) {
        const answer = await who.request('GET', `/api/hosts/alpha/tasks/${task}`)
        const { code } = (await answer.json()) as { code: string }
        assert.deepEqual([answer.status, code], [404, 'no_such_task'], task)
      }
    })
  })
}
