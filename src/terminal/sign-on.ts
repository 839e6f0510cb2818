/** The first words with PVE's terminal proxy. */
import type { Port, PortEnd } from '../relay/port.ts'
import { authLine } from './input-framer.ts'

/** The proxy ended the connection instead of agreeing; it never says why. */
export class SignOnCut extends Error {
  override readonly name = 'SignOnCut'
  readonly end: PortEnd
  constructor(end: PortEnd) {
    super('the connection ended before the terminal was there')
    this.end = end
  }
}

/** Something else than a terminal proxy answered. */
export class SignOnError extends Error {
  override readonly name = 'SignOnError'
}

const OK = [...new TextEncoder().encode('OK')]

/**
 * Says who sits at the terminal and resolves with what it printed behind its `OK`, in the same piece or not;
 * the port is paused then (termproxy 1.0 to 2.1).
 *
 * Rejects with SignOnCut, SignOnError, or the signal's reason; the port is left open.
 */
export function signOn(
  port: Port,
  user: string,
  ticket: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      port.pause()
      finish()
    }
    const onAbort = (): void => settle(() => reject(signal.reason))
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    let read = 0
    port.receive({
      data(bytes) {
        const needed = OK.slice(read, read + bytes.length)
        if (needed.some((byte, index) => byte !== bytes[index])) {
          return settle(() => reject(new SignOnError('the terminal did not begin with OK')))
        }
        read += needed.length
        const rest = bytes.slice(needed.length)
        if (read === OK.length) settle(() => resolve(rest))
      },
      drain() {},
      end: (end) => settle(() => reject(new SignOnCut(end))),
    })
    port.send(authLine(user, ticket))
  })
}
