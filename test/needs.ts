import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

/**
 * True when what a test needs is there. Otherwise the test is skipped, and fails where nothing may be
 * skipped; its caller returns.
 */
export function needs(t: TestContext, there: boolean, what: string): boolean {
  if (there) return true
  assert.ok(process.env.PVE_CONSOLE_NO_SKIP !== '1', `${what} is missing`)
  t.skip(`${what} is missing`)
  return false
}
