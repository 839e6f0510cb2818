import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Certificate } from '../../src/http/contract.ts'
import {
  dayOf,
  forceOf,
  holderOf,
  namesIn,
  pairLines,
  trustOf,
} from '../../web/model/certificate.ts'

const fingerprint = Array.from({ length: 32 }, (_, at) => (at + 16).toString(16)).join(':')

const shown: Certificate = {
  trusted: false,
  fingerprint,
  subject: 'OU=PVE Cluster Node, O=Proxmox Virtual Environment, CN=b',
  issuer: 'CN=Proxmox Virtual Environment, OU=b1d1, O=PVE Cluster Manager CA',
  sans: ['IP Address:127.0.0.1', 'DNS:localhost', 'DNS:b', 'DNS:b'],
  valid_from: 'Nov 23 06:59:17 2026 GMT',
  valid_to: 'Nov 23 06:59:17 2028 GMT',
}

describe('a fingerprint', () => {
  test('stands in four lines of eight pairs, none of which differs by itself', () => {
    const lines = pairLines(fingerprint)
    assert.deepEqual(
      lines.map((line) => line.length),
      [8, 8, 8, 8],
    )
    assert.equal(
      lines
        .flat()
        .map(({ text }) => text)
        .join(':'),
      fingerprint,
    )
    assert.ok(lines.flat().every(({ differs }) => !differs))
  })

  test('shows where it differs from another one', () => {
    const other = fingerprint.replace('10:11', '10:ff')
    const differing = pairLines(fingerprint, other)
      .flat()
      .flatMap((pair, at) => (pair.differs ? at : []))
    assert.deepEqual(differing, [1])
  })
})

describe('a certificate', () => {
  test('is new where none was confirmed, and changed where another one was', () => {
    assert.equal(trustOf(shown), 'new')
    assert.equal(trustOf({ ...shown, expected: [] }), 'new')
    assert.equal(trustOf({ ...shown, expected: [fingerprint] }), 'changed')
    assert.equal(trustOf({ ...shown, trusted: true, expected: [fingerprint] }), 'trusted')
  })

  test('tells its holder, its names and its days as people would', () => {
    assert.equal(holderOf(shown.subject), 'b, Proxmox Virtual Environment')
    assert.equal(holderOf(shown.issuer), 'Proxmox Virtual Environment, PVE Cluster Manager CA')
    assert.equal(holderOf('O=Smith, Sons, CN=x=y'), 'x=y, Smith, Sons')
    assert.equal(holderOf('nonsense'), 'nonsense')
    assert.deepEqual(namesIn(shown.sans), ['127.0.0.1', 'localhost', 'b'])
    assert.match(dayOf(shown.valid_to, 'en'), /Nov 2\d, 2028/)
    assert.match(dayOf(shown.valid_to, 'ko'), /2028\. 11\. 2\d\./)
    assert.equal(dayOf('some day', 'en'), 'some day')
  })

  test('says when it is not in force', () => {
    assert.equal(forceOf(shown, Date.parse('2027-01-01')), 'now')
    assert.equal(forceOf(shown, Date.parse('2029-01-01')), 'expired')
    assert.equal(forceOf(shown, Date.parse('2026-01-01')), 'early')
    assert.equal(forceOf({ valid_from: '?', valid_to: '?' }, 0), 'now')
  })
})
