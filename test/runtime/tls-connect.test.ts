import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createServer } from 'node:tls'
import { issueCertificate, keyPem, makeKeyPair } from '../../src/certificate.ts'
import { Failure } from '../../src/errors.ts'
import type { PresentedCertificate } from '../../src/runtime/runtime.ts'
import { SocketPort } from '../../src/runtime/socket-port.ts'
import { connectTls } from '../../src/runtime/tls-connect.ts'

const DAY = 86_400_000

async function makeCertificate(names: readonly string[]) {
  const keys = await makeKeyPair('ec-p256')
  const notBefore = new Date(Date.now() - DAY)
  const notAfter = new Date(Date.now() + DAY)
  const subject = [['CN', 'pve1.lan']] as const
  return {
    cert: issueCertificate({ subject, names, notBefore, notAfter }, keys),
    key: keyPem(keys),
  }
}

for (const gated of [false, true]) {
  describe(`a connection to PVE (${gated ? 'gated' : 'direct'})`, () => {
    let server: Server
    let cert = ''
    /** Bytes behind TLS that the server has got, of all connections. */
    let received = 0

    before(async () => {
      const pair = await makeCertificate(['pve1.lan', '127.0.0.1'])
      cert = pair.cert
      server = createServer(pair, (socket) => {
        socket.on('error', () => {})
        socket.on('data', (bytes) => {
          received += bytes.length
          socket.write(bytes)
        })
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    })
    after(() => server.close())

    const target = (verify: (certificate: PresentedCertificate) => void, more = {}) => ({
      hostname: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      authorities: [cert],
      verify,
      timeoutMs: 5000,
      ...more,
    })

    test('that is refused has sent nothing, and ends with what the judge said', async () => {
      const before = received
      const verify = () => {
        throw new Failure('certificate_changed')
      }
      const refused = connectTls(target(verify), gated)
      await assert.rejects(refused, { code: 'certificate_changed' })
      assert.equal(received, before)
    })

    test('is judged by chain and name, and by what was shown', async () => {
      const seen: PresentedCertificate[] = []
      const verify = (certificate: PresentedCertificate) => void seen.push(certificate)
      for (const more of [
        {},
        { servername: 'pve1.lan' },
        { servername: 'other.lan' },
        { authorities: [(await makeCertificate(['x'])).cert] },
      ]) {
        const { socket } = await connectTls(target(verify, more), gated)
        socket.destroy()
      }
      assert.deepEqual(
        seen.map(({ authorized }) => authorized),
        [true, true, false, false],
      )
      assert.match(seen[0]?.sha256 ?? '', /^[0-9a-f]{64}$/)
      assert.equal(new Set(seen.map(({ sha256 }) => sha256)).size, 1)
    })

    test('that is believed carries bytes both ways, and tells its end', async () => {
      const { socket, flow, address } = await connectTls(
        target(() => {}),
        gated,
      )
      assert.equal(address, '127.0.0.1')
      const port = new SocketPort(socket, flow)
      const got: string[] = []
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      const { promise: echoed, resolve: echo } = Promise.withResolvers<void>()
      port.receive({
        data(bytes) {
          got.push(new TextDecoder().decode(bytes))
          if (got.join('') === 'hello') echo()
        },
        drain() {},
        end: () => end(),
      })
      port.send(new TextEncoder().encode('hello'))
      await echoed
      port.destroy()
      await ended
    })

    test('that nobody takes says so', async () => {
      const closed = createTcp()
      closed.listen(0, '127.0.0.1')
      await once(closed, 'listening')
      const free = (closed.address() as AddressInfo).port
      closed.close()
      await once(closed, 'close')
      const refused = connectTls(
        target(() => {}, { port: free }),
        gated,
      )
      await assert.rejects(refused, { code: 'host_unreachable' })
    })

    test('to something that never says a word is given up in time', async () => {
      const mute = createTcp(() => {})
      mute.listen(0, '127.0.0.1')
      await once(mute, 'listening')
      const { port } = mute.address() as AddressInfo
      const late = connectTls(
        target(() => {}, { port, timeoutMs: 100 }),
        gated,
      )
      await assert.rejects(late, { code: 'host_timeout' })
      mute.close()
    })
  })
}
