import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openScreen } from '../../src/pve/open-console.ts'
import type { DialTarget } from '../../src/runtime/runtime.ts'
import { acceptFor } from '../../src/ws/handshake.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import { FakeHost, hostConfig, ok } from './fake-host.ts'

const IDENTITY = { ticket: 'PVE:anna@pam:1;x', csrf: 'csrf' }
const PLACE = { node: 'pve1', type: 'qemu', vmid: 100 } as const
const UPID = 'UPID:pve1:0000A1B2:00C3D4E5:662A1B2C:vncproxy:100:anna@pam:'
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Opens a screen whose proxy call is answered from `address`; also what was dialled and asked for there. */
async function open(proxy: object, address = '192.0.2.77') {
  const dialed: DialTarget[] = []
  const raw = new MemoryPort({ takesAll: true })
  const url = new URL('https://pve.lan:8006')
  const answer = { port: '5900', user: 'anna@pam', upid: UPID, ...proxy }
  const answering = () => ({ ...ok(answer), url, address })
  const host = new FakeHost('home', answering, { ...hostConfig('home'), urls: [url] })
  const runtime = {
    async dial(target: DialTarget) {
      dialed.push(target)
      return { port: raw, address }
    },
  }
  const opening = openScreen({
    ...{ host, identity: IDENTITY, place: PLACE, runtime },
    signal: new AbortController().signal,
    onPhase() {},
  })
  for (let turn = 0; turn < 100 && raw.sent.length === 0; turn++) await Promise.resolve()
  const request = new TextDecoder().decode(raw.sent[0])
  const key = /Sec-WebSocket-Key: (\S+)/.exec(request)?.[1] ?? ''
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: upgrade']
  raw.arrive(ascii(`${head.join('\r\n')}\r\nSec-WebSocket-Accept: ${acceptFor(key)}\r\n\r\n`))
  const screen = await opening
  return { screen, request, dialed, calls: host.calls }
}

describe('a screen', () => {
  test('is dialled at the IP address that answered, under the name of the host', async () => {
    const { dialed, request } = await open({ ticket: 'PVEVNC:1::s' })
    assert.equal(dialed.length, 1)
    assert.equal(dialed[0]?.hostname, '192.0.2.77')
    assert.equal(dialed[0]?.servername, 'pve.lan')
    assert.equal(dialed[0]?.port, 8006)
    assert.match(request, /^Host: pve\.lan:8006\r$/m)
  })

  test('costs one call that asks for a WebSocket, with the credential and its token', async () => {
    const { calls } = await open({ ticket: 'PVEVNC:1::s' })
    assert.equal(calls.length, 1)
    assert.equal(calls[0]?.path, '/api2/json/nodes/pve1/qemu/100/vncproxy')
    assert.equal(calls[0]?.body, 'websocket=1')
    assert.equal(calls[0]?.headers.CSRFPreventionToken, 'csrf')
  })

  test('is asked for with the same credential, its own ticket encoded once, and no extension', async () => {
    const ticket = `!"#$%&'+;:PVEVNC:1::a+b/c=`
    const { request } = await open({ ticket })
    const [, query = ''] =
      /^GET \/api2\/json\/nodes\/pve1\/qemu\/100\/vncwebsocket\?(\S+) /.exec(request) ?? []
    assert.deepEqual(query.split('&'), ['port=5900', `vncticket=${encodeURIComponent(ticket)}`])
    assert.match(request, /^Cookie: PVEAuthCookie=PVE%3Aanna%40pam%3A1%3Bx\r$/m)
    assert.match(request, /^Sec-WebSocket-Protocol: binary\r$/m)
    assert.doesNotMatch(request, /Extensions|CSRF/i)
  })

  const rows: [about: string, proxy: object, password: string][] = [
    ['before April 2026', { ticket: 'PVEVNC:6B02AA69::s' }, 'PVEVNC:6'],
    [
      'since April 2026',
      { ticket: 'ABCDEFGH:PVEVNC:6B02AA69::s', password: 'ABCDEFGH' },
      'ABCDEFGH',
    ],
    [
      'with a password that no ticket shows',
      { ticket: 'PVEVNC:1::s', password: 'own-pass' },
      'own-pass',
    ],
  ]
  for (const [about, proxy, password] of rows) {
    test(`has the password of a hand-over ${about}`, async () => {
      assert.equal((await open(proxy)).screen.password, password)
    })
  }
})
