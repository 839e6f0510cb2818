/** What a hostile host may answer: each ends in a defined failure of that host alone, within bounds. */
import assert from 'node:assert/strict'
import { afterEach, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { lookAt, readPermissions, readResources, requestTicket } from '../../src/pve/api.ts'
import type { Host } from '../../src/pve/host.ts'
import { FakeClock } from '../session/fake-clock.ts'
import { type Act, answerOf, hostAt, makePair, type Pair, RawHost, say, until } from './raw-host.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
const INTERIM = 'HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n'
const GOOD = '{"data":[]}'
const LENGTH = `Content-Length: ${GOOD.length}\r\n`
const WHO = { ticket: 'PVE:x', csrf: 'x' }
const MIB = 1024 * 1024

let pair: Pair
let address: RawHost
let host: Host

before(async () => {
  pair = await makePair()
})
afterEach(async () => {
  host.close()
  await address.close()
})

async function meet(act: Act): Promise<Host> {
  address = await RawHost.listen(pair, act)
  host = hostAt({ urls: [address.url] })
  return host
}

/** Writes the same again and again for as long as it is taken; `sent` counts. */
function forEver(first: string, again: string | Uint8Array, sent = { bytes: 0 }): Act {
  return (socket) => {
    socket.write(first)
    const go = (): void => {
      let more = true
      while (more && !socket.destroyed) {
        more = socket.write(again)
        sent.bytes += again.length
      }
    }
    socket.on('drain', go)
    go()
  }
}

const end =
  (text: string): Act =>
  (socket) =>
    void socket.end(text)
const zipped = gzipSync(GOOD)
const chunked = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`

const ANSWERS: readonly [what: string, act: Act, code: string][] = [
  ['another protocol', say('SSH-2.0-OpenSSH_9.2\r\n'), 'pve_error'],
  ['a body alone', say(GOOD), 'pve_error'],
  ['HTTP/2', say(`HTTP/2 200 OK\r\n${LENGTH}\r\n${GOOD}`), 'pve_error'],
  ['a status that is no number', say(`HTTP/1.1 abc OK\r\n${LENGTH}\r\n${GOOD}`), 'pve_error'],
  ['a status of two digits', say(`HTTP/1.1 99 OK\r\n${LENGTH}\r\n${GOOD}`), 'pve_error'],
  ['lines that end with LF alone', say(`HTTP/1.1 200 OK\n${LENGTH}\n${GOOD}`), 'pve_error'],
  ['a header of 20 kB', say(`${HEAD}X: ${'x'.repeat(20_000)}\r\n\r\n`), 'pve_error'],
  ['small headers without end', forEver(HEAD, 'X: 1\r\n'.repeat(100)), 'pve_error'],
  ['headers without end', forEver(HEAD, `X: ${'x'.repeat(1000)}\r\n`), 'pve_error'],
  ['a NUL in a header', say(`${HEAD}X: a\0b\r\n${LENGTH}\r\n${GOOD}`), 'pve_error'],
  ['a folded header', say(`${HEAD}X: a\r\n b\r\n${LENGTH}\r\n${GOOD}`), 'pve_error'],
  ['two lengths', say(`${HEAD}${LENGTH}Content-Length: 5\r\n\r\n${GOOD}`), 'pve_error'],
  ['a length below zero', say(`${HEAD}Content-Length: -2\r\n\r\n${GOOD}`), 'pve_error'],
  ['a length beyond numbers', say(`${HEAD}Content-Length: ${'9'.repeat(30)}\r\n\r\n`), 'pve_error'],
  ['length and chunks', say(`${HEAD}${LENGTH}Transfer-Encoding: chunked\r\n\r\n`), 'pve_error'],
  ['a chunk without a length', say(`${chunked}zz\r\n`), 'pve_error'],
  ['chunks that break off', end(`${chunked}2\r\n[]\r\n`), 'pve_error'],
  ['a body that breaks off', end(`${HEAD}Content-Length: 100\r\n\r\n${GOOD}`), 'pve_error'],
  ['trailers without end', forEver(`${chunked}2\r\n[]\r\n0\r\n`, 'X: 1\r\n'), 'pve_error'],
  [
    'a packed body',
    (s) =>
      s.write(
        Buffer.concat([
          Buffer.from(`${HEAD}Content-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n`),
          zipped,
        ]),
      ),
    'pve_error',
  ],
  [
    'a body packed in a way that nobody knows',
    say(`${HEAD}Content-Encoding: x\r\n${LENGTH}\r\n${GOOD}`),
    'pve_error',
  ],
  [
    'an upgrade that nobody asked for',
    say('HTTP/1.1 101 Hi\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    'pve_error',
  ],
  ['interim answers without end', forEver(INTERIM, INTERIM), 'pve_error'],
  ['a body without end', forEver(`${HEAD}\r\n`, new Uint8Array(65_536).fill(0x20)), 'pve_error'],
  ['chunks without end', forEver(chunked, `1000\r\n${' '.repeat(4096)}\r\n`), 'pve_error'],
  [
    'a redirect',
    say('HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
    'not_pve',
  ],
  [
    'a page',
    say('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx'),
    'not_pve',
  ],
  [
    'a page that refuses',
    say('HTTP/1.1 401 No\r\nContent-Type: TEXT/HTML;x\r\nContent-Length: 1\r\n\r\nx'),
    'not_pve',
  ],
  ['no answer, but the end', (socket) => void socket.end(), 'host_unreachable'],
  ['no answer, but a cut', (socket) => void socket.destroy(), 'host_unreachable'],
  ['nothing of JSON', say(answerOf('nonsense')), 'pve_error'],
  ['JSON without data', say(answerOf('[]')), 'pve_error'],
  [
    'lists within lists',
    say(answerOf(`{"data":${'['.repeat(100)}${']'.repeat(100)}}`)),
    'pve_error',
  ],
  ['lists that are never closed', say(answerOf(`{"data":${'['.repeat(200_000)}`)), 'pve_error'],
  [
    'more entries than there can be',
    say(answerOf(`{"data":[${'{},'.repeat(1001)}{}]}`)),
    'pve_error',
  ],
]

describe('a host that answers with', () => {
  for (const [what, act, code] of ANSWERS) {
    test(`${what}: ${code}`, async () => {
      await assert.rejects(lookAt(await meet(act)), { name: 'Failure', code })
      assert.ok(address.requests.length <= 2)
    })
  }

  test('an answer of a few interim ones, as a proxy may send, is answered', async () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n'
    assert.deepEqual((await lookAt(await meet(say(interim + answerOf(GOOD))))).realms, [])
  })

  test('what was asked for: nothing packed, under its own name', async () => {
    await lookAt(await meet(say(answerOf(GOOD))))
    assert.match(address.latest, /^accept-encoding: identity\r$/im)
    assert.match(address.latest, new RegExp(`^host: ${address.url.host}\r$`, 'im'))
  })

  test('a second answer that nobody asked for has said nothing to whoever asks next', async () => {
    const evil = answerOf('{"data":[{"realm":"evil","type":"x"}]}')
    await meet(say(answerOf(GOOD) + evil))
    assert.deepEqual((await lookAt(host)).realms, [])
    address.act = say(answerOf(GOOD))
    assert.deepEqual((await lookAt(host)).realms, [])
  })
})

describe('the time of a call', () => {
  const drip = (first: string, again: string): Act => {
    return (socket) => {
      socket.write(first)
      const timer = setInterval(() => socket.write(again), 10)
      socket.on('close', () => clearInterval(timer))
    }
  }
  for (const [what, act] of [
    ['nothing', () => {}],
    ['a head, sign by sign', drip('HTTP/1.1 200 ', 'O')],
    ['a body, sign by sign', drip(`${HEAD}Content-Length: 9999\r\n\r\n{`, ' ')],
    ['a trailer, line by line', drip(`${chunked}2\r\n[]\r\n0\r\n`, 'X: 1\r\n')],
    ['an interim answer, line by line', drip('HTTP/1.1 103 x\r\n', 'X: 1\r\n')],
  ] as [string, Act][]) {
    test(`is up whatever drips: ${what}`, async () => {
      address = await RawHost.listen(pair, act)
      const clock = new FakeClock()
      host = hostAt({ urls: [address.url], clock })
      const call = assert.rejects(lookAt(host), { code: 'host_timeout' })
      await until(() => address.requests.length === 1, 'the call')
      clock.advance(9999)
      await new Promise((resolve) => setImmediate(resolve))
      clock.advance(1)
      await call
    })
  }
})

describe('an answer’s size', () => {
  const padded = (bytes: number): string => answerOf(`{"data":[]${' '.repeat(bytes - 11)}}`)

  test('is 256 KiB where it is no list', async () => {
    await meet(say(padded(256 * 1024)))
    assert.deepEqual((await lookAt(host)).realms, [])
    address.act = say(padded(256 * 1024 + 1))
    await assert.rejects(lookAt(host), { code: 'pve_error' })
  })

  test('is 16 MiB where PVE lists all guests', async () => {
    await meet(say(padded(16 * MIB)))
    assert.deepEqual((await readResources(host, WHO)).guests, [])
    address.act = say(padded(16 * MIB + 1))
    await assert.rejects(readResources(host, WHO), { code: 'pve_error' })
  })

  test('is not read on beyond that', async () => {
    const sent = { bytes: 0 }
    await meet(forEver(`${HEAD}\r\n`, new Uint8Array(65_536).fill(0x20), sent))
    await assert.rejects(lookAt(host), { code: 'pve_error' })
    await assert.rejects(requestTicket(host, 'a@pam', 'x'), { code: 'pve_error' })
    assert.ok(sent.bytes < 32 * MIB, `${sent.bytes}`)
  })

  for (const [what, body] of [
    ['values', `{"data":[${'0,'.repeat(2_000_000)}0]}`],
    ['lists within lists', `{"data":${'['.repeat(31)}${'[]'.repeat(3)}${']'.repeat(31)}}`],
  ] as const) {
    test(`is so many ${what}, before anything is made of them`, async () => {
      const call = readResources(await meet(say(answerOf(body))), WHO)
      await assert.rejects(call, { message: 'The host’s answer is too complex.' })
    })
  }
})

describe('a list', () => {
  const listed = (entries: string): Act => say(answerOf(`{"data":[${entries}]}`))
  const guest = '{"type":"qemu","vmid":100,"node":"a"}'

  test('has 50,000 entries at most', async () => {
    await meet(listed(`${`${guest},`.repeat(49_999)}${guest}`))
    assert.equal((await readResources(host, WHO)).guests.length, 50_000)
    address.act = listed(`${`${guest},`.repeat(50_000)}${guest}`)
    await assert.rejects(readResources(host, WHO), { code: 'pve_error' })
  })

  for (const figure of ['1e999', '-1e999', '"1e999"', '"NaN"', 'true', '[]']) {
    test(`has figures that are numbers: not ${figure}`, async () => {
      await meet(listed(`${guest},{"type":"qemu","vmid":101,"node":"a","mem":${figure}}`))
      const { guests, unread } = await readResources(host, WHO)
      assert.deepEqual([guests.length, unread], [1, 1])
    })
  }

  test('of rights has 50,000 paths at most, and nothing that is no right', async () => {
    const paths = (count: number): string =>
      Array.from({ length: count }, (_, n) => `"/vms/${n}":{"VM.Audit":1}`).join(',')
    await meet(say(answerOf(`{"data":{${paths(50_000)}}}`)))
    assert.equal(Object.keys(await readPermissions(host, WHO)).length, 50_000)
    address.act = say(answerOf(`{"data":{${paths(50_001)}}}`))
    await assert.rejects(readPermissions(host, WHO), { code: 'pve_error' })
    address.act = say(answerOf('{"data":{"/":{"VM.Audit":"yes"}}}'))
    await assert.rejects(readPermissions(host, WHO), { code: 'pve_error' })
  })

  test('of rights is none of an object’s own', async () => {
    await meet(say(answerOf('{"data":{"__proto__":{"VM.Console":1},"constructor":{"x":1}}}')))
    const permissions = await readPermissions(host, WHO)
    assert.equal(({} as Record<string, unknown>)['VM.Console'], undefined)
    assert.equal(Object.hasOwn(permissions, '/'), false)
  })
})
