import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openWebSocket } from '../../src/ws/client.ts'
import { HandshakeError } from '../../src/ws/handshake.ts'
import { oneByOne } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import { agreement, ascii, listen, open, REQUEST } from './open-port.ts'
import { serverFrame } from './server-frame.ts'

describe('opening', () => {
  test('the head may come one byte at a time', async () => {
    const raw = new MemoryPort({ takesAll: true })
    const opening = open(raw)
    for (const byte of oneByOne(agreement(raw))) raw.arrive(byte)
    const port = await opening
    assert.equal(raw.isDestroyed, false)
    assert.equal(raw.isPaused, true)
    const heard = listen(port)
    raw.arrive(serverFrame(2, ascii('hello')))
    assert.equal(heard.text(), 'hello')
  })

  const failures: [title: string, act: (raw: MemoryPort) => void, status: number][] = [
    ['a refusal', (raw) => raw.arrive(ascii('HTTP/1.1 401 no\r\n\r\n')), 401],
    ['garbage', (raw) => raw.arrive(ascii('RFB 003.008\n\r\n\r\n')), 0],
    ['an end before an answer', (raw) => raw.end(), 0],
    [
      'an end in the middle of an answer',
      (raw) => {
        raw.arrive(agreement(raw).slice(0, 40))
        raw.end()
      },
      0,
    ],
    [
      'an endless head',
      (raw) => {
        for (let n = 0; n < 40; n++) raw.arrive(new Uint8Array(1000).fill(97))
      },
      0,
    ],
  ]
  for (const [title, act, status] of failures) {
    test(`${title} rejects and leaves no connection`, async () => {
      const raw = new MemoryPort({ takesAll: true })
      const opening = open(raw)
      act(raw)
      await assert.rejects(
        opening,
        (error) => error instanceof HandshakeError && error.status === status,
      )
      assert.equal(raw.isDestroyed || raw.held === 0, true)
    })
  }

  test('an abort before, and one in between, reject with the reason and leave no connection', async () => {
    const reason = new Error('enough')
    const before = new MemoryPort({ takesAll: true })
    await assert.rejects(open(before, AbortSignal.abort(reason)), reason)
    assert.equal(before.isDestroyed, true)
    assert.deepEqual(before.sent, [])

    const controller = new AbortController()
    const between = new MemoryPort({ takesAll: true })
    const opening = open(between, controller.signal)
    between.arrive(agreement(between).slice(0, 40))
    controller.abort(reason)
    await assert.rejects(opening, reason)
    assert.equal(between.isDestroyed, true)
  })

  test('an abort after the agreement changes nothing', async () => {
    const controller = new AbortController()
    const raw = new MemoryPort({ takesAll: true })
    const opening = open(raw, controller.signal)
    raw.arrive(agreement(raw))
    await opening
    controller.abort()
    assert.equal(raw.isDestroyed, false)
  })

  test('a request that could break out of its line is never sent', async () => {
    const raw = new MemoryPort({ takesAll: true })
    const request = { ...REQUEST, headers: { Cookie: 'a\r\nX: y' } }
    await assert.rejects(openWebSocket(raw, request, new AbortController().signal), TypeError)
    assert.deepEqual(raw.sent, [])
    assert.equal(raw.isDestroyed, true)
  })
})
