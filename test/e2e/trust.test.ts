/** Certificates: nothing is sent to a host that is not trusted, and how it comes to be. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { LabHost } from '../lab/lab.ts'
import { RUNTIMES, type RuntimeName } from '../start-server.ts'
import { finished } from './finished.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`trust in a host (${runtime})`, () => {
    let stage: Stage
    let host: LabHost

    before(async () => {
      stage = await setStage(runtime, { lab: { screens: 'rfb' }, trusted: false })
      host = stage.lab.host('beta')
    })
    after(() => stage.close())

    const visitor = () => new Visitor(stage.url, { record: false })
    const stateOf = async (): Promise<string | undefined> => {
      const answer = await visitor().request('GET', '/api/hosts')
      const hosts = (await answer.json()) as { key: string; state: string }[]
      return hosts.find(({ key }) => key === 'beta')?.state
    }
    const signIn = (who: Visitor) => {
      const { user: username, realm, password } = host.account('root@pam')
      return who.request('POST', '/api/hosts/beta/session', { username, realm, password })
    }
    const run = (...args: string[]) => {
      const [program, ...rest] = RUNTIMES[runtime].command()
      return finished(program, [...rest, ...args, '--config', stage.config])
    }

    it('is not there at first: not one byte is sent, whatever is asked for', async () => {
      assert.equal(await stateOf(), 'untrusted')
      const answer = await signIn(visitor())
      assert.equal(answer.status, 502)
      assert.equal(((await answer.json()) as { code: string }).code, 'host_untrusted')
      await visitor().request('GET', '/api/hosts/beta/realms')
      assert.ok(host.accepted > 0, 'it was looked at')
      const sent = host.connections.map((each) => each.applicationBytesReceived)
      assert.deepEqual(new Set(sent), new Set([0]))
      assert.deepEqual(host.requests, [])
    })

    it('can be judged by what strangers are shown of the certificate', async () => {
      const answer = await visitor().request('GET', '/api/hosts/beta/certificate')
      const certificate = (await answer.json()) as Record<string, unknown>
      assert.equal(certificate.trusted, false)
      assert.equal(certificate.fingerprint, host.nodes[0]?.fingerprint)
      assert.equal(certificate.expected, undefined)
      const command = `pve-console trust beta --config ${stage.config}`
      assert.deepEqual(certificate.confirm, { command, user: 'root' })
      await until('the banner to name it', () => /trust beta --config /.test(stage.log()))
    })

    it('is checked in the terminal, with what to do', async () => {
      const { status, stdout } = await run('check')
      assert.equal(status, 3)
      assert.match(stdout, /FAIL {2}beta: .*\n.*pve-console trust beta/)
    })

    it('is not given to a certificate other than the expected one', async () => {
      const { status, stderr } = await run('trust', 'beta', '--fingerprint', '00'.repeat(32))
      assert.equal(status, 3)
      assert.match(stderr, /NOT the expected/)
      assert.throws(() => readFileSync(stage.knownHosts, 'utf8'))
    })

    it('is given by its fingerprint, and a running server notices', async () => {
      writeFileSync(stage.knownHosts, '# kept\n')
      const fingerprint = host.nodes[0]?.fingerprint.toLowerCase() ?? ''
      const { status, stdout } = await run('trust', 'beta', '--fingerprint', fingerprint)
      assert.equal(status, 0, stdout)
      assert.match(readFileSync(stage.knownHosts, 'utf8'), /^# kept\nbeta sha256:[0-9a-f]{64} # /)
      assert.equal(await stateOf(), 'ready', 'at the first question')
      assert.equal((await signIn(visitor())).status, 200)
      assert.equal((await run('check')).status, 3, 'the other host is still not trusted')
    })

    it('ends for new connections when the certificate is another than the confirmed one', async () => {
      const who = visitor()
      await who.signIn('beta', host.account('root@pam'))
      writeFileSync(stage.knownHosts, `beta sha256:${'0'.repeat(64)} # another\n`)
      host.faults.cutConnections()
      const requests = host.requests.length
      const console = await who.console('beta', 100)
      assert.deepEqual(await console.closed, { code: 4495, reason: 'certificate_changed' })
      const answer = await who.request('GET', '/api/hosts/beta/certificate')
      const { expected } = (await answer.json()) as { expected: string[] }
      assert.deepEqual(expected, [Array(32).fill('00').join(':')])
      assert.equal(host.requests.length, requests)
    })

    it('is not lost by a file that broke: what it said before counts, and the log says so', async () => {
      const sha256 = host.nodes[0]?.sha256
      writeFileSync(stage.knownHosts, `beta sha256:${sha256}\n`)
      assert.equal(await stateOf(), 'ready')
      writeFileSync(stage.knownHosts, 'nonsense\n')
      host.faults.cutConnections()
      assert.equal((await signIn(visitor())).status, 200)
      await until('the log to say so', () => /known_hosts cannot be read/.test(stage.log()))
      const { status, stderr } = await run('check', '--offline')
      assert.equal(status, 2)
      assert.match(stderr, /known_hosts: line 1: accepted is/)
    })
  })
}
