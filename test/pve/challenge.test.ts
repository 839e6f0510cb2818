import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { factorsOf } from '../../src/pve/challenge.ts'

/** A half-ticket as PVE writes it. */
function half(challenge: unknown): string {
  return `PVE:!tfa!${encodeURIComponent(JSON.stringify(challenge))}:662A1B2C::c2lnbmF0dXJl`
}

describe('the factors of a half-ticket', () => {
  const rows: [title: string, ticket: string, factors: string[]][] = [
    ['one', half({ totp: true }), ['totp']],
    [
      'all, the easiest first',
      half({ u2f: {}, webauthn: { publicKey: {} }, recovery: [0, 3], yubico: true, totp: true }),
      ['totp', 'yubico', 'recovery', 'webauthn', 'u2f'],
    ],
    ['used-up recovery keys are none', half({ totp: true, recovery: [] }), ['totp']],
    ['what is there but not true is none', half({ totp: false, yubico: null, webauthn: null }), []],
    ['names that are not known', half({ totp: true, passkey: true }), ['totp']],
    ['no factors', half({}), []],
    ['no object', half('totp'), []],
    ['null', half(null), []],
    ['no JSON', 'PVE:!tfa!%7B:662A1B2C::x', []],
    ['a broken escape', 'PVE:!tfa!%E0%A4%A:662A1B2C::x', []],
    ['a whole ticket', 'PVE:anna@pam:662A1B2C::x', []],
    ['an old kind of challenge', 'PVE:tfa!anna@pam:662A1B2C::x', []],
    ['nothing', '', []],
  ]
  for (const [title, ticket, factors] of rows) {
    test(title, () => assert.deepEqual(factorsOf(ticket), factors))
  }
})
