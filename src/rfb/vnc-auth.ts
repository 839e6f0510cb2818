/** The arithmetic of VNC Authentication (RFC 6143 section 7.2.2). */
import { createCipheriv } from 'node:crypto'

/**
 * Answers a 16-byte challenge with the first eight bytes of a password.
 *
 * The key's bits are mirrored byte by byte, as every VNC implementation does. Single DES is asked for as
 * Triple DES with three equal keys in CBC mode over one block at a time: the same result, and the one form
 * of DES that Bun, Deno and Node all offer.
 */
export function answerChallenge(challenge: Uint8Array, password: string): Uint8Array {
  const key = new Uint8Array(8)
  key.set(new TextEncoder().encode(password).subarray(0, 8))
  const mirrored = key.map(mirrorBits)
  const tripled = new Uint8Array(24)
  for (const at of [0, 8, 16]) tripled.set(mirrored, at)
  const answer = new Uint8Array(16)
  for (const at of [0, 8]) {
    const cipher = createCipheriv('des-ede3-cbc', tripled, new Uint8Array(8)).setAutoPadding(false)
    answer.set(cipher.update(challenge.subarray(at, at + 8)), at)
  }
  return answer
}

function mirrorBits(byte: number): number {
  let mirrored = 0
  for (let bit = 0; bit < 8; bit++) mirrored |= ((byte >> bit) & 1) << (7 - bit)
  return mirrored
}
