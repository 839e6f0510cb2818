/** Nothing of PVE's reaches the browser or the log: every byte is recorded and searched. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { RuntimeName } from '../start-server.ts'
import { canaries, findCanaries } from './canaries.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`secrets stay in the server (${runtime})`, () => {
    let stage: Stage
    let visitor: Visitor

    before(async () => {
      stage = await setStage(runtime, { lab: { screens: 'rfb', authFailureDelayMs: 0 } })
      visitor = new Visitor(stage.url)
      await useEverything(stage, visitor)
    })
    after(() => stage.close())

    it('had secrets to keep', () => {
      const kinds = new Set([...canaries(stage.lab).values()].map((kind) => kind.split(': ')[1]))
      for (const kind of ['ticket', 'CSRF token', 'VNC ticket', 'credential', 'address']) {
        assert.ok(kinds.has(kind), kind)
      }
      const beta = stage.lab.host('beta').secrets
      assert.ok(beta.vncPasswords.length > 0)
    })

    it('would have been found', () => {
      const [ticket = ''] = stage.lab.host('alpha').secrets.tickets
      for (const leak of [ticket, encodeURIComponent(ticket), btoa(`x${ticket}`)]) {
        assert.notDeepEqual(findCanaries(stage.lab, Buffer.from(`before ${leak} after`)), [], leak)
      }
    })

    it('told the browser of guests, consoles and failures in the stream of events', () => {
      const text = visitor.recorded().toString('latin1')
      for (const event of ['snapshot', 'session', 'problem']) {
        assert.ok(text.includes(`event: ${event}`), event)
      }
    })

    it('sends none of them to the browser, in no header, body, frame or close reason', () => {
      assert.deepEqual(findCanaries(stage.lab, visitor.recorded()), [])
    })

    it('writes none of them into its log, at its most talkative', async () => {
      const lines = (what: string) => stage.log().split(what).length - 1
      await until('every console to be logged', () => {
        return lines('console opening') >= 6 && lines('console_closed') === lines('console opening')
      })
      const log = stage.log()
      const hosts = new Set(stage.lab.hosts.flatMap(({ nodes }) => nodes.map(({ url }) => url)))
      assert.ok(hosts.size > 0)
      assert.deepEqual(findCanaries(stage.lab, Buffer.from(log)), [])
    })

    it('sends no PVE cookie and no port of a console', () => {
      const text = visitor.recorded().toString('latin1')
      assert.doesNotMatch(text, /PVEAuthCookie|PVEVNC|CSRFPrevention|vncticket|UPID:/)
      assert.doesNotMatch(text, /"port"/)
    })
  })
}

/** Right ways and wrong ways through everything that answers. */
async function useEverything(stage: Stage, visitor: Visitor): Promise<void> {
  const { lab } = stage
  let listening: { readonly ended: Promise<void> } | undefined
  await visitor.request('GET', '/api/hosts')
  for (const host of lab.hosts) {
    const account = host.account('root@pam')
    await visitor.request('GET', `/api/hosts/${host.key}/realms`)
    const wrong = { username: 'root', realm: 'pam', password: 'wrong' }
    await visitor.request('POST', `/api/hosts/${host.key}/session`, wrong)
    await visitor.signIn(host.key, account)
    listening ??= await visitor.listen()
    await visitor.request('GET', '/api/guests')
    await visitor.request('GET', `/api/hosts/${host.key}/guests/100`)
    const console = await visitor.console(host.key, 100)
    await console.handshake()
    console.send([3, 0, 0, 0, 0, 0, 0, 8, 0, 8])
    await console.read(4)
    await visitor.request('GET', '/api/consoles')
    host.faults.dropConsoles(100)
    await console.closed
    host.faults.failRfbAuth(100, 2)
    await (await visitor.console(host.key, 100)).closed
    const broken = { path: /vncproxy$/, status: 500, reason: 'broken PVE', times: 1 }
    host.faults.answer(broken)
    await (await visitor.console(host.key, 100)).closed
    const odd = { path: '/cluster/resources', status: 200, body: '{"data":7}', times: 1 }
    host.faults.answer(odd)
    await visitor.request('GET', '/api/guests')
    host.faults.answer({ ...odd, times: 10 })
    await until('the stream to tell', () =>
      visitor.recorded().includes(`"host":"${host.key}","code":"pve_error"`),
    )
  }
  await visitor.request('GET', '/api/session')
  await visitor.request('GET', '/')
  await visitor.request('DELETE', '/api/session')
  await listening?.ended
  await until('PVE to see the consoles gone', () =>
    lab.hosts.every((host) => host.consoles.every((each) => !each.open)),
  )
}
