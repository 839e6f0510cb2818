import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Turns } from '../../src/http/turns.ts'
import { settle } from '../session/fake-clock.ts'

describe('turns', () => {
  test('come one after the other for one key, in the order they were asked for', async () => {
    const turns = new Turns()
    const log: string[] = []
    const first = Promise.withResolvers<void>()
    const done = [
      turns.take('a', async () => {
        log.push('first begins')
        await first.promise
        log.push('first ends')
      }),
      turns.take('a', async () => void log.push('second')),
      turns.take('b', async () => void log.push('other')),
    ]
    await settle()
    assert.deepEqual(log, ['first begins', 'other'])
    first.resolve()
    await Promise.all(done)
    assert.deepEqual(log, ['first begins', 'other', 'first ends', 'second'])
  })

  test('go on after one that failed, whose failure is its own', async () => {
    const turns = new Turns()
    const failed = turns.take('a', () => Promise.reject(new Error('mine')))
    const next = turns.take('a', async () => 'next')
    await assert.rejects(failed, /mine/)
    assert.equal(await next, 'next')
  })
})
