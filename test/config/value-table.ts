/** Tables of values that a reader of the configuration takes, and of those it does not. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NotAccepted, type Reader } from '../../src/config/values.ts'

export interface ValueTable {
  readonly title: string
  readonly read: Reader<unknown>
  readonly good: readonly (readonly [value: unknown, read: unknown])[]
  readonly bad: readonly unknown[]
}

/** What is no text at all. */
export const NO_TEXT: readonly unknown[] = [undefined, null, 0, 1, true, [], {}, ['x'], new Date(0)]

/** A test for each value. */
export function testValues(tables: readonly ValueTable[]): void {
  for (const { title, read, good, bad } of tables) {
    describe(`${title} in the configuration`, () => {
      for (const [value, wanted] of good) {
        test(`may be ${show(value)}`, () => assert.deepEqual(read(value), wanted))
      }
      for (const value of bad) {
        test(`may not be ${show(value)}`, () => assert.throws(() => read(value), NotAccepted))
      }
    })
  }
}

function show(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
}
