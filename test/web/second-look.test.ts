import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readTwice } from '../../web/second-look.ts'

/** A fetch that answers with these statuses in turn, and what happened in between. */
function answering(...statuses: number[]) {
  const seen: string[] = []
  const fetch = readTwice(
    async (url, { method }) => {
      seen.push(`${method} ${url}`)
      return new Response(null, { status: statuses.shift() ?? 500 })
    },
    async (ms) => void seen.push(`${ms} ms`),
  )
  return { fetch, seen }
}

describe('a read that finds nobody signed in', () => {
  test('looks a second time, and no third', async () => {
    for (const [second, found] of [
      [200, 200],
      [401, 401],
    ] as const) {
      const { fetch, seen } = answering(401, second, 200)
      assert.equal((await fetch('/x', { method: 'GET' })).status, found)
      assert.deepEqual(seen, ['GET /x', '300 ms', 'GET /x'])
    }
  })

  test('is no other read, and no write', async () => {
    for (const [method, status] of [
      ['GET', 200],
      ['GET', 403],
      ['POST', 401],
      ['DELETE', 401],
    ] as const) {
      const { fetch, seen } = answering(status)
      assert.equal((await fetch('/x', { method })).status, status)
      assert.equal(seen.length, 1)
    }
  })
})
