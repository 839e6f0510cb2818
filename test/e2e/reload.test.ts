/** SIGHUP: what a running server takes of a new configuration, and what it keeps. */
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { after, before, describe, it } from 'node:test'
import { connect } from 'node:tls'
import type { LabHost } from '../lab/lab.ts'
import { makePair, type Pair } from '../pve/raw-host.ts'
import type { RuntimeName } from '../start-server.ts'
import type { RfbVisitor } from './rfb-visitor.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const MIB = 1024 * 1024
const LOADED = /"audit":"config_loaded"/g
const REFUSED = /the new configuration is refused, and the old one stays.*/g

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`a new configuration (${runtime})`, () => {
    let stage: Stage
    let alpha: LabHost
    let first: Pair
    /** The configuration that the server was started with. */
    let original = ''

    before(async () => {
      first = await makePair()
      const lab = { screens: 'rfb', authFailureDelayMs: 0 } as const
      stage = await setStage(runtime, { lab, tls: first })
      alpha = stage.lab.host('alpha')
      original = readFileSync(stage.config, 'utf8')
    })
    after(() => stage.close())

    const count = (words: RegExp): number => stage.log().match(words)?.length ?? 0
    const hup = async (words: RegExp): Promise<void> => {
      const seen = count(words)
      process.kill(stage.server.pid, 'SIGHUP')
      await until('the signal to be answered', () => count(words) > seen)
    }
    const load = async (text: string): Promise<void> => {
      writeFileSync(stage.config, text)
      await hup(LOADED)
    }
    /** What the server says of why it refuses a text. */
    const refusal = async (text: string): Promise<string> => {
      writeFileSync(stage.config, text)
      await hup(REFUSED)
      return stage.log().match(REFUSED)?.at(-1) ?? ''
    }
    /** The configuration without its last host. */
    const withoutBeta = (): string => original.slice(0, original.indexOf('[hosts.beta]'))
    const signedIn = async (...keys: string[]): Promise<Visitor> => {
      const visitor = new Visitor(stage.url, { record: false })
      for (const key of keys) {
        await visitor.signIn(key, stage.lab.host(key).account('root@pam'))
      }
      return visitor
    }
    const screen = async (visitor: Visitor, key: string): Promise<RfbVisitor> => {
      const console = await visitor.console(key, 100)
      await console.handshake()
      return console
    }
    const read = async (visitor: Visitor, path: string): Promise<unknown> => {
      const answer = await visitor.request('GET', path)
      assert.equal(answer.status, 200, path)
      return answer.json()
    }
    const hostsOf = async (visitor: Visitor) =>
      (await read(visitor, '/api/hosts')) as {
        key: string
        label: string
        realm?: string
        user: string | null
      }[]
    const keysOf = async (visitor: Visitor) => (await hostsOf(visitor)).map(({ key }) => key)
    const accountsOf = async (visitor: Visitor) => {
      const { hosts } = (await read(visitor, '/api/session')) as { hosts: { host: string }[] }
      return hosts.map(({ host }) => host)
    }
    const shown = async (): Promise<string> => {
      const { hostname, port } = new URL(stage.url)
      const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { fingerprint256 } = socket.getPeerCertificate()
      socket.destroy()
      return fingerprint256
    }

    it('that leaves a host out ends its consoles and sign-ins, and nobody else’s', async () => {
      const visitor = await signedIn('alpha', 'beta')
      const [kept, gone] = [await screen(visitor, 'alpha'), await screen(visitor, 'beta')]
      await load(withoutBeta())
      assert.deepEqual(await gone.closed, { code: 4404, reason: 'no_such_host' })
      assert.deepEqual(await keysOf(visitor), ['alpha'])
      assert.deepEqual(await accountsOf(visitor), ['alpha'])
      assert.equal((await visitor.request('GET', '/api/hosts/beta/realms')).status, 404)
      const { guests, problems } = (await read(visitor, '/api/guests')) as {
        guests: { host: string }[]
        problems: unknown[]
      }
      assert.deepEqual(new Set(guests.map(({ host }) => host)), new Set(['alpha']))
      assert.deepEqual(problems, [])
      const before = alpha.consoles.filter((each) => each.open).length
      kept.close()
      await until('PVE’s side to end', () => {
        return alpha.consoles.filter((each) => each.open).length === before - 1
      })
    })

    it('that has a host more takes people there', async () => {
      const visitor = await signedIn('alpha')
      await load(original)
      assert.deepEqual(await keysOf(visitor), ['alpha', 'beta'])
      await visitor.signIn('beta', stage.lab.host('beta').account('root@pam'))
      const console = await screen(visitor, 'beta')
      console.close()
    })

    it('with other words for a host changes the words alone', async () => {
      const visitor = await signedIn('alpha')
      const console = await screen(visitor, 'alpha')
      const tickets = alpha.secrets.tickets.length
      const label = original.replace('"Lab alpha"', '"Alpha renamed"\nrealm = "pve"')
      await load(label)
      const [host] = await hostsOf(visitor)
      assert.deepEqual([host?.label, host?.realm, host?.user], ['Alpha renamed', 'pve', 'root@pam'])
      assert.equal(alpha.secrets.tickets.length, tickets)
      const guest = alpha.guest(100)
      const typed = guest.receivedText().length
      console.type(0x61)
      await until('a key to arrive', () => guest.receivedText().length > typed)
      console.close()
      await load(original)
    })

    it('with other trust in a host has people sign in there again', async () => {
      const visitor = await signedIn('alpha', 'beta')
      const console = await screen(visitor, 'beta')
      const fingerprint = stage.lab.host('beta').nodes[0]?.sha256 ?? ''
      const judged = original.replace(
        /(\[hosts\.beta\].*?)\nca = [^\n]*/s,
        `$1\nfingerprint = ["${fingerprint}"]`,
      )
      assert.notEqual(judged, original)
      await load(judged)
      assert.deepEqual(await console.closed, { code: 4401, reason: 'signed_out' })
      assert.deepEqual(await accountsOf(visitor), ['alpha'])
      await visitor.signIn('beta', stage.lab.host('beta').account('root@pam'))
      assert.deepEqual(await accountsOf(visitor), ['alpha', 'beta'])
      await load(judged.replace(fingerprint, '0'.repeat(64)))
      assert.deepEqual(await accountsOf(visitor), ['alpha'])
      const { user: username, realm, password } = stage.lab.host('beta').account('root@pam')
      const body = { username, realm, password }
      assert.equal((await visitor.request('POST', '/api/hosts/beta/session', body)).status, 502)
      await load(original)
    })

    for (const [what, change, says] of [
      ['is no TOML', () => 'nonsense', /config\.toml:1:/],
      ['has an unknown option', () => `nonsense = 1\n${original}`, /nonsense: there is no such/],
      ['has no host', () => original.replace(/\[hosts.*/s, ''), /no host is configured/],
      [
        'names an authority that is none',
        () => original.replace(/^ca = .*$/m, 'ca = "/nowhere"'),
        /hosts\.alpha\.ca/,
      ],
      [
        'names a key pair that is none',
        () => original.replace(/^tls\.key = .*$/m, 'tls.key = "/nowhere"'),
        /tls\.key/,
      ],
    ] as const) {
      it(`that ${what} is refused, and the old one stays`, async () => {
        const visitor = await signedIn('alpha')
        const console = await screen(visitor, 'alpha')
        assert.match(await refusal(change()), says)
        assert.deepEqual(await keysOf(visitor), ['alpha', 'beta'])
        assert.deepEqual(await accountsOf(visitor), ['alpha'])
        assert.equal(console.socket.readyState, WebSocket.OPEN)
        console.close()
      })
    }

    it('is refused with confirmed certificates that cannot be read', async () => {
      writeFileSync(stage.knownHosts, 'nonsense\n')
      assert.match(await refusal(withoutBeta()), /known_hosts: line 1/)
      const visitor = await signedIn('beta')
      assert.deepEqual(await keysOf(visitor), ['alpha', 'beta'])
      writeFileSync(stage.knownHosts, '')
      await load(original)
    })

    it('names what a running server cannot take, and takes the rest', async () => {
      const state = dirname(stage.knownHosts)
      const text = original
        .replace(
          /^state_dir = .*$/m,
          `state_dir = "${state}-other"\nlimits.consoles_per_session = 1`,
        )
        .replace(/^tls\..*$/gm, '')
        .replace(/^log\.level = .*$/m, 'log.level = "warn"\nlog.audit = "stderr"\ntls.mode = "off"')
      await load(text)
      for (const option of ['state_dir', 'tls.mode']) {
        await until(option, () => stage.log().includes(`${option} takes a restart`))
      }
      assert.doesNotMatch(stage.log(), /listen takes a restart|log\.audit takes a restart/)
      const visitor = await signedIn('alpha')
      const console = await screen(visitor, 'alpha')
      const second = await visitor.console('alpha', 100)
      assert.equal((await second.closed).code, 4429)
      console.close()
      await load(original)
      assert.equal(count(/takes a restart/g), 2, 'what was not taken need not be taken back')
    })

    it('may be below another path, with a page that knows it', async () => {
      const visitor = new Visitor(stage.url)
      await load(`public_url = "${stage.url}/pve"\n${original}`)
      const page = await visitor.request('GET', '/pve/')
      assert.equal(page.status, 200)
      assert.match(await page.text(), /name="pve-console-base" content="\/pve"/)
      await load(original)
      assert.equal((await visitor.request('GET', '/pve/')).status, 404)
    })

    it('leaves a console byte for byte as it was, while a host comes', async () => {
      await load(withoutBeta())
      await throughReload(() => load(original))
    })

    it('shows a new certificate', async () => {
      assert.equal(await shown(), new X509Certificate(first.cert).fingerprint256)
      const second = await makePair()
      const show = async (pair: Pair): Promise<void> => {
        const directory = dirname(stage.config)
        writeFileSync(join(directory, 'tls.crt'), pair.cert)
        writeFileSync(join(directory, 'tls.key'), pair.key)
        await hup(/the new certificate is shown/g)
      }
      // Deno's listener cannot be swapped under its sockets.
      if (runtime === 'binary') await throughReload(() => show(second))
      else {
        const console = await screen(await signedIn('alpha'), 'alpha')
        await show(second)
        assert.deepEqual(await console.closed, { code: 1001, reason: 'restarting' })
      }
      assert.equal(await shown(), new X509Certificate(second.cert).fingerprint256)
      const console = await screen(await signedIn('alpha'), 'alpha')
      console.close()
      await show(first)
      assert.equal(await shown(), new X509Certificate(first.cert).fingerprint256)
    })

    /** Streams a screen, has `change` happen in the midst of it, and compares every byte. */
    async function throughReload(change: () => Promise<void>): Promise<void> {
      const blast = alpha.blast(100, { bytes: 24 * MIB, seed: 11, end: true })
      const console = await screen(await signedIn('alpha'), 'alpha')
      const hash = createHash('sha256')
      let received = 0
      console.stream((bytes) => {
        hash.update(bytes)
        received += bytes.length
      })
      await until('some of it', () => received > 4 * MIB)
      console.socket.pause()
      await change()
      assert.ok(received < blast.bytes)
      console.socket.resume()
      const closed = await console.closed
      // What PVE's end looks like while the guest runs on.
      assert.deepEqual(closed, { code: 4502, reason: 'pve_closed' })
      assert.equal(received, blast.bytes)
      assert.equal(hash.digest('hex'), blast.sha256)
      blast.stop()
    }
  })
}
