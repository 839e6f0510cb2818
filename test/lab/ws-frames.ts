/** WebSocket framing as PVE's server does it: less than RFC 6455, and unforgiving. */
import { createHash } from 'node:crypto'

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
/** Longer payloads are a violation. */
export const framePayloadLimit = 131_072

export interface ClientFrame {
  readonly opcode: number
  readonly payload: Buffer
}

export type FrameResult =
  | { readonly kind: 'frame'; readonly frame: ClientFrame; readonly size: number }
  | { readonly kind: 'more' }
  | { readonly kind: 'violation'; readonly reason: string }

/** Reads one frame of the client from the start of what has arrived. */
export function readFrame(buffer: Buffer): FrameResult {
  const [first, second] = buffer
  if (first === undefined || second === undefined) return { kind: 'more' }
  const reason = judgeHead(first, second)
  if (reason) return { kind: 'violation', reason }
  const short = second & 0x7f
  const extra = short === 127 ? 8 : short === 126 ? 2 : 0
  if (buffer.length < 2 + extra) return { kind: 'more' }
  const length = short < 126 ? short : extra === 2 ? buffer.readUInt16BE(2) : readLong(buffer)
  if (length > framePayloadLimit) {
    return { kind: 'violation', reason: `frame of ${length} bytes, over ${framePayloadLimit}` }
  }
  const start = 2 + extra + 4
  if (buffer.length < start + length) return { kind: 'more' }
  const payload = unmask(buffer.subarray(start, start + length), buffer.subarray(start - 4, start))
  return { kind: 'frame', frame: { opcode: first & 0xf, payload }, size: start + length }
}

/** One unmasked, final frame. */
export function writeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

/** The value of Sec-WebSocket-Accept (RFC 6455 4.2.2). */
export function acceptKey(key: string): string {
  const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
  return createHash('sha1')
    .update(key + guid)
    .digest('base64')
}

function judgeHead(first: number, second: number): string | undefined {
  if ((first & 0x80) === 0) return 'fragmented message'
  if ((first & 0x70) !== 0) return 'reserved bit set'
  if ((second & 0x80) === 0) return 'unmasked frame'
  const known: readonly number[] = Object.values(opcodes)
  return known.includes(first & 0xf) ? undefined : `unknown opcode ${first & 0xf}`
}

function readLong(buffer: Buffer): number {
  return Number(buffer.readBigUInt64BE(2))
}

function unmask(masked: Buffer, mask: Buffer): Buffer {
  const payload = Buffer.from(masked)
  if (mask.readUInt32BE(0) === 0) return payload
  for (let i = 0; i < payload.length; i += 1) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0)
  return payload
}
