/** The same consoles on PVE 7, on 8 from before April 2026 and on 9 since then. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { LabHost } from '../lab/lab.ts'
import { alpha, beta, gamma } from '../lab/worlds.ts'
import { type Stage, setStage } from './stage.ts'
import { TerminalVisitor } from './terminal-visitor.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const UPDATE_REQUEST = [3, 0, 0, 0, 0, 0, 0, 8, 0, 8]
/** A VM that is off, a container that runs and a node, by host. */
const HOSTS = {
  gamma: { off: 101, container: 200, node: 'g' },
  alpha: { off: 103, container: 200, node: 'a' },
  beta: { off: 120, container: 220, node: 'b' },
} as const

let stage: Stage
before(async () => {
  const hosts = [gamma(), alpha(), beta()]
  stage = await setStage('bun', { lab: { hosts, screens: 'rfb', authFailureDelayMs: 0 } })
})
after(() => stage.close())

for (const [key, { off, container, node }] of Object.entries(HOSTS)) {
  describe(`consoles of ${key}`, () => {
    let host: LabHost
    let visitor: Visitor

    // A ticket outlives one change of the key, not two.
    beforeEach(async () => {
      host = stage.lab.host(key)
      visitor = new Visitor(stage.url)
      await visitor.signIn(key, host.account('root@pam'))
    })

    /** Calls that ended so since `from`. */
    const made = (from: number, end: string): number[] =>
      host.requests.slice(from).flatMap(({ path, status }) => (path.endsWith(end) ? [status] : []))

    const look = async (): Promise<void> => {
      const console = await visitor.console(key, 100)
      await console.handshake()
      console.send(UPDATE_REQUEST)
      assert.equal((await console.read(4))[0], 0)
      console.close()
    }

    it('are screens, opened with one call and its ticket as it came', async () => {
      const from = host.requests.length
      await look()
      assert.deepEqual(made(from, '/vncproxy'), [200])
      assert.deepEqual(made(from, '/vncwebsocket'), [101])
      const upgrade = host.requests.slice(from).find(({ path }) => path.endsWith('/vncwebsocket'))
      assert.equal(upgrade?.params.vncticket, host.secrets.vncTickets.at(-1))
    })

    it('are opened once more when the password was refused, and not a third time', async () => {
      const from = host.requests.length
      host.faults.failRfbAuth(100)
      await look()
      assert.deepEqual(made(from, '/vncproxy'), [200, 200])
      host.faults.failRfbAuth(100, 2)
      const console = await visitor.console(key, 100)
      assert.deepEqual(await console.closed, { code: 4502, reason: 'rfb_failed' })
      assert.equal(made(from, '/vncproxy').length, 4)
    })

    for (const kind of ['vnc', 'terminal'] as const) {
      it(`are opened once more over a change of PVE’s key: ${kind}`, async () => {
        const from = host.requests.length
        host.faults.answer({ path: /\/vncwebsocket$/, delayMs: 300, times: 1 })
        const opening = kind === 'vnc' ? look() : TerminalVisitor.of(visitor, key, container)
        const asked = () => host.requests.slice(from).some(({ path }) => path.endsWith('websocket'))
        await until('the WebSocket to be asked for', asked)
        host.rotateKeys()
        const terminal = await opening
        if (terminal) {
          await terminal.ready()
          terminal.socket.close()
        }
        assert.deepEqual(made(from, '/vncwebsocket'), [401, 101])
      })
    }

    it('are terminals of containers and of nodes', async () => {
      for (const of of [container, node]) {
        const terminal = await TerminalVisitor.of(visitor, key, of)
        await terminal.ready()
        terminal.control({ type: 'resize', cols: 132, rows: 43 })
        terminal.type('\r')
        await terminal.read(/# $/)
        assert.equal(await terminal.run('stty size'), '43 132')
        assert.equal(await terminal.run('echo Grüße'), 'Grüße')
        terminal.socket.close()
      }
    })

    it('are refused with what PVE means, in whatever words and wherever it has them', async () => {
      const closed = async (vmid: number, query?: string) =>
        (await visitor.console(key, vmid, query)).closed
      assert.deepEqual(await closed(off), { code: 4409, reason: 'guest_not_running' })
      assert.deepEqual(await closed(999), { code: 4404, reason: 'no_such_guest' })
      const power = await visitor.request('POST', `/api/hosts/${key}/guests/${off}/power`, {
        action: 'resume',
      })
      assert.equal(power.status, 409)
      assert.equal(((await power.json()) as { code: string }).code, 'wrong_state')
      const none = new Visitor(stage.url)
      await none.signIn(key, host.account('none@pve'))
      const console = await none.console(key, 100)
      assert.deepEqual(await console.closed, { code: 4403, reason: 'forbidden' })
      const wrong = { username: 'root', realm: 'pam', password: 'wrong' }
      const refused = await none.request('POST', `/api/hosts/${key}/session`, wrong)
      assert.equal(refused.status, 401)
      assert.equal(((await refused.json()) as { code: string }).code, 'login_failed')
    })

    it('ask for a second factor', async () => {
      const bob = new Visitor(stage.url)
      const { user: username, realm, password } = host.account('bob@pve')
      const form = { username, realm, password }
      const first = await bob.request('POST', `/api/hosts/${key}/session`, form)
      assert.equal(first.status, 202)
      const { challenge } = (await first.json()) as { challenge: { id: string; methods: string[] } }
      assert.deepEqual(challenge.methods, ['totp', 'recovery'])
      const answer = { id: challenge.id, method: 'totp', response: host.totp('bob@pve') }
      const second = await bob.request('POST', `/api/hosts/${key}/session/challenge`, answer)
      assert.equal(second.status, 200)
    })

    it('end with the sign-in', async () => {
      const someone = new Visitor(stage.url)
      await someone.signIn(key, host.account('alice@pve'))
      const console = await someone.console(key, 100)
      await console.handshake()
      host.advance(7_300_000)
      const answer = await someone.request('GET', `/api/hosts/${key}/guests/100`)
      assert.equal(answer.status, 401)
      assert.equal(((await answer.json()) as { code: string }).code, 'session_expired')
      assert.deepEqual(await console.closed, { code: 4401, reason: 'session_expired' })
    })
  })
}
