import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WaitingRoom } from '../../src/relay/waiting-room.ts'
import { MemoryPort } from './memory-port.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

function enter(first = '') {
  const port = new MemoryPort()
  const ends: string[] = []
  const room = new WaitingRoom(
    port,
    ascii(first),
    ({ reason }) => ends.push(reason),
    () => ends.push('text'),
  )
  return { port, room, ends }
}

describe('a browser that waits', () => {
  test('finds what it sent in order when it leaves', () => {
    const { port, room } = enter('one ')
    port.arrive(ascii('two '))
    port.arrive(ascii('three'))
    assert.deepEqual(room.leave(), ascii('one two three'))
    assert.deepEqual(room.leave(), new Uint8Array())
  })

  test('is not read any more once it has sent too much', () => {
    const { port, room } = enter()
    for (let n = 0; n < 100; n++) port.arrive(new Uint8Array(100))
    assert.equal(port.isPaused, true)
    assert.ok(room.leave().length <= 4096 + 100)
  })

  test('may send nothing as often as it likes, and nothing is kept of it', () => {
    const { port, room } = enter()
    for (let n = 0; n < 200_000; n++) port.arrive(new Uint8Array())
    assert.equal(port.isPaused, false)
    assert.equal(room.leave().length, 0)
  })

  test('is told of when it sends text', () => {
    const { port, ends } = enter()
    port.arrive('hello')
    assert.deepEqual(ends, ['text'])
  })

  test('is missed when it goes', () => {
    const { port, ends } = enter()
    port.end({ code: 1001, reason: 'away' })
    assert.deepEqual(ends, ['away'])
  })
})
