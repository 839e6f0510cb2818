import type { Port, PortEnd } from '../relay/port.ts'
import type { RfbHandshake } from './security.ts'

/** The port ended in the middle of a handshake. */
export class HandshakeCut extends Error {
  override readonly name = 'HandshakeCut'
  readonly end: PortEnd
  constructor(end: PortEnd) {
    super('the connection ended during the RFB handshake')
    this.end = end
  }
}

/** Text came where a stream of bytes was agreed. */
export class TextDuringHandshake extends Error {
  override readonly name = 'TextDuringHandshake'
}

/**
 * Drives a handshake over a port and resolves with the bytes that came behind it; the port is paused then
 * where it can be.
 *
 * Rejects with RfbError, HandshakeCut or TextDuringHandshake, and with the signal's reason when it aborts. The port
 * is left open: who called decides how it ends.
 */
export function runHandshake(
  port: Port,
  handshake: RfbHandshake,
  signal: AbortSignal,
  greeting?: Uint8Array,
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
    if (greeting) port.send(greeting)
    port.receive({
      data(bytes) {
        try {
          const answer = handshake.read(bytes)
          if (answer) port.send(answer)
          if (handshake.done) settle(() => resolve(handshake.takeRest()))
        } catch (error) {
          settle(() => reject(error))
        }
      },
      text: () => settle(() => reject(new TextDuringHandshake())),
      drain() {},
      end: (end) => settle(() => reject(new HandshakeCut(end))),
    })
  })
}
