import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { createTrust, type TrustSources } from '../../src/pve/trust.ts'
import type { PresentedCertificate } from '../../src/runtime/runtime.ts'
import { hostConfig } from './fake-host.ts'

const [A, B, C] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)]
const unread = (): never => assert.fail('something was read for nothing')

function sources(change: Partial<TrustSources> = {}): TrustSources {
  return {
    authority: null,
    systemAuthorities: () => ['system'],
    known: () => [],
    now: () => 0,
    ...change,
  }
}

function shown(sha256: string, authorized: boolean): PresentedCertificate {
  const names = { subject: '', issuer: '', sans: [], validFrom: '', validTo: '' }
  return {
    sha256,
    authorized,
    ...names,
    ...(authorized ? {} : { authorizationError: 'SELF_SIGNED' }),
  }
}

const isFailure = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code

describe('a host with fingerprints', () => {
  const config = { ...hostConfig('home'), fingerprint: [A, B], ca: 'x' }
  const trust = createTrust(
    config,
    sources({ authority: 'PEM', systemAuthorities: unread, known: unread }),
  )

  test('is one that shows any of them, whoever signed it', () => {
    trust.verify(shown(A, false))
    trust.verify(shown(B, true))
  })

  test('is no other, whoever signed that', () => {
    for (const authorized of [true, false]) {
      for (const other of [C, '', A.toUpperCase(), A.slice(1)]) {
        assert.throws(
          () => trust.verify(shown(other, authorized)),
          isFailure('certificate_changed'),
        )
      }
    }
  })

  test('needs no authority', () => assert.deepEqual(trust.authorities, []))
})

describe('a host with an authority of its own', () => {
  const trust = createTrust(
    hostConfig('home'),
    sources({ authority: 'PEM', systemAuthorities: unread, known: unread }),
  )

  test('is verified against that one alone', () => assert.deepEqual(trust.authorities, ['PEM']))

  test('is trusted when chain and name are right, and else not, whatever was confirmed', () => {
    trust.verify(shown(A, true))
    assert.throws(() => trust.verify(shown(A, false)), isFailure('host_untrusted'))
  })
})

describe('a host with neither', () => {
  test('is verified against the system', () => {
    const trust = createTrust(hostConfig('home'), sources({ known: unread }))
    assert.deepEqual(trust.authorities, ['system'])
    trust.verify(shown(A, true))
  })

  test('is untrusted where nobody confirmed anything', () => {
    const trust = createTrust(hostConfig('home'), sources())
    assert.throws(() => trust.verify(shown(A, false)), isFailure('host_untrusted'))
  })

  test('may be confirmed, and then a change is named', () => {
    const trust = createTrust(hostConfig('home'), sources({ known: () => [A, B] }))
    trust.verify(shown(B, false))
    assert.throws(() => trust.verify(shown(C, false)), isFailure('certificate_changed'))
    trust.verify(shown(C, true))
  })

  test('is mended once what it showed has been confirmed', () => {
    const known: string[] = []
    const trust = createTrust(hostConfig('home'), sources({ known: () => known }))
    assert.deepEqual([trust.latest, trust.mended], [null, false])
    assert.throws(() => trust.verify(shown(A, false)))
    assert.equal(trust.latest?.trusted, false)
    assert.equal(trust.mended, false)
    known.push(A)
    assert.equal(trust.mended, true)
    trust.verify(shown(A, false))
    assert.equal(trust.latest?.trusted, true)
    assert.equal(trust.mended, false)
  })
})
