/**
 * The key of a TokenSigner, which it gives to nobody: it is seen on its way into the runtime's HMAC. So
 * the tests can sign what the signer itself never would.
 */
import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { TokenSigner } from '../../src/session/token.ts'
import type { FakeClock } from './fake-clock.ts'

export interface OpenSigner {
  readonly signer: TokenSigner
  readonly key: Uint8Array
}

export async function makeSigner(clock: FakeClock): Promise<OpenSigner> {
  const signer = new TokenSigner(clock)
  const { subtle } = globalThis.crypto
  const importKey = subtle.importKey
  let key: Uint8Array | undefined
  Object.defineProperty(subtle, 'importKey', {
    configurable: true,
    value(...args: unknown[]) {
      if (args[1] instanceof Uint8Array) key = args[1].slice()
      return Reflect.apply(importKey, subtle, args)
    },
  })
  try {
    await signer.sign('A'.repeat(22), 1000)
  } finally {
    Reflect.deleteProperty(subtle, 'importKey')
  }
  if (key?.length !== 32) throw new Error('the key was not seen')
  return { signer, key }
}

export const base64url = (value: string | Uint8Array): string =>
  Buffer.from(value).toString('base64url')

/** A token of any header and payload, signed with any key. */
export function forge(
  key: Uint8Array,
  header: Readonly<Record<string, unknown>>,
  payload: Readonly<Record<string, unknown>>,
  hash = 'sha256',
): string {
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`
}
