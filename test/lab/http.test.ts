/** The lab's HTTP layer: everything PVE refuses, cuts or leaves unanswered. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import { until } from './clock.ts'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { call, requestText, type Session, signIn, Wire } from './probe.ts'
import { alpha as alphaWorld } from './worlds.ts'

describe('HTTP as PVE speaks it', () => {
  let lab: Lab
  let host: LabHost
  let root: Session

  before(async () => {
    lab = await startLab({ hosts: [alphaWorld()], screens: 'rfb', authFailureDelayMs: 0 })
    host = lab.host('alpha')
    root = await signIn(host, 'root@pam')
  })
  after(() => lab.close())

  const version = '/api2/json/version'

  describe('limits of the head', () => {
    const fine = { Host: 'x' }
    const lines = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, 'y']))
    const fit = { '60 lines': lines(57), '8000 bytes': { ...fine, 'X-Long': 'y'.repeat(7000) } }
    const tooMuch = { '64 lines': lines(64), '8200 bytes': { 'X-Long': 'y'.repeat(8200) } }
    for (const [name, headers] of Object.entries(fit)) {
      test(`${name} are answered`, async () => {
        const { status } = await call(host, 'GET', '/version', { session: root, headers })
        assert.equal(status, 200)
      })
    }

    test('more is never answered, an idle connection is closed: both after five seconds', {
      timeout: 10_000,
    }, async () => {
      const requests = Object.values(tooMuch).map((headers) => ({ headers, answered: false }))
      const all = [...requests, { headers: fine, answered: true }]
      const closings = all.map(async ({ headers, answered }) => {
        const wire = await Wire.open(host)
        wire.write(requestText('GET', version, { session: root, headers }))
        if (answered) assert.equal((await wire.answer())?.status, 200)
        const start = Date.now()
        assert.equal(await wire.wait(() => wire.ended, 8000), true)
        assert.equal(wire.buffer.length, 0)
        return Date.now() - start
      })
      for (const ms of await Promise.all(closings)) assert.ok(ms > 4500 && ms < 6500, String(ms))
    })

    test('a target of 20 kB is fine', async () => {
      const wire = await Wire.open(host)
      wire.write(requestText('GET', `${version}?_dc=${'1'.repeat(20_000)}`, { session: root }))
      assert.equal((await wire.answer())?.status, 200)
      wire.close()
    })
  })

  describe('bodies', () => {
    const path = '/nodes/a/qemu/100/vncproxy'
    const json = { 'Content-Type': 'application/json' }
    const refused: [string, string, Record<string, string>, string, number, string][] = [
      ['too large', 'POST', {}, 'x'.repeat(524_289), 501, 'for data too large'],
      [
        'chunked',
        'POST',
        { 'Transfer-Encoding': 'chunked' },
        '',
        501,
        'chunked transfer encoding not supported',
      ],
      ['on DELETE', 'DELETE', {}, 'a=b', 501, "Unexpected content for method 'DELETE'"],
      ['on GET', 'GET', {}, 'a=b', 501, "Unexpected content for method 'GET'"],
    ]
    for (const [name, method, headers, body, status, reason] of refused) {
      test(`${name}: ${status}`, async () => {
        const answer = await call(host, method, path, { session: root, headers, body })
        assert.equal(answer.status, status)
        assert.equal(answer.reason, reason)
        assert.equal(answer.headers.connection, 'close')
      })
    }

    test('JSON is understood, and the query wins over the body', async () => {
      const options = { session: root, headers: json, body: '{"websocket":0,"bogus":1}' }
      const refusal = await call(host, 'POST', `${path}?websocket=1`, options)
      assert.deepEqual((refusal.json as { errors: object }).errors, {
        bogus:
          'property is not defined in schema and the schema does not allow additional properties',
      })
      const body = '{"websocket":0}'
      const answer = await call(host, 'POST', `${path}?websocket=1`, { ...options, body })
      assert.equal(answer.status, 200)
    })

    test('Content-Length: 0 on DELETE is fine', async () => {
      const headers = { 'Content-Length': '0' }
      const answer = await call(host, 'DELETE', '/version', { session: root, headers })
      assert.equal(answer.reason, "Method 'DELETE /version' not implemented")
    })
  })

  describe('parameters', () => {
    const cases: [string, string, number][] = [
      ['a semicolon separates', 'type=vm;_dc=1', 200],
      ['a raw = ends the value', 'type=vm=x', 200],
      ['a plus is a space', 'type=v+m', 400],
      ['percent is decoded once', 'type=%2576m', 400],
      ['a name twice with one value', 'type=vm&type=vm', 200],
      ['a name twice with two values', 'type=vm&type=node', 400],
    ]
    for (const [name, query, status] of cases) {
      test(`${name}: ${query}`, async () => {
        const path = `/cluster/resources?${query}`
        assert.equal((await call(host, 'GET', path, { session: root })).status, status)
      })
    }
  })

  describe('connections', () => {
    test('a hundred requests, the last of which says close', { timeout: 20_000 }, async () => {
      const wire = await Wire.open(host)
      for (let i = 1; i <= 100; i += 1) {
        wire.write(requestText('GET', version, { session: root }))
        const answer = await wire.answer()
        assert.equal(answer?.headers.connection, i === 100 ? 'close' : 'Keep-Alive', String(i))
      }
      assert.equal(await wire.wait(() => wire.ended), true)
    })

    test('pipelined requests are answered in order', async () => {
      const wire = await Wire.open(host)
      wire.write(
        requestText('GET', version, { session: root }) +
          requestText('GET', '/api2/json/nodes', { session: root }),
      )
      assert.match((await wire.answer())?.text ?? '', /repoid/)
      assert.match((await wire.answer())?.text ?? '', /ssl_fingerprint/)
      wire.close()
    })

    test('long answers are compressed when asked for', async () => {
      const headers = { 'Accept-Encoding': 'gzip' }
      const long = await call(host, 'GET', '/cluster/resources', { session: root, headers })
      assert.equal(long.headers['content-encoding'], 'gzip')
      assert.match(long.text, /"qemu\/100"/)
      const short = await call(host, 'GET', '/version', { session: root, headers })
      assert.equal(short.headers['content-encoding'], undefined)
    })

    test('the keys of an object come in random order', async () => {
      const seen = new Set<string>()
      for (let i = 0; i < 20; i += 1) {
        seen.add((await call(host, 'GET', '/version', { session: root })).text)
      }
      assert.ok(seen.size > 1)
    })

    for (const [method, status] of [
      ['GET', '301'],
      ['POST', '308'],
    ] as const) {
      test(`plain HTTP ${method} is sent to https with ${status}`, async () => {
        const socket = net.connect(host.nodes[0]?.port ?? 0, '127.0.0.1')
        socket.write(`${method} /x?y HTTP/1.1\r\nHost: pve.test:8006\r\n\r\n`)
        const [bytes] = (await once(socket, 'data')) as [Buffer]
        socket.destroy()
        assert.match(bytes.toString(), new RegExp(`^HTTP/1.1 ${status} `))
        assert.match(bytes.toString(), /\r\nLocation: https:\/\/pve\.test:8006\/x\?y\r\n/)
      })
    }

    test('each node shows its own certificate under the same authority', async () => {
      for (const node of host.nodes) {
        const socket = tls.connect({ host: '127.0.0.1', port: node.port, ca: host.caPem })
        await once(socket, 'secureConnect')
        assert.equal(socket.getPeerCertificate().fingerprint256, node.fingerprint)
        assert.equal(socket.authorized, true)
        socket.destroy()
      }
      assert.notEqual(host.nodes[0]?.sha256, host.nodes[1]?.sha256)
    })

    test('other formats, other paths', async () => {
      const wire = await Wire.open(host)
      wire.write(requestText('GET', '/api2/foo/version'))
      assert.match((await wire.answer())?.reason ?? '', /^no formatter for uri/)
      const other = await Wire.open(host)
      other.write(requestText('GET', '/missing.js'))
      assert.equal((await other.answer())?.reason, "no such file '/missing.js'")
    })
  })

  describe('what tests see and switch', () => {
    test('every request is recorded', async () => {
      const count = host.requests.length
      await call(host, 'GET', '/cluster/resources?type=vm', { session: root })
      const record = host.requests.at(-1)
      assert.equal(host.requests.length, count + 1)
      assert.equal(record?.path, '/cluster/resources')
      assert.deepEqual(record?.params, { type: 'vm' })
      assert.equal(record?.status, 200)
      assert.equal(record?.node, 'a')
      assert.ok(record?.headers.cookie?.startsWith('PVEAuthCookie=PVE%3Aroot%40pam%3A'))
    })

    test('connections can be refused, left hanging and cut', async () => {
      const allow = await host.faults.refuseConnections('a')
      await assert.rejects(Wire.open(host))
      const proxied = await call(host, 'GET', '/nodes/a/qemu/100/config', {
        session: root,
        node: host.nodes[1],
      })
      assert.equal(`${proxied.status} ${proxied.reason}`, '595 Connection refused')
      assert.equal(proxied.text, '')
      await allow()
      const release = host.faults.hangConnections('a')
      const socket = net.connect(host.nodes[0]?.port ?? 0, '127.0.0.1')
      await once(socket, 'connect')
      socket.write('GET / HTTP/1.1\r\n\r\n')
      release()
      const wire = await Wire.open(host)
      assert.ok(host.faults.cutConnections() >= 2)
      assert.equal(await wire.wait(() => wire.ended), true)
    })

    test('answers can be replaced, for a number of times', async () => {
      const fault = { path: '/version', status: 596, reason: 'Connection timed out', times: 1 }
      host.faults.answer(fault)
      const first = await call(host, 'GET', '/version', { session: root })
      assert.equal(`${first.status} ${first.reason} ${first.text}`, '596 Connection timed out ')
      assert.equal((await call(host, 'GET', '/version', { session: root })).status, 200)
      const stop = host.faults.answer({ path: /^\/nodes/, hang: true })
      const wire = await Wire.open(host)
      wire.write(requestText('GET', '/api2/json/nodes', { session: root }))
      assert.equal(await wire.answer(200), undefined)
      stop()
    })

    test('bytes and requests are counted for each connection', async () => {
      const wire = await Wire.open(host)
      const text = requestText('GET', version, { session: root })
      wire.write(text)
      await wire.answer()
      const state = host.connections.at(-1)
      assert.equal(state?.applicationBytesReceived, Buffer.byteLength(text))
      assert.equal(state?.requests, 1)
      assert.equal(state?.open, true)
      wire.close()
      await until(() => state?.open === false, 'the connection to close')
    })
  })
})
