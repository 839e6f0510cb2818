import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  acceptFor,
  createKey,
  formatUpgrade,
  HandshakeError,
  type UpgradeRequest,
  UpgradeResponse,
} from '../../src/ws/handshake.ts'
import { Chance, join, oneByOne } from '../relay/chance.ts'

/** The key and the answer to it that RFC 6455 section 1.3 gives as its example. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

const REQUEST: UpgradeRequest = {
  host: 'pve1.lan:8006',
  path: '/api2/json/nodes/pve1/qemu/100/vncwebsocket?port=5900&vncticket=PVEVNC%3A1',
  protocol: 'binary',
  headers: { Cookie: 'PVEAuthCookie=PVE%3Aroot' },
}

/** PVE's answer, its lines changed or left out. */
function answer(changes: Readonly<Record<string, string | null>> = {}): string {
  const lines: Record<string, string | null> = {
    status: 'HTTP/1.1 101 Switching Protocols',
    upgrade: 'Upgrade: websocket',
    connection: 'Connection: upgrade',
    accept: `Sec-WebSocket-Accept: ${ACCEPT}`,
    protocol: 'Sec-WebSocket-Protocol: binary',
    ...changes,
  }
  const present = Object.values(lines).filter((line) => line !== null)
  return `${present.join('\r\n')}\r\n\r\n`
}

function read(text: string): Uint8Array | null {
  return new UpgradeResponse(KEY, 'binary').read(ascii(text))
}

