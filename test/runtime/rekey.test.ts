/** A listener that shows another certificate while it runs. */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, before, describe, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { runtime } from '#runtime'
import type { Listener, RequestContext } from '../../src/runtime/runtime.ts'
import { makePair, type Pair } from '../pve/raw-host.ts'

const UPGRADE = [
  'GET /socket HTTP/1.1',
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].join('\r\n')

describe(`a new certificate on ${runtime.name}`, () => {
  let first: Pair
  let second: Pair
  let listener: Listener

  before(async () => {
    first = await makePair()
    second = await makePair()
  })
  afterEach(() => listener.stop(0))

  /** Answers "hello", and echoes what comes over a WebSocket. */
  async function listen(): Promise<void> {
    listener = await runtime.serve({
      address: { kind: 'tcp', hostname: '127.0.0.1', port: 0 },
      tls: first,
      fetch: (request, context) =>
        request.url.endsWith('/socket') ? echo(context) : new Response('hello'),
      onError: (error) => assert.fail(String(error)),
    })
  }

  async function dial(): Promise<TLSSocket> {
    assert.ok(listener.address.kind === 'tcp')
    const { port } = listener.address
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    return socket
  }

  /** Who answers, with which certificate. */
  async function ask(): Promise<string> {
    const socket = await dial()
    const shown = socket.getPeerCertificate().fingerprint256
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    let answer = ''
    socket.on('data', (bytes) => {
      answer += bytes.toString()
    })
    await once(socket, 'close')
    assert.match(answer, /hello/)
    return shown
  }

  const fingerprint = ({ cert }: Pair): string => new X509Certificate(cert).fingerprint256

  test('is shown at once, on the same port, as often as wanted', async () => {
    await listen()
    assert.equal(await ask(), fingerprint(first))
    for (const pair of [second, first, second]) {
      await listener.rekey(pair)
      assert.equal(await ask(), fingerprint(pair))
    }
  })

  for (const [what, pair] of [
    ['no certificate', { cert: 'nonsense', key: 'nonsense' }],
    ['no pair', null],
  ] as const) {
    test(`is not shown where it is ${what}, and the old one stays`, async () => {
      await listen()
      await assert.rejects(listener.rekey(pair ?? { cert: second.cert, key: first.key }))
      assert.equal(await ask(), fingerprint(first))
    })
  }

  test('ends no console on Bun; on Deno it ends with 1001', async () => {
    await listen()
    const socket = await dial()
    socket.write(`${UPGRADE}\r\n\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    assert.match(head.toString(), /^HTTP\/1\.1 101/)
    const next = once(socket, 'data')
    await listener.rekey(second)
    // A masked binary frame of two bytes, with a mask of zeros (RFC 6455 section 5.2).
    if (!('Deno' in globalThis)) socket.write(Buffer.from([0x82, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
    const [frame] = (await next) as [Buffer]
    const closing = Buffer.from('\x88\x0c\x03\xe9restarting', 'latin1')
    const expected = 'Deno' in globalThis ? closing : Buffer.from('\x82\x02hi', 'latin1')
    assert.equal(frame.toString('latin1'), expected.toString('latin1'))
    socket.destroy()
    assert.equal(await ask(), fingerprint(second))
  })
})

function echo(context: RequestContext): Response {
  const answer = context.upgrade({
    open: (port) => port.receive({ data: (bytes) => void port.send(bytes), drain() {}, end() {} }),
  })
  return answer ?? assert.fail('it was not upgraded')
}
