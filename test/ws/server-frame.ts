/** Frames as RFC 6455 section 5.2 draws them, written and read without the code under test. */

export interface FrameBits {
  /** Default: true. */
  readonly final?: boolean
  /** The three reserved bits as a number. Default: 0. */
  readonly reserved?: number
  readonly masked?: boolean
}

/** A frame as a server sends it, with the shortest length field that fits. */
export function serverFrame(opcode: number, payload: Uint8Array, bits: FrameBits = {}): Uint8Array {
  const first = (bits.final === false ? 0 : 0x80) | ((bits.reserved ?? 0) << 4) | opcode
  const mask = bits.masked ? 0x80 : 0
  return Uint8Array.of(first, ...lengthField(payload.length, mask), ...payload)
}

/** A binary frame of any size, without spreading it over the stack. */
export function binaryFrame(payload: Uint8Array, bits: FrameBits = {}): Uint8Array {
  const head = serverFrame(2, new Uint8Array(), bits)
  const length = lengthField(payload.length, 0)
  const out = new Uint8Array(1 + length.length + payload.length)
  out.set(head.subarray(0, 1))
  out.set(length, 1)
  out.set(payload, 1 + length.length)
  return out
}

function lengthField(length: number, mask: number): number[] {
  if (length < 126) return [mask | length]
  if (length < 65_536) return [mask | 126, length >> 8, length & 0xff]
  const bytes = [24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff)
  return [mask | 127, 0, 0, 0, 0, ...bytes]
}

export interface ClientFrame {
  readonly final: boolean
  readonly reserved: number
  readonly opcode: number
  readonly mask: Uint8Array
  /** Bytes the length was written in: 0, 2 or 8. */
  readonly extended: number
  readonly payload: Uint8Array
}

/** Reads masked frames until the bytes are used up; throws on anything that is not whole. */
export function readClientFrames(bytes: Uint8Array): ClientFrame[] {
  const frames: ClientFrame[] = []
  let rest = bytes
  const take = (length: number): Uint8Array => {
    if (rest.length < length) throw new Error(`${length} bytes expected, ${rest.length} left`)
    const taken = rest.subarray(0, length)
    rest = rest.subarray(length)
    return taken
  }
  while (rest.length > 0) {
    const [first = 0, second = 0] = take(2)
    if ((second & 0x80) === 0) throw new Error('a client has to mask')
    const short = second & 0x7f
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0
    const length = extended === 0 ? short : take(extended).reduce((n, byte) => n * 256 + byte, 0)
    const mask = take(4)
    const payload = take(length).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
    const reserved = (first >> 4) & 7
    frames.push({ final: first >= 0x80, reserved, opcode: first & 15, mask, extended, payload })
  }
  return frames
}
