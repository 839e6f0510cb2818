import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { after, afterEach, before, describe, test } from 'node:test'
import { createServer } from 'node:tls'
import { issueCertificate, keyPem, makeKeyPair } from '../../src/certificate.ts'
import { Host } from '../../src/pve/host.ts'
import { connectTls } from '../../src/runtime/tls-connect.ts'
import { hostConfig } from './fake-host.ts'

const DAY = 86_400_000
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}'

/** An address of a host, which does with each request what it is told. */
interface Address {
  readonly url: URL
  readonly server: Server
  /** Request lines, in the order they came. */
  readonly requests: string[]
  act: (socket: Socket, request: number) => void
}

let pair: { cert: string; key: string }
const addresses: Address[] = []

before(async () => {
  const keys = await makeKeyPair('ec-p256')
  const [notBefore, notAfter] = [new Date(Date.now() - DAY), new Date(Date.now() + DAY)]
  const spec = { subject: [['CN', 'pve']] as const, names: ['127.0.0.1'], notBefore, notAfter }
  pair = { cert: issueCertificate(spec, keys), key: keyPem(keys) }
})

const sockets = new Set<Socket>()
function closeAll(): void {
  for (const socket of sockets) socket.destroy()
  for (const { server } of addresses.splice(0)) server.close()
}
afterEach(closeAll)
after(closeAll)

