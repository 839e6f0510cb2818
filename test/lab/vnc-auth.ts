/** VNC authentication (RFC 6143 7.2.2): DES of a 16-byte challenge under the password with its bits mirrored. */
import { createCipheriv } from 'node:crypto'

/** The 16 bytes a client answers a challenge with; only the first 8 bytes of the password count. */
export function vncResponse(password: string, challenge: Uint8Array): Buffer {
  const key = Buffer.alloc(8)
  Buffer.from(password, 'latin1').copy(key, 0, 0, 8)
  const mirrored = key.map(mirrorBits)
  const blocks = [challenge.subarray(0, 8), challenge.subarray(8, 16)]
  return Buffer.concat(blocks.map((block) => desBlock(Buffer.from(mirrored), block)))
}

/**
 * One block of single DES.
 *
 * Runtimes no longer offer it, but triple DES with three equal keys is the same, and CBC with a zero vector is ECB for
 * one block.
 */
function desBlock(key: Buffer, block: Uint8Array): Buffer {
  const cipher = createCipheriv('des-ede3-cbc', Buffer.concat([key, key, key]), Buffer.alloc(8))
  cipher.setAutoPadding(false)
  return Buffer.concat([cipher.update(block), cipher.final()])
}

function mirrorBits(byte: number): number {
  let mirrored = 0
  for (let bit = 0; bit < 8; bit += 1) if (byte & (1 << bit)) mirrored |= 0x80 >> bit
  return mirrored
}
