/** A host that stands behind a reverse proxy of its own: real nginx, with a certificate of the host's authority. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Clock, systemClock } from '../../src/clock.ts'
import { requestTicket } from '../../src/pve/api.ts'
import { Host } from '../../src/pve/host.ts'
import { openScreen } from '../../src/pve/open-console.ts'
import { createTrust } from '../../src/pve/trust.ts'
import { runHandshake } from '../../src/rfb/run-handshake.ts'
import { PveHandshake } from '../../src/rfb/security.ts'
import { runtime as bun } from '../../src/runtime/bun.ts'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { hasNginx, type LabProxy, type NginxOptions, startNginx } from '../lab/nginx.ts'
import { needs } from '../needs.ts'
import { hostConfig } from '../pve/fake-host.ts'
import { get, post } from '../pve/raw-host.ts'
import type { RuntimeName } from '../start-server.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const QUIET = { screens: 'rfb', authFailureDelayMs: 0 } as const

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`a host behind nginx (${runtime})`, () => {
    let stage: Stage
    let beta: LabHost
    const proxies: LabProxy[] = []

    before(async () => {
      if (!hasNginx()) return
      const behind = async (key: string, host: LabHost, options?: NginxOptions) => {
        const proxy = await startNginx(host, options)
        proxies.push(proxy)
        return `[hosts.${key}]\nurls = ["${proxy.url}"]\nca = "${host.caFile}"\n`
      }
      stage = await setStage(runtime, {
        lab: QUIET,
        more: async (lab) => {
          const patient = await behind('patient', lab.host('beta'))
          return patient + (await behind('hasty', lab.host('beta'), { readTimeout: 1 }))
        },
      })
      beta = stage.lab.host('beta')
    })
    after(async () => {
      await stage?.close()
      for (const proxy of proxies) await proxy.stop()
    })

    const signedIn = async (key: string): Promise<Visitor> => {
      const visitor = new Visitor(stage.url, { record: false })
      await visitor.signIn(key, beta.account('root@pam'))
      return visitor
    }
    const problems = async (visitor: Visitor): Promise<string[]> => {
      const answer = await visitor.request('GET', '/api/guests')
      const { problems } = (await answer.json()) as { problems: { host: string; code: string }[] }
      return problems.map(({ host, code }) => `${host} ${code}`)
    }
    const stateOf = async (key: string): Promise<string | undefined> => {
      const answer = await new Visitor(stage.url).request('GET', '/api/hosts')
      const hosts = (await answer.json()) as { key: string; state: string }[]
      return hosts.find((host) => host.key === key)?.state
    }

    it('is signed in to, listed and looked at as any other, under its own name', async (t) => {
      if (!needs(t, hasNginx(), 'nginx')) return
      const visitor = await signedIn('patient')
      const answer = await visitor.request('GET', '/api/guests')
      const { guests } = (await answer.json()) as { guests: { vmid: number }[] }
      assert.ok(guests.some(({ vmid }) => vmid === 100))
      const console = await visitor.console('patient', 100)
      assert.equal((await console.handshake()).name, 'QEMU (beta-desk)')
      const typed = beta.guest(100).receivedText().length
      console.type(0x61)
      await until('a key to arrive', () => beta.guest(100).receivedText().length > typed)
      console.close()
      const names = beta.requests
        .filter(({ path }) => /access\/ticket|vncproxy|vncwebsocket/.test(path))
        .map(({ headers }) => headers.host)
      assert.equal(names.length, 3)
      assert.deepEqual(new Set(names), new Set([new URL(proxies[0]?.url ?? '').host]))
      // Written when the console ends.
      const noted = () =>
        proxies[0]?.requests().some((line) => /^101 GET .*vncwebsocket/.test(line))
      await until('nginx to note it', () => noted() === true)
    })

    it('whose PVE is down is said to be so, and found again when it is back', async (t) => {
      if (!needs(t, hasNginx(), 'nginx')) return
      const visitor = await signedIn('patient')
      const running = await visitor.console('patient', 100)
      await running.handshake()
      const back = await beta.faults.refuseConnections()
      beta.faults.cutConnections()
      assert.deepEqual(await running.closed, { code: 4503, reason: 'gateway_down' })
      assert.deepEqual(await problems(visitor), ['patient gateway_down'])
      const { user: username, realm, password } = beta.account('root@pam')
      const body = { username, realm, password }
      const answer = await visitor.request('POST', '/api/hosts/patient/session', body)
      assert.equal(answer.status, 503)
      const problem = (await answer.json()) as { code: string; detail: string }
      assert.equal(problem.code, 'gateway_down')
      assert.match(problem.detail, /proxy/)
      const console = await visitor.console('patient', 100)
      assert.deepEqual(await console.closed, { code: 4503, reason: 'gateway_down' })
      await back()
      await visitor.signIn('patient', beta.account('root@pam'))
      assert.deepEqual(await problems(visitor), [])
      await until('the list of hosts to say so', async () => (await stateOf('patient')) === 'ready')
    })

    it('whose PVE takes longer than nginx waits is said to be slow, and is ready', async (t) => {
      if (!needs(t, hasNginx(), 'nginx')) return
      const visitor = await signedIn('hasty')
      const free = beta.faults.answer({ path: /\/status\/current$/, hang: true })
      const answer = await visitor.request('GET', '/api/hosts/hasty/guests/100')
      free()
      assert.equal(answer.status, 504)
      assert.equal(((await answer.json()) as { code: string }).code, 'gateway_timeout')
      assert.equal(await stateOf('hasty'), 'ready')
      assert.deepEqual(await problems(visitor), [])
    })

    it('renews its certificate without anybody noticing', async (t) => {
      if (!needs(t, hasNginx(), 'nginx')) return
      const [proxy] = proxies
      assert.ok(proxy)
      const visitor = await signedIn('patient')
      const console = await visitor.console('patient', 100)
      await console.handshake()
      const shown = async () => {
        const answer = await visitor.request('GET', '/api/hosts/patient/certificate')
        return ((await answer.json()) as { fingerprint: string; trusted: boolean }).fingerprint
      }
      const before = await shown()
      const renewed = await proxy.renew()
      assert.notEqual(renewed, before)
      await visitor.signIn('patient', beta.account('root@pam'))
      assert.equal(await shown(), renewed)
      assert.equal(await stateOf('patient'), 'ready')
      const typed = beta.guest(100).receivedText().length
      console.type(0x62)
      await until('a key to arrive', () => beta.guest(100).receivedText().length > typed)
      console.close()
    })
  })
}

describe('what nginx cuts when it is idle', () => {
  /** How much faster than the real one this clock is. */
  const PACE = 30
  const quick: Clock = {
    ...systemClock,
    schedule: (run, ms) => systemClock.schedule(run, ms / PACE),
  }
  const place = { node: 'b', type: 'qemu', vmid: 100 } as const
  let lab: Lab
  let beta: LabHost

  before(async () => {
    lab = await startLab(QUIET)
    beta = lab.host('beta')
  })
  after(() => lab.close())

  /** A host of ours behind an nginx of its own, and the connections it makes for calls. */
  async function behind(options: NginxOptions) {
    const proxy = await startNginx(beta, options)
    const config = { ...hostConfig('home'), urls: [new URL(proxy.url)] }
    const sources = { authority: beta.caPem, systemAuthorities: () => [], known: () => [] }
    const newTrust = () => createTrust(config, { ...sources, now: () => 0 })
    const connections = { made: 0, ended: 0 }
    const connect: typeof bun.connect = async (target) => {
      const made = await bun.connect(target)
      connections.made++
      made.socket.once('close', () => connections.ended++)
      return made
    }
    const host = new Host(config, newTrust, { connect }, systemClock)
    const end = async (): Promise<void> => {
      host.close()
      await proxy.stop()
    }
    return { host, connections, end }
  }

  /** An open screen, and how it ended; null while it has not. */
  async function screenOf(host: Host) {
    const { userid, password } = beta.account('root@pam')
    const answer = await requestTicket(host, userid, password)
    assert.ok(answer.kind === 'ticket')
    const { signal } = new AbortController()
    const opening = { host, identity: answer.identity, place, runtime: bun, signal, onPhase() {} }
    const screen = await openScreen(opening)
    await runHandshake(screen.port, new PveHandshake(screen.password), signal)
    const state = { ended: false }
    const end = (): void => {
      state.ended = true
    }
    screen.port.receive({ data() {}, drain() {}, end })
    return { port: screen.port, state }
  }

  it('is a console that nothing flows in', async (t) => {
    if (!needs(t, hasNginx(), 'nginx')) return
    const { host, end } = await behind({ readTimeout: 60 / PACE })
    const { state } = await screenOf(host)
    await until('nginx to lose patience', () => state.ended)
    await end()
  })

  it('is no console of ours: pings keep it', async (t) => {
    if (!needs(t, hasNginx(), 'nginx')) return
    const { host, end } = await behind({ readTimeout: 60 / PACE })
    const { port, state } = await screenOf(host)
    port.keepAlive(quick)
    const pings = () => beta.consoles.at(-1)?.pingsFromClient ?? 0
    // Eight pings in place of 15 s each: nginx has had twice the time that it waits.
    await until('eight pings', () => pings() >= 8)
    assert.equal(state.ended, false)
    assert.equal(beta.consoles.at(-1)?.open, true)
    port.destroy()
    await end()
  })

  it('is a connection between two calls, and the second call has another', async (t) => {
    if (!needs(t, hasNginx(), 'nginx')) return
    const { host, connections, end } = await behind({ keepAlive: 1 })
    const path = '/api2/json/access/domains'
    for (const call of [
      { ...get, path },
      { ...post, path: '/api2/json/access/ticket' },
      { ...get, path },
    ]) {
      await host.send(call)
      await until('nginx to close it', () => connections.ended === connections.made)
    }
    assert.equal(connections.made, 3)
    assert.equal(host.state, 'ready')
    await end()
  })
})
