import { jest } from 'bun:test'
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { UpdateAsker } from '../../web/elements/update-asker.ts'

const WHOLE = Uint8Array.of(3, 0, 0, 0, 0, 0, 4, 0, 3, 0)
const CHANGES = Uint8Array.of(3, 1, 0, 0, 0, 0, 4, 0, 3, 0)
/** From how many answers on the pacer concludes something. */
const FIRST_ANSWERS = 8
const KEY = Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 97)

describe('what noVNC sends', () => {
  let now = 0
  let sent: string[]
  let asker: UpdateAsker

  beforeEach(() => {
    jest.useFakeTimers()
    now = 0
    sent = []
    asker = new UpdateAsker(
      (message) => sent.push(Buffer.from(message).toString('hex')),
      () => now,
    )
  })
  afterEach(() => {
    asker.stop()
    jest.useRealTimers()
  })

  const pass = (ms: number): void => {
    now += ms
    jest.advanceTimersByTime(ms)
  }
  /** An update that takes a moment to come, drawn `after` milliseconds from now. */
  const update = (after: number): void => {
    pass(after)
    asker.received()
    asker.pass(CHANGES)
  }
  /** So many answers that something is concluded from them. */
  const learn = (): void => {
    for (let n = 0; n < FIRST_ANSWERS; n++) update(100)
  }
  const hex = (message: Uint8Array): string => Buffer.from(message).toString('hex')

  test('goes out as it is, but for requests', () => {
    asker.pass(WHOLE)
    asker.pass(KEY)
    assert.deepEqual(sent, [hex(WHOLE), hex(KEY)])
  })

  test('is followed by more requests of the same size while answers are quick', () => {
    asker.pass(WHOLE)
    learn()
    const asked = Array.from({ length: FIRST_ANSWERS }, () => hex(CHANGES))
    assert.deepEqual(sent, [hex(WHOLE), ...asked])
    pass(25)
    assert.deepEqual(sent, [hex(WHOLE), ...asked, hex(CHANGES)])
    pass(1000)
    assert.equal(sent.length, FIRST_ANSWERS + 2, 'no more before an answer')
  })

  test('is one request at a time while nobody looks', () => {
    asker.calm = true
    asker.pass(WHOLE)
    learn()
    pass(25)
    assert.equal(sent.length, FIRST_ANSWERS + 1)
    asker.calm = false
    pass(25)
    assert.equal(sent.length, FIRST_ANSWERS + 2)
  })

  test('is nothing more after the end', () => {
    asker.pass(WHOLE)
    update(100)
    asker.stop()
    pass(10_000)
    assert.equal(sent.length, 2)
  })

  test('keeps its bytes, though noVNC writes over them', () => {
    asker.pass(WHOLE)
    learn()
    const buffer = CHANGES.slice()
    pass(100)
    asker.received()
    asker.pass(buffer)
    buffer.fill(0)
    const before = sent.length
    pass(25)
    assert.ok(sent.length > before)
    assert.deepEqual(new Set(sent.slice(1)), new Set([hex(CHANGES)]))
  })
})
