import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  type AddressInfo,
  connect,
  createServer as createTcp,
  type Server,
  type Socket,
} from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createServer, type TLSSocket } from 'node:tls'
import { runtime } from '#runtime'
import { issueCertificate, keyPem, makeKeyPair } from '../../src/certificate.ts'
import type { PortEnd, RawPort } from '../../src/relay/port.ts'
import { until } from '../e2e/until.ts'
import { Chance } from '../relay/chance.ts'

const MIB = 1024 * 1024
const DAY = 86_400_000

/** What a port's holder has heard. */
class Ear {
  readonly #hash = createHash('sha256')
  bytes = 0
  drains = 0
  readonly ends: PortEnd[] = []

  constructor(port: RawPort, onData: () => void = () => {}) {
    port.receive({
      data: (bytes) => {
        this.#hash.update(bytes)
        this.bytes += bytes.length
        onData()
      },
      drain: () => this.drains++,
      end: (end) => this.ends.push(end),
    })
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function digest(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

describe('a port to PVE', () => {
  let server: Server
  /**
   * The wire between the two, which can be stopped: on Deno a TLS socket reads on while it is paused (2.9),
   * so the other end cannot stop by itself.
   */
  let wire: Server
  let cert = ''

  before(async () => {
    const keys = await makeKeyPair('ec-p256')
    const [notBefore, notAfter] = [new Date(Date.now() - DAY), new Date(Date.now() + DAY)]
    const subject = [['CN', 'pve1.lan']] as const
    cert = issueCertificate({ subject, names: ['127.0.0.1'], notBefore, notAfter }, keys)
    server = createServer({ cert, key: keyPem(keys) })
    wire = createTcp()
    for (const each of [server, wire]) {
      each.listen(0, '127.0.0.1')
      await once(each, 'listening')
    }
  })
  after(() => {
    server.close()
    wire.close()
  })

  /** A port and the socket at its other end. */
  const open = async (number = portOf(server)): Promise<[RawPort, TLSSocket]> => {
    const accepted = once(server, 'secureConnection')
    const { port } = await runtime.dial({
      ...{ hostname: '127.0.0.1', port: number, authorities: [cert] },
      ...{ verify: () => {}, timeoutMs: 5000 },
    })
    const [pve] = (await accepted) as [TLSSocket]
    pve.on('error', () => {})
    return [port, pve]
  }

  /** The same over the wire, and what stops it and lets it go on. */
  const openWired = async () => {
    const wired = once(wire, 'connection')
    const opened = open(portOf(wire))
    const [near] = (await wired) as [Socket]
    const far = connect({ host: '127.0.0.1', port: portOf(server) })
    for (const each of [near, far]) each.on('error', () => {})
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far).pipe(near)
    const [port, pve] = await opened
    return { port, pve, hold: () => near.unpipe(far).pause(), release: () => near.pipe(far) }
  }

  test('delivers nothing before it has a holder, and then everything', async () => {
    const bytes = new Chance(1).bytes(100_000)
    // The other end speaks first, before anybody here knows that there is a connection.
    server.once('secureConnection', (socket) => socket.write(bytes))
    const [port, pve] = await open()
    await until('it is on its way', () => pve.writableLength === 0)
    const ear = new Ear(port)
    await until('all has come', () => ear.bytes === bytes.length)
    assert.equal(ear.digest(), digest([bytes]))
    port.destroy()
  })

  test('carries any pieces in their order, whole', async () => {
    const [port, pve] = await open()
    const chance = new Chance(2)
    const heard = createHash('sha256')
    let length = 0
    pve.on('data', (bytes) => {
      heard.update(bytes)
      length += bytes.length
    })
    const sent: Uint8Array[] = []
    // Around the sizes at which a piece is batched, filled up or cut, several of them in one turn.
    const sizes = [0, 1, 14, 1000, 16_384, 65_535, 65_536, 131_071, 131_072, 131_073, 300_000]
    for (let round = 0; round < 20; round++) {
      for (let at = chance.whole(1, 8); at > 0; at--) {
        const head = chance.bytes(chance.whole(0, 14))
        const body = new Uint8Array(sizes[chance.whole(0, sizes.length - 1)] ?? 0).fill(round)
        sent.push(head.slice(), body)
        port.sendFramed(head, body)
        // A head may be used again at once.
        head.fill(0)
      }
      if (chance.isHeads()) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const all = sent.reduce((sum, piece) => sum + piece.length, 0)
    await until('all has arrived', () => length === all)
    assert.equal(heard.digest('hex'), digest(sent))
    await until('the queue is empty', () => port.buffered === 0)
    port.destroy()
  })

  test('says when to wait, and when to go on', async () => {
    const { port, pve, hold, release } = await openWired()
    const ear = new Ear(port)
    let received = 0
    pve.on('data', (bytes) => {
      received += bytes.length
    })
    hold()
    let sent = 0
    const piece = new Uint8Array(64 * 1024)
    while (port.send(piece)) {
      sent += piece.length
      assert.ok(sent < 256 * MIB, 'it never says stop')
      await new Promise((resolve) => setImmediate(resolve))
    }
    sent += piece.length
    assert.ok(port.buffered > 0)
    const { drains } = ear
    release()
    await until('it goes on', () => ear.drains > drains)
    await until('all has arrived', () => received === sent)
    assert.equal(port.buffered, 0)
    port.destroy()
  })

  test('stops reading while it is paused, and loses nothing', async () => {
    const [port, pve] = await open()
    const piece = new Chance(3).bytes(64 * 1024)
    const pieces = Array.from({ length: 512 }, () => piece)
    const ear: Ear = new Ear(port, () => {
      if (ear.bytes > MIB) port.pause()
    })
    let taken = 0
    const pump = async (): Promise<void> => {
      for (const each of pieces) {
        if (!pve.write(each)) await once(pve, 'drain')
        taken += each.length
      }
    }
    const pumped = pump()
    await until('it is paused', () => ear.bytes > MIB)
    const paused = ear.bytes
    let seen = 0
    await until('the other end is stuck', async () => {
      seen = taken
      await new Promise((resolve) => setTimeout(resolve, 100))
      return taken === seen
    })
    // What the kernel takes, and not the half of what there is.
    assert.ok(taken < 16 * MIB, `${taken} bytes were taken`)
    assert.equal(ear.bytes, paused)
    const resume = setInterval(() => port.resume(), 1)
    await pumped
    await until('all has come', () => ear.bytes === pieces.length * piece.length)
    clearInterval(resume)
    assert.equal(ear.digest(), digest(pieces))
    port.destroy()
  })

  test('tells what came before the end, then the end, also when it was paused', async () => {
    const [port, pve] = await open()
    const bytes = new Chance(4).bytes(200_000)
    pve.end(bytes)
    await until('it is on its way', () => pve.writableLength === 0)
    const ear: Ear = new Ear(port, () => port.pause())
    await until('something has come', () => ear.bytes > 0)
    assert.deepEqual(ear.ends, [])
    const resume = setInterval(() => port.resume(), 1)
    await until('the end has come', () => ear.ends.length > 0)
    clearInterval(resume)
    assert.equal(ear.digest(), digest([bytes]))
    assert.deepEqual(ear.ends, [{ code: 1006, reason: '' }])
    assert.equal(port.send(bytes), true)
    assert.equal(port.buffered, 0)
  })

  for (const [what, isFull] of [
    ['a little', false],
    ['more than the other end takes', true],
  ] as const) {
    test(`closes behind what was queued: ${what}`, async () => {
      const { port, pve, hold, release } = await openWired()
      const ear = new Ear(port)
      let received = 0
      pve.on('data', (bytes) => {
        received += bytes.length
      })
      // At its end, and not because the port gave up waiting.
      const ended = once(pve, 'end').then(() => assert.deepEqual(ear.ends, []))
      hold()
      const piece = new Uint8Array(10_000)
      let sent = 3 * piece.length
      for (let at = 0; at < 3; at++) port.send(piece)
      while (isFull && port.send(piece)) sent += piece.length
      if (isFull) sent += piece.length
      port.close()
      assert.equal(port.send(piece), true)
      release()
      await ended
      assert.equal(received, sent)
      await until('it has ended', () => ear.ends.length === 1)
    })
  }

  test('is gone at once when it is destroyed', async () => {
    const { port, pve, hold } = await openWired()
    const ear = new Ear(port)
    hold()
    const piece = new Uint8Array(MIB)
    while (port.send(piece)) {}
    port.destroy()
    await until('it has ended', () => ear.ends.length === 1)
    assert.equal(port.buffered, 0)
    pve.destroy()
  })

  test('ends alone when its holder throws', async () => {
    const [port, pve] = await open()
    const mistake = new Error('a mistake of the holder’s')
    const ear = new Ear(port, () => {
      throw mistake
    })
    pve.write('x')
    await until('it has ended', () => ear.ends.length === 1)
    assert.equal(ear.ends[0]?.error, mistake)
    assert.equal(ear.bytes, 1)
  })
})