describe('asking for a WebSocket', () => {
  test('the request is what RFC 6455 section 4.1 wants, and nothing else', () => {
    assert.equal(
      new TextDecoder().decode(formatUpgrade(REQUEST, KEY)),
      [
        `GET ${REQUEST.path} HTTP/1.1`,
        'Host: pve1.lan:8006',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${KEY}`,
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Protocol: binary',
        'Cookie: PVEAuthCookie=PVE%3Aroot',
        '',
        '',
      ].join('\r\n'),
    )
  })

  test('a key is sixteen bytes in base64, and never the same', () => {
    const keys = new Set(Array.from({ length: 100 }, createKey))
    assert.equal(keys.size, 100)
    for (const key of keys) assert.equal(atob(key).length, 16)
  })

  test('the answer to a key is the one of the RFC', () => {
    assert.equal(acceptFor(KEY), ACCEPT)
  })

  const injections: [title: string, change: Partial<UpgradeRequest>][] = [
    ['a line end in the path', { path: '/a\r\nX: y' }],
    ['a lone line feed in the path', { path: '/a\nX: y' }],
    ['a space in the path', { path: '/a b' }],
    ['a tab in the path', { path: '/a\tb' }],
    ['a zero byte in the path', { path: '/a\0b' }],
    ['a letter beyond ASCII in the path', { path: '/ä' }],
    ['a line end in the host', { host: 'pve\r\nX: y' }],
    ['a line end in the subprotocol', { protocol: 'binary\r\nX: y' }],
    ['a line end in a header', { headers: { Cookie: 'a\r\nX: y' } }],
    ['a carriage return in a header', { headers: { Cookie: 'a\rb' } }],
    ['a line end in the name of a header', { headers: { 'Cookie\r\nX': 'y' } }],
    ['a delete character in a header', { headers: { Cookie: 'a\x7f' } }],
  ]
  for (const [title, change] of injections) {
    test(`${title} is refused`, () => {
      assert.throws(() => formatUpgrade({ ...REQUEST, ...change }, KEY), TypeError)
    })
  }
})

describe('reading the answer', () => {
  test('a right answer leaves nothing behind it', () => {
    assert.deepEqual(read(answer()), new Uint8Array())
  })

  test('an answer without a subprotocol is right too', () => {
    assert.deepEqual(read(answer({ protocol: null })), new Uint8Array())
  })

  test('names and words count in any case, with spaces or without', () => {
    const odd = {
      upgrade: 'UPGRADE:WebSocket  ',
      connection: 'connection:\tkeep-alive, Upgrade',
      accept: `sec-websocket-accept:${ACCEPT}`,
    }
    assert.deepEqual(read(answer(odd)), new Uint8Array())
  })

  test('the reason phrase may be missing', () => {
    assert.deepEqual(read(answer({ status: 'HTTP/1.1 101' })), new Uint8Array())
  })

  test('bytes behind the head are handed on, wherever the head was cut', () => {
    const rest = Uint8Array.of(0x82, 2, 13, 10, 0x82, 0)
    const whole = join([ascii(answer()), rest])
    for (let cut = 0; cut <= whole.length; cut++) {
      const response = new UpgradeResponse(KEY, 'binary')
      const first = response.read(whole.slice(0, cut))
      const got = first ? join([first, whole.slice(cut)]) : response.read(whole.slice(cut))
      assert.deepEqual(got, rest, `cut at ${cut}`)
    }
  })

  test('the head may come one byte at a time', () => {
    const response = new UpgradeResponse(KEY, 'binary')
    const bytes = oneByOne(ascii(answer()))
    const last = bytes.pop()
    for (const byte of bytes) assert.equal(response.read(byte), null)
    assert.deepEqual(response.read(last ?? new Uint8Array()), new Uint8Array())
  })

  const wrong: [title: string, text: string, status: number][] = [
    ['another accept key', answer({ accept: 'Sec-WebSocket-Accept: AAAA' }), 101],
    ['no accept key', answer({ accept: null }), 101],
    ['the accept key in another case', answer({ accept: `X: ${ACCEPT.toLowerCase()}` }), 101],
    ['two accept keys', answer({ twice: `Sec-WebSocket-Accept: ${ACCEPT}` }), 101],
    ['no Upgrade header', answer({ upgrade: null }), 101],
    ['another upgrade', answer({ upgrade: 'Upgrade: h2c' }), 101],
    ['two upgrades', answer({ upgrade: 'Upgrade: websocket, h2c' }), 101],
    ['no Connection header', answer({ connection: null }), 101],
    ['another connection', answer({ connection: 'Connection: close' }), 101],
    ['a connection that only sounds right', answer({ connection: 'Connection: upgraded' }), 101],
    ['an extension', answer({ more: 'Sec-WebSocket-Extensions: permessage-deflate' }), 101],
    ['another subprotocol', answer({ protocol: 'Sec-WebSocket-Protocol: base64' }), 101],
    ['two subprotocols', answer({ protocol: 'Sec-WebSocket-Protocol: binary, base64' }), 101],
    ['status 200', answer({ status: 'HTTP/1.1 200 OK' }), 200],
    ['status 401', answer({ status: 'HTTP/1.1 401 permission denied' }), 401],
    ['status 500', answer({ status: 'HTTP/1.1 500 unsupported version' }), 500],
    ['HTTP/1.0', answer({ status: 'HTTP/1.0 101 Switching Protocols' }), 0],
    ['HTTP/2', answer({ status: 'HTTP/2 101' }), 0],
    ['four digits', answer({ status: 'HTTP/1.1 1010' }), 0],
    ['no HTTP at all', 'RFB 003.008\n\r\n\r\n', 0],
    ['an empty head', '\r\n\r\n', 0],
    ['a folded line', answer({ upgrade: 'Upgrade: websocket\r\n more' }), 0],
    ['a space before the colon', answer({ upgrade: 'Upgrade : websocket' }), 0],
    ['a line without a colon', answer({ more: 'nonsense' }), 0],
  ]
  for (const [title, text, status] of wrong) {
    test(`${title} is no answer to this request`, () => {
      assert.throws(
        () => read(text),
        (error) => error instanceof HandshakeError && error.status === status,
      )
    })
  }

  test('the reason phrase of a refusal is kept', () => {
    const text = answer({ status: 'HTTP/1.1 401 permission denied - invalid PVEVNC ticket' })
    assert.throws(
      () => read(text),
      (error) =>
        error instanceof HandshakeError &&
        error.reason === 'permission denied - invalid PVEVNC ticket',
    )
  })

  test('a head without an end is given up after 16 KiB', () => {
    const response = new UpgradeResponse(KEY, 'binary')
    const line = ascii(`X: ${'a'.repeat(1020)}\r\n`)
    assert.throws(() => {
      for (let sent = 0; sent < 20_000; sent += line.length) response.read(line)
    }, HandshakeError)
  })

  test('garbage is never an answer', () => {
    const chance = new Chance(7)
    for (let n = 0; n < 200; n++) {
      const bytes = join([chance.bytes(chance.whole(0, 100)), ascii('\r\n\r\n')])
      assert.throws(() => new UpgradeResponse(KEY, 'binary').read(bytes), HandshakeError)
    }
  })
})
