import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HandshakeCut, runHandshake } from '../../src/rfb/run-handshake.ts'
import { BrowserHandshake, PveHandshake, RfbError } from '../../src/rfb/security.ts'
import { join, oneByOne } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const VERSION = ascii('RFB 003.008\n')
const SERVER = join([VERSION, Uint8Array.of(1, 1), new Uint8Array(4)])
const BROWSER = join([VERSION, Uint8Array.of(1, 0)])

function start(port: MemoryPort, signal = new AbortController().signal): Promise<Uint8Array> {
  return runHandshake(port, new PveHandshake('x'), signal)
}

describe('a handshake over a port', () => {
  test('answers as it goes, ends paused, and hands on what came behind', async () => {
    const port = new MemoryPort({ takesAll: true })
    const rest = start(port)
    port.arrive(join([SERVER, ascii('behind')]))
    assert.equal(port.isPaused, true)
    assert.deepEqual(await rest, ascii('behind'))
    assert.deepEqual(port.allSent, join([VERSION, Uint8Array.of(1)]))
  })

  test('one byte at a time: what comes later waits in the port', async () => {
    const port = new MemoryPort({ takesAll: true })
    const rest = start(port)
    for (const byte of oneByOne(join([SERVER, ascii('behind')]))) port.arrive(byte)
    assert.deepEqual(await rest, new Uint8Array())
    const later: Uint8Array[] = []
    port.receive({ data: (bytes) => later.push(bytes.slice()), drain() {}, end() {} })
    assert.deepEqual(join(later), ascii('behind'))
  })

  test('what had arrived before it began is read too', async () => {
    const port = new MemoryPort({ takesAll: true })
    for (const byte of oneByOne(SERVER)) port.arrive(byte)
    assert.deepEqual(await start(port), new Uint8Array())
  })

  test('a greeting goes first', async () => {
    const port = new MemoryPort({ takesAll: true })
    const handshake = new BrowserHandshake()
    const signal = new AbortController().signal
    const rest = runHandshake(port, handshake, signal, handshake.greeting)
    assert.deepEqual(port.allSent, VERSION)
    port.arrive(BROWSER)
    await rest
    assert.deepEqual(port.allSent, join([VERSION, Uint8Array.of(1, 1, 0, 0, 0, 0)]))
  })

  test('a refusal rejects, and leaves the port to who called', async () => {
    const port = new MemoryPort({ takesAll: true })
    const rest = start(port)
    port.arrive(ascii('RFB 003.003\n'))
    await assert.rejects(rest, RfbError)
    assert.equal(port.isDestroyed, false)
    assert.equal(port.hadThrow, false)
    assert.equal(port.isPaused, true)
  })

  test('an end in the middle rejects with how it ended', async () => {
    for (let sent = 0; sent < SERVER.length; sent++) {
      const port = new MemoryPort({ takesAll: true })
      const rest = start(port)
      if (sent > 0) port.arrive(SERVER.slice(0, sent))
      port.end({ code: 1006, reason: 'gone' })
      await assert.rejects(
        rest,
        (error) => error instanceof HandshakeCut && error.end.reason === 'gone',
      )
    }
  })

  test('an end right behind the last byte is told to the next listener', async () => {
    const port = new MemoryPort({ takesAll: true })
    const rest = start(port)
    port.arrive(SERVER)
    port.end({ code: 1006, reason: 'gone' })
    await rest
    const ends: string[] = []
    port.receive({ data() {}, drain() {}, end: (end) => ends.push(end.reason) })
    assert.deepEqual(ends, ['gone'])
  })

  test('an abort rejects with its reason, before and in between', async () => {
    const reason = new Error('enough')
    const before = new MemoryPort({ takesAll: true })
    await assert.rejects(start(before, AbortSignal.abort(reason)), reason)
    assert.deepEqual(before.sent, [])

    const controller = new AbortController()
    const between = new MemoryPort({ takesAll: true })
    const rest = start(between, controller.signal)
    between.arrive(VERSION)
    controller.abort(reason)
    await assert.rejects(rest, reason)
    assert.equal(between.isPaused, true)
  })

  test('an abort after the end of the handshake does not pause the port again', async () => {
    const controller = new AbortController()
    const port = new MemoryPort({ takesAll: true })
    const rest = start(port, controller.signal)
    port.arrive(SERVER)
    await rest
    port.receive({ data() {}, drain() {}, end() {} })
    controller.abort()
    assert.equal(port.isPaused, false)
  })
})
