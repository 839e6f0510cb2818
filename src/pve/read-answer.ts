/** The body of an answer, within limits: a host must not cost more memory or time than PVE would. */
import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { Failure } from '../errors.ts'
import { JsonBounds } from './json-bounds.ts'

/** Bytes of an answer that is no list; the largest is a guest with dozens of disks, some 60 KiB. */
const MAX_BODY = 256 * 1024

/**
 * Reads an answer's body as text.
 *
 * Throws Failure pve_error for one that is too long, too deep, packed, or that breaks off.
 */
export async function readAnswer(response: IncomingMessage, maxBody = MAX_BODY): Promise<string> {
  // It was not asked for, and a few bytes could unpack to anything.
  const coding = response.headers['content-encoding'] ?? 'identity'
  if (coding !== 'identity') throw refused('The host’s answer is packed.', coding)
  const bounds = new JsonBounds()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBody) throw refused('The host’s answer is too long.')
      if (!bounds.allow(chunk)) throw refused('The host’s answer is too complex.')
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    throw refused('The host’s answer broke off.', error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function refused(detail: string, cause?: unknown): Failure {
  return new Failure('pve_error', { detail, ...(cause === undefined ? {} : { cause }) })
}
