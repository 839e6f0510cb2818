import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerChallenge } from '../../src/rfb/vnc-auth.ts'

const hex = (text: string): Uint8Array => Uint8Array.fromHex(text)

describe('VNC Authentication', () => {
  const COUNTING = '000102030405060708090a0b0c0d0e0f'
  /** Made with OpenSSL's DES in ECB mode, the key's bytes mirrored by hand. */
  const rows: [password: string, challenge: string, answer: string][] = [
    ['secret', COUNTING, 'ee22539f33a5983ec12f9c2edbc995dd'],
    ['12345678', COUNTING, '83dd2b4dbd04367f28578fdd5b142740'],
    ['', COUNTING, '491e890de9ace932838a49792f2213f3'],
    ['a~Z0!@#^', 'ffeeddccbbaa99887766554433221100', '4c51e91aad4c5d95acfdf52259bfd990'],
  ]
  for (const [password, challenge, answer] of rows) {
    test(`"${password}" answers ${challenge.slice(0, 8)}… as OpenSSL does`, () => {
      assert.equal(answerChallenge(hex(challenge), password).toHex(), answer)
    })
  }

  test('what is longer than eight characters counts no more', () => {
    const challenge = hex(COUNTING)
    assert.deepEqual(
      answerChallenge(challenge, '123456789'),
      answerChallenge(challenge, '12345678'),
    )
    assert.notDeepEqual(
      answerChallenge(challenge, '12345670'),
      answerChallenge(challenge, '12345678'),
    )
  })

  test('the challenge stays as it was, and part of a larger buffer will do', () => {
    const buffer = hex(`ff${COUNTING}ff`)
    const challenge = buffer.subarray(1, 17)
    assert.deepEqual(answerChallenge(challenge, 'secret'), answerChallenge(hex(COUNTING), 'secret'))
    assert.equal(buffer.toHex(), `ff${COUNTING}ff`)
  })
})
