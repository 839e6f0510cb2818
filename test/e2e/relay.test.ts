/** The way of one console through the real server, on each runtime it runs on. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { LabHost } from '../lab/lab.ts'
import { alpha, beta } from '../lab/worlds.ts'
import type { RuntimeName } from '../start-server.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const MIB = 1024 * 1024

for (const runtime of ['bun', 'binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`a console through the server (${runtime})`, () => {
    let stage: Stage
    let host: LabHost

    before(async () => {
      stage = await setStage(runtime, {
        lab: { hosts: [alpha(), beta()], authFailureDelayMs: 0, screens: 'rfb' },
      })
      host = stage.lab.host('alpha')
    })
    after(() => stage.close())

    const signedIn = async (user = 'root@pam', key = 'alpha'): Promise<Visitor> => {
      const visitor = new Visitor(stage.url)
      await visitor.signIn(key, stage.lab.host(key).account(user))
      return visitor
    }

    it('brings 64 MiB to a browser that reads in fits and starts, byte for byte, in bounded memory', async () => {
      const blast = host.blast(100, { bytes: 64 * MIB, seed: 7, chunk: 4096, end: true })
      const visitor = await signedIn()
      const console = await visitor.console('alpha', 100)
      await console.handshake()
      const hash = createHash('sha256')
      let received = 0
      console.stream((bytes) => {
        hash.update(bytes)
        received += bytes.length
      })
      const memoryBefore = stage.memory()
      let highest = 0
      for (let stops = 0; stops < 4; stops++) {
        const goal = received + 4 * MIB
        await until(`${goal} bytes`, () => received >= goal)
        console.socket.pause()
        // Long enough for everything in between to fill up to its bounds.
        await wait(400)
        highest = Math.max(highest, stage.memory())
        const [open] = host.consoles.filter((each) => each.open)
        const onTheWay = (open?.bytesFromBackend ?? 0) - (open?.buffered ?? 0) - received
        assert.ok(onTheWay < 24 * MIB, `${onTheWay} bytes between PVE and the browser`)
        console.socket.resume()
      }
      const closed = await console.closed
      assert.equal(received, blast.bytes)
      assert.equal(hash.digest('hex'), blast.sha256)
      assert.equal(closed.code, 4502)
      assert.equal(closed.reason, 'pve_closed')
      // Deno's collector lets garbage of that size lie; what is on the way is bounded all the same.
      const bound = runtime === 'deno' ? 96 : 48
      assert.ok(highest - memoryBefore < bound, `from ${memoryBefore} to ${highest} MiB`)
      blast.stop()
    })

    it('takes many PVE frames of one read to the browser as one message', async () => {
      const blast = host.blast(100, { bytes: 16 * MIB, seed: 8, chunk: 1024, end: true })
      const visitor = await signedIn()
      const console = await visitor.console('alpha', 100)
      await console.handshake()
      const before = console.messages
      let received = 0
      console.stream((bytes) => {
        received += bytes.length
      })
      await console.closed
      assert.equal(received, blast.bytes)
      const messages = console.messages - before
      assert.ok(messages < blast.bytes / 1024 / 4, `${messages} messages for ${received} bytes`)
      blast.stop()
    })

    it('takes what the browser sends to the guest byte for byte, in frames that PVE takes', async () => {
      const blast = host.blast(100, { bytes: 0, seed: 9 })
      const visitor = await signedIn()
      const console = await visitor.console('alpha', 100)
      await console.handshake()
      const hash = createHash('sha256')
      let sent = 0
      for (const size of [1, 2, 125, 126, 127, 65_535, 65_536, 131_072, 131_073, 400_000, MIB]) {
        const bytes = Buffer.alloc(size, size % 251)
        hash.update(bytes)
        sent += size
        console.send(bytes)
      }
      await until('everything to arrive', () => blast.received >= sent)
      assert.equal(blast.received, sent)
      assert.equal(blast.receivedSha256(), hash.digest('hex'))
      const [open] = host.consoles.filter((each) => each.open)
      assert.equal(open?.frozen, undefined)
      assert.ok((open?.largestFrameFromClient ?? 0) <= 131_072)
      console.close()
      blast.stop()
    })

    it('does not cross wires between two hosts with the same VMID', async () => {
      const visitor = await signedIn()
      const other = stage.lab.host('beta')
      await visitor.signIn('beta', other.account('root@pam'))
      const blasts = [
        host.blast(100, { bytes: 4 * MIB, seed: 1 }),
        other.blast(100, { bytes: 4 * MIB, seed: 2 }),
      ]
      const consoles = await Promise.all([
        visitor.console('alpha', 100),
        visitor.console('beta', 100),
      ])
      const digests = await Promise.all(
        consoles.map(async (console) => {
          await console.handshake()
          const hash = createHash('sha256')
          let received = 0
          console.stream((bytes) => {
            hash.update(bytes)
            received += bytes.length
          })
          await until('4 MiB', () => received === 4 * MIB)
          return hash.digest('hex')
        }),
      )
      assert.deepEqual(
        digests,
        blasts.map((blast) => blast.sha256),
      )
      assert.notEqual(digests[0], digests[1])
      const list = (await (await visitor.request('GET', '/api/consoles')).json()) as {
        host: string
      }[]
      assert.deepEqual(list.map(({ host: key }) => key).sort(), ['alpha', 'beta'])
      for (const console of consoles) console.close()
      for (const blast of blasts) blast.stop()
    })

    it('makes one vncproxy call a console, and dials the address that answered it', async () => {
      const visitor = await signedIn()
      const from = host.requests.length
      const console = await visitor.console('alpha', 100)
      await console.handshake()
      console.close()
      await console.closed
      const made = host.requests.slice(from)
      const proxies = made.filter(({ path }) => path.endsWith('/vncproxy'))
      const upgrades = made.filter(({ path }) => path.endsWith('/vncwebsocket'))
      assert.equal(proxies.length, 1)
      assert.equal(upgrades.length, 1)
      assert.deepEqual(proxies[0]?.params, { websocket: '1' })
      assert.equal(upgrades[0]?.node, proxies[0]?.node)
      assert.equal(upgrades[0]?.headers['sec-websocket-extensions'], undefined)
    })

    it('tries once more when the screen refused the password', async () => {
      host.faults.failRfbAuth(100)
      const visitor = await signedIn()
      const from = host.requests.length
      const console = await visitor.console('alpha', 100)
      await console.handshake()
      console.close()
      const proxies = host.requests.slice(from).filter(({ path }) => path.endsWith('/vncproxy'))
      assert.equal(proxies.length, 2)
    })

    it('tries once more when PVE changed its key between the two calls', async () => {
      host.faults.answer({ path: /vncwebsocket$/, delayMs: 300, times: 1 })
      const visitor = await signedIn()
      const from = host.requests.length
      const asked = (call: string) =>
        host.requests.slice(from).filter(({ path }) => path.endsWith(call))
      const console = await visitor.console('alpha', 100)
      await until('the WebSocket to be asked for', () => asked('/vncwebsocket').length === 1)
      host.rotateKeys()
      await console.handshake()
      console.close()
      assert.equal(asked('/vncproxy').length, 2)
      assert.deepEqual(
        asked('/vncwebsocket').map(({ status }) => status),
        [401, 101],
      )
    })

    it('lets consoles run on when the same person signs in again', async () => {
      const visitor = await signedIn()
      const console = await visitor.console('alpha', 102)
      await console.handshake()
      await visitor.signIn('alpha', host.account('root@pam'))
      console.send([3, 0, 0, 0, 0, 0, 0, 8, 0, 8])
      assert.equal((await console.read(4))[0], 0)
      const list = await visitor.request('GET', '/api/consoles')
      assert.equal(((await list.json()) as unknown[]).length, 1)
      await visitor.request('DELETE', '/api/session')
      assert.deepEqual(await console.closed, { code: 4401, reason: 'signed_out' })
    })

    it('shares the screen with who is there already, although the browser asks for it alone', async () => {
      const [first, second] = [await signedIn(), await signedIn('alice@pve')]
      const one = await first.console('alpha', 100)
      await one.handshake()
      const two = await second.console('alpha', 100)
      await two.handshake()
      for (const console of [one, two]) {
        console.send([3, 0, 0, 0, 0, 0, 0, 8, 0, 8])
        assert.equal((await console.read(4))[0], 0)
      }
      for (const console of [one, two]) console.close()
    })

    it('closes every console of a session with 4401 at once when its person signs out', async () => {
      const visitor = await signedIn()
      const consoles = await Promise.all([
        visitor.console('alpha', 100),
        visitor.console('alpha', 102),
      ])
      for (const console of consoles) await console.handshake()
      const response = await visitor.request('DELETE', '/api/session')
      assert.equal(response.status, 204)
      for (const console of consoles) {
        assert.deepEqual(await console.closed, { code: 4401, reason: 'signed_out' })
      }
      await until('PVE to see them gone', () => host.consoles.every((each) => !each.open))
      assert.equal((await visitor.request('GET', '/api/session')).status, 401)
    })

    const refusals = [
      {
        what: 'a stopped guest',
        user: 'root@pam',
        vmid: 101,
        code: 4409,
        reason: 'guest_not_running',
      },
      {
        what: 'a guest without right',
        user: 'none@pve',
        vmid: 100,
        code: 4403,
        reason: 'forbidden',
      },
      {
        what: 'a number nobody has',
        user: 'root@pam',
        vmid: 999,
        code: 4404,
        reason: 'no_such_guest',
      },
      {
        what: 'a number that is none',
        user: 'root@pam',
        vmid: 'x',
        code: 4400,
        reason: 'bad_request',
      },
      {
        what: 'an unknown kind',
        user: 'root@pam',
        vmid: 100,
        query: '?kind=spice',
        code: 4400,
        reason: 'bad_request',
      },
      {
        what: 'a host not signed in to',
        user: 'root@pam',
        host: 'beta',
        vmid: 100,
        code: 4401,
        reason: 'not_signed_in',
      },
      {
        what: 'an unknown host',
        user: 'root@pam',
        host: 'gamma',
        vmid: 100,
        code: 4404,
        reason: 'no_such_host',
      },
    ]
    for (const { what, user, vmid, code, reason, query, host: key } of refusals) {
      it(`closes with ${code} ${reason} for ${what}`, async () => {
        const visitor = await signedIn(user)
        const console = await visitor.console(key ?? 'alpha', vmid, query)
        assert.deepEqual(await console.closed, { code, reason })
      })
    }

    it('tells a browser whose session is over so, in the close code', async () => {
      const visitor = await signedIn()
      const stale = visitor.cookie
      await visitor.request('DELETE', '/api/session')
      const console = await new Visitor(stage.url, { cookie: stale }).console('alpha', 100)
      assert.deepEqual(await console.closed, { code: 4401, reason: 'session_expired' })
    })

    it('closes with 1003 for text, 1008 for a flood, and nobody else notices', async () => {
      const visitor = await signedIn()
      const [quiet, texting, flooding] = await Promise.all([
        visitor.console('alpha', 102),
        visitor.console('alpha', 100),
        visitor.console('alpha', 100),
      ])
      for (const console of [quiet, texting, flooding]) await console.handshake()
      texting.socket.send('hello')
      assert.deepEqual(await texting.closed, { code: 1003, reason: 'binary_only' })
      for (let count = 0; count < 6000; count++) flooding.send([])
      const { code } = await flooding.closed
      // Deno drops a connection that it closes with data unread, and the close frame with it.
      assert.ok(code === 1008 || (runtime === 'deno' && code === 1006), `closed with ${code}`)
      await until('the log to say why', () => stage.log().includes('"reason":"too_fast"'))
      quiet.send([3, 0, 0, 0, 0, 0, 0, 8, 0, 8])
      assert.equal((await quiet.read(4))[0], 0)
      quiet.close()
    })

    it('lets PVE go when the browser leaves while its screen is being opened', async () => {
      host.settings.bannerDelayMs = 60_000
      try {
        const visitor = await signedIn()
        const console = await visitor.console('alpha', 100)
        await console.read(12)
        await until('PVE to be dialled', () => host.consoles.some((each) => each.open))
        console.close()
        await until('PVE to be let go', () => host.consoles.every((each) => !each.open), 3000)
        const list = await visitor.request('GET', '/api/consoles')
        assert.deepEqual(await list.json(), [])
      } finally {
        host.settings.bannerDelayMs = 0
      }
    })

    it('says that the guest has moved when it did', async () => {
      const visitor = await signedIn()
      const console = await visitor.console('alpha', 100)
      await console.handshake()
      host.guest(100).migrate('c')
      assert.deepEqual(await console.closed, { code: 4410, reason: 'guest_moved' })
      host.guest(100).migrate('a')
    })

    it('says that the guest was stopped when PVE ends a console without a word', async () => {
      const visitor = await signedIn()
      const console = await visitor.console('alpha', 102)
      await console.handshake()
      await host.guest(102).stop()
      assert.deepEqual(await console.closed, { code: 4409, reason: 'guest_not_running' })
      await host.guest(102).start()
    })

    it('closes consoles with 1001 and ends within five seconds when told to stop', async () => {
      const own = await setStage(runtime, { lab: { screens: 'rfb' } })
      try {
        const visitor = new Visitor(own.url)
        await visitor.signIn('alpha', own.lab.host('alpha').account('root@pam'))
        const console = await visitor.console('alpha', 100)
        await console.handshake()
        process.kill(own.server.pid, 'SIGTERM')
        assert.deepEqual(await console.closed, { code: 1001, reason: 'restarting' })
        assert.equal(await own.server.ended, 'exit code 0')
      } finally {
        await own.close()
      }
    })
  })
}
