import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SignOnCut, SignOnError, signOn } from '../../src/terminal/sign-on.ts'
import { oneByOne } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const begin = (signal = new AbortController().signal) => {
  const port = new MemoryPort({ takesAll: true })
  return { port, signedOn: signOn(port, 'anna@pam', 'PVEVNC:1::s', signal) }
}

describe('the first words with a terminal', () => {
  test('are one line, and OK with the output behind it', async () => {
    const { port, signedOn } = begin()
    assert.deepEqual(port.allSent, ascii('anna@pam:PVEVNC:1::s\n'))
    port.arrive(ascii('OK$ '))
    assert.deepEqual(await signedOn, ascii('$ '))
  })

  test('may come one byte at a time, and what comes later waits', async () => {
    const { port, signedOn } = begin()
    for (const byte of oneByOne(ascii('OKabc'))) port.arrive(byte)
    assert.deepEqual(await signedOn, ascii(''))
    const later: number[] = []
    port.receive({ data: (bytes) => void later.push(...bytes), drain() {}, end() {} })
    assert.deepEqual(later, [...ascii('abc')])
  })

  test('that are others are an error', async () => {
    for (const words of ['RFB', 'ok', 'Ox']) {
      const { port, signedOn } = begin()
      port.arrive(ascii(words))
      await assert.rejects(signedOn, SignOnError)
    }
  })

  test('end with the connection, which says nothing', async () => {
    const { port, signedOn } = begin()
    port.arrive(ascii('O'))
    port.end()
    await assert.rejects(signedOn, (error) => error instanceof SignOnCut && error.end.code === 1006)
  })

  test('are not waited for after the signal', async () => {
    const controller = new AbortController()
    const { port, signedOn } = begin(controller.signal)
    controller.abort(new Error('enough'))
    await assert.rejects(signedOn, /enough/)
    assert.equal(port.isPaused, true)
    await assert.rejects(begin(controller.signal).signedOn, /enough/)
  })
})
