/** The server as a process: its listener, its output, its address, its commands. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { chooseAddress, RUNTIMES, type RuntimeName } from '../start-server.ts'
import { finished } from './finished.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`the server (${runtime})`, () => {
    let stage: Stage
    before(async () => {
      const settings = 'public_url = "https://home.example/pve"'
      stage = await setStage(runtime, { lab: { screens: 'rfb', authFailureDelayMs: 0 }, settings })
    })
    after(() => stage.close())

    const run = (...args: string[]) => {
      const [program, ...rest] = RUNTIMES[runtime].command()
      return finished(program, [...rest, ...args])
    }

    it('answers below its sub-path and without it, with a slash and without', async () => {
      const visitor = new Visitor(stage.url)
      for (const path of ['/', '/pve', '/pve/', '/pve/signin', '/signin', '/pve/wall/']) {
        const page = await visitor.request('GET', path)
        assert.equal(page.status, 200, path)
        const html = await page.text()
        assert.match(html, /name="pve-console-base" content="\/pve"/)
        const [asset = ''] = /\/pve\/assets\/[^"]+\.js/.exec(html) ?? []
        assert.equal((await visitor.request('GET', asset)).status, 200, asset)
      }
      assert.equal((await visitor.request('GET', '/pve/api/hosts')).status, 200)
      assert.equal((await visitor.request('GET', '/pve2/api/hosts')).status, 404)
      const headers = { Accept: 'text/html' }
      const lost = await fetch(`${stage.url}/nonsense`, { headers })
      assert.equal(lost.status, 404)
      assert.match(await lost.text(), /<div id="app">/)
      assert.equal((await fetch(`${stage.url}/api/nonsense`, { headers })).status, 404)
      const program = await fetch(`${stage.url}/nonsense`)
      assert.equal(((await program.json()) as { code: string }).code, 'not_found')
    })

    it('does not share its port with a second server', async () => {
      const listen = stage.url.replace('http://', '')
      const { status, stderr } = await run('--config', stage.config, '--listen', listen)
      assert.equal(status, 1)
      assert.match(stderr, /cannot listen/)
    })

    it('takes no address for one that a reset connection has no more', async () => {
      const before = stage.log().length
      for (let n = 0; n < 20; n++) await resetAfterSignIn(stage.url)
      const visitor = new Visitor(stage.url)
      await visitor.signIn('alpha', stage.lab.host('alpha').account('root@pam'))
      await until('the log to be written', () => /"client":"127/.test(stage.log().slice(before)))
      assert.doesNotMatch(stage.log().slice(before), /"client":"unix/)
    })

    it('echoes no subprotocol but its own', async () => {
      const visitor = new Visitor(stage.url, { record: false })
      await visitor.signIn('alpha', stage.lab.host('alpha').account('root@pam'))
      for (const [offered, answered] of [
        ['binary', 'binary'],
        ['foo, binary', 'binary'],
        ['foo', undefined],
        [undefined, undefined],
      ] as const) {
        const head = await upgrade(stage.url, visitor.cookie, offered)
        assert.match(head, /^HTTP\/1\.1 101 /, `${offered}`)
        const [, protocol] = /^sec-websocket-protocol: (.*?)\r$/im.exec(head) ?? []
        assert.equal(protocol, answered, `${offered}`)
      }
    })

    it('is found healthy by its own command, as configured and by address', async () => {
      assert.equal((await run('healthcheck', '--url', stage.url)).status, 0)
      assert.equal((await run('healthcheck', '--url', 'http://127.0.0.1:9')).status, 1)
      assert.equal((await run('healthcheck', '--url', 'nonsense')).status, 2)
    })

    it('goes on when nobody reads its log', async () => {
      const { listen, open } = await chooseAddress('127.0.0.1:0')
      const [program, ...rest] = RUNTIMES[runtime].command()
      const args = [...rest, '--config', stage.config, '--listen', listen]
      const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
      child.stderr.pause()
      try {
        const visitor = new Visitor(open, { record: false })
        const healthy = async () => (await visitor.request('GET', '/healthz')).ok
        await until('it to listen', () => healthy().catch(() => false))
        const account = stage.lab.host('alpha').account('root@pam')
        await visitor.signIn('alpha', account)
        // Over 100 bytes of log for each, twice: more than a pipe's 64 KiB and what we would buffer of it.
        for (let n = 0; n < 500; n++) await (await visitor.console('alpha', 101)).closed
        assert.equal(await healthy(), true)
      } finally {
        child.kill('SIGKILL')
        await new Promise((resolve) => child.once('exit', resolve))
      }
    })

    it('is checked: each host with its version, and the exit code says whether all work', async () => {
      const { status, stdout } = await run('check', '--config', stage.config)
      assert.equal(status, 0, stdout)
      const lines = stdout.trim().split('\n')
      const nodes = stage.lab.hosts.flatMap((host) =>
        host.nodes.map(({ url }) => `${host.key}: ${url} is PVE ${host.version}, `),
      )
      assert.equal(lines.length, nodes.length + 1)
      for (const [index, line] of lines.slice(1).entries()) {
        assert.ok(line.startsWith(`ok    ${nodes[index]}`), line)
        assert.ok(line.endsWith('clock right'), line)
      }
      const back = await stage.lab.host('beta').faults.refuseConnections()
      const away = await run('check', '--config', stage.config)
      assert.equal(away.status, 3, away.stdout)
      assert.match(away.stdout, /^FAIL {2}beta: .*\n {6}hint: /m)
      await back()
    })

    it('refuses key pairs and authorities that are none, and check says the same', async () => {
      const config = `${stage.config}.bad`
      const junk = `${stage.config}.pem`
      writeFileSync(junk, 'junk')
      for (const [settings, option] of [
        [
          `[tls]\nmode = "files"\ncert = "${junk}"\nkey = "${junk}"\n[hosts.a]\nurls = ["a"]`,
          'tls.cert',
        ],
        [
          `[tls]\nmode = "files"\ncert = "/nowhere"\nkey = "${junk}"\n[hosts.a]\nurls = ["a"]`,
          'tls.cert',
        ],
        [`[hosts.a]\nurls = ["a"]\nca = "${junk}"`, 'hosts.a.ca'],
      ] as const) {
        writeFileSync(config, settings)
        for (const command of [['serve'], ['check', '--offline']]) {
          const { status, stderr } = await run(...command, '--config', config)
          assert.equal(status, 2, stderr)
          assert.ok(stderr.includes(option), stderr)
        }
      }
      rmSync(config)
    })
  })
}

/** A sign-in whose sender resets the connection at once. */
function resetAfterSignIn(url: string): Promise<void> {
  const { hostname, port, host } = new URL(url)
  const body = '{"username":"ghost","realm":"pve","password":"wrong"}'
  const head = [
    'POST /api/hosts/alpha/session HTTP/1.1',
    `Host: ${host}`,
    `Origin: ${url}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.resetAndDestroy())
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
}

/** The head of the answer to an upgrade. */
function upgrade(url: string, cookie: string, protocol: string | undefined): Promise<string> {
  const { hostname, port, host } = new URL(url)
  const head = [
    'GET /api/hosts/alpha/guests/100/console HTTP/1.1',
    `Host: ${host}`,
    `Origin: ${url}`,
    `Cookie: ${cookie}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ]
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n`)
    })
    let answer = ''
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1')
      if (!answer.includes('\r\n\r\n')) return
      socket.destroy()
      resolve(answer)
    })
    socket.on('error', reject)
  })
}