async function listen(act: Address['act'] = (socket) => void socket.write(ANSWER), port = 0) {
  const requests: string[] = []
  const server = createServer(pair, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      for (const [line] of bytes.toString('latin1').matchAll(/^(GET|POST) \S+/gm)) {
        requests.push(line)
        address.act(socket, requests.length)
      }
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const address: Address = { url, server, requests, act }
  addresses.push(address)
  return address
}

function hostAt(...urls: URL[]): Host {
  const trust = { authorities: [pair.cert], verify() {}, latest: null, mended: false }
  const connect = (target: Parameters<typeof connectTls>[0]) => connectTls(target, false)
  return new Host({ ...hostConfig('home'), urls }, trust, { connect })
}

const get = { method: 'GET', path: '/get', headers: {} } as const
const post = { method: 'POST', path: '/post', headers: {}, body: 'a=1' } as const
const cut = (socket: Socket): void => void socket.destroy()

describe('a host of several addresses', () => {
  test('is asked at the next one while nothing has been sent, and there first from then on', async () => {
    const gone = await listen()
    gone.server.close()
    await once(gone.server, 'close')
    const there = await listen()
    const host = hostAt(gone.url, there.url)
    assert.equal((await host.send(post)).url.href, there.url.href)
    assert.equal(host.state, 'ready')
    const back = await listen(undefined, Number(gone.url.port))
    assert.equal((await host.send(get)).url.href, there.url.href)
    assert.deepEqual(there.requests, ['POST /post', 'GET /get'])
    assert.deepEqual(back.requests, [])
    host.close()
  })

  test('is not asked elsewhere once a call has been sent: it may have been carried out', async () => {
    const first = await listen(cut)
    const second = await listen()
    const host = hostAt(first.url, second.url)
    await assert.rejects(host.send(post), { code: 'host_unreachable' })
    assert.deepEqual(first.requests, ['POST /post'])
    assert.deepEqual(second.requests, [])
    host.close()
  })
})

describe('a call that is bound to a place', () => {
  test('goes there, whatever address would be asked first', async () => {
    const [first, second] = [await listen(), await listen()]
    const host = hostAt(first.url, second.url)
    const { url, address } = await host.send(post)
    assert.deepEqual([url, address], [first.url, '127.0.0.1'])
    first.server.close()
    for (const socket of sockets) socket.destroy()
    await host.send(get)
    const back = await listen(undefined, Number(first.url.port))
    const answer = await host.send({ ...post, at: { url, address } })
    assert.equal(answer.url, url)
    assert.deepEqual(back.requests, ['POST /post'])
    await host.send(get)
    assert.deepEqual(second.requests, ['GET /get', 'GET /get'])
    host.close()
  })

  test('goes there or nowhere, which says nothing of the host', async () => {
    const [first, second] = [await listen(), await listen()]
    const host = hostAt(first.url, second.url)
    const { url, address } = await host.send(post)
    first.act = cut
    await assert.rejects(host.send({ ...post, at: { url, address } }), { code: 'host_unreachable' })
    first.server.close()
    await once(first.server, 'close')
    await assert.rejects(host.send({ ...post, at: { url, address } }), { code: 'host_unreachable' })
    assert.deepEqual(second.requests, [])
    assert.equal(host.state, 'ready')
    host.close()
  })

  test('goes to the IP address that answered, under the name that the certificate has', async () => {
    const there = await listen()
    const dialled: string[] = []
    const trust = { authorities: [pair.cert], verify() {}, latest: null, mended: false }
    const connect = (target: Parameters<typeof connectTls>[0]) => {
      dialled.push(`${target.hostname} as ${target.servername}`)
      return connectTls({ ...target, hostname: '127.0.0.1', servername: '127.0.0.1' }, false)
    }
    const url = new URL(`https://pve.test:${there.url.port}`)
    const host = new Host({ ...hostConfig('home'), urls: [url] }, trust, { connect })
    const first = await host.send(get)
    await host.send({ ...post, at: { url: first.url, address: '192.0.2.7' } })
    assert.deepEqual(dialled, ['pve.test as pve.test', '192.0.2.7 as pve.test'])
    host.close()
  })
})

describe('a connection that breaks', () => {
  test('is made again for a GET, once', async () => {
    const address = await listen((socket, request) => {
      if (request === 1) socket.destroy()
      else socket.write(ANSWER)
    })
    const host = hostAt(address.url)
    assert.equal((await host.send(get)).body, '{}')
    assert.deepEqual(address.requests, ['GET /get', 'GET /get'])
    address.act = cut
    await assert.rejects(host.send(get), { code: 'host_unreachable' })
    // Deno's client makes one attempt more of its own over a connection that was kept alive (2.9).
    const attempts = address.requests.length - 2
    assert.ok(attempts === 2 || ('Deno' in globalThis && attempts === 3), `${attempts} attempts`)
    host.close()
  })

  test('is not made again for a POST, neither a new one nor one that was kept alive', async () => {
    for (const kept of [false, true]) {
      const address = await listen()
      const host = hostAt(address.url)
      if (kept) await host.send(get)
      address.act = cut
      await assert.rejects(host.send(post), { code: 'host_unreachable' })
      const posts = address.requests.filter((line) => line.startsWith('POST'))
      assert.deepEqual(posts, ['POST /post'], kept ? 'kept' : 'new')
      host.close()
    }
  })
})

describe('calls at a time', () => {
  /** An address that answers nothing before it is told to. */
  async function slow() {
    const waiting: Socket[] = []
    const address = await listen((socket) => void waiting.push(socket))
    const asked = async (count: number): Promise<void> => {
      for (let turn = 0; turn < 500 && address.requests.length < count; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      assert.equal(address.requests.length, count)
    }
    const answerAll = (): void => {
      for (const socket of waiting.splice(0)) socket.write(ANSWER)
    }
    return { address, asked, answerAll, host: hostAt(address.url) }
  }

  test('are eight; the others wait for their turn, and get it', async () => {
    const { address, asked, answerAll, host } = await slow()
    const calls = Array.from({ length: 12 }, () => host.send(get))
    await asked(8)
    address.act = (socket) => void socket.write(ANSWER)
    answerAll()
    await Promise.all(calls)
    assert.equal(address.requests.length, 12)
    host.close()
  })

  test('are not held up by sign-ins, however slow those are', async () => {
    const { address, asked, answerAll, host } = await slow()
    const signIns = Array.from({ length: 12 }, () => host.send({ ...post, lane: 'sign-in' }))
    await asked(8)
    address.act = (socket) => void socket.write(ANSWER)
    assert.equal((await host.send(get)).status, 200)
    answerAll()
    await Promise.all(signIns)
    host.close()
  })
})
