/** Masks nothing: the zero mask, and what a server sends. */
export const NO_MASK = 0

/**
 * Called for each piece of data payload. `key` is the mask as a number, `phase` how many bytes of its frame
 * came before: see `unmask`.
 */
export type OnPiece = (piece: Buffer, key: number, phase: number) => void

/**
 * Walks over the WebSocket frames of a stream that may be cut anywhere and looks at nothing but headers, so
 * that neither end of a measurement costs more than it must. Trusts its peer: nothing is checked.
 */
export class FrameWalk {
  readonly #onPiece: OnPiece
  readonly #header = Buffer.alloc(14)
  #have = 0
  #need = 2
  #opcode = 0
  #key = 0
  #phase = 0
  #left = 0
  /** What the close frame says, once one came: two bytes of code, and a reason. */
  closing: Buffer | null = null

  constructor(onPiece: OnPiece) {
    this.#onPiece = onPiece
  }

  feed(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(at + this.#left, chunk.length)
        const length = end - at
        const piece = chunk.subarray(at, end)
        if (this.#opcode < 8) this.#onPiece(piece, this.#key, this.#phase)
        else if (this.#opcode === 8) this.closing = Buffer.from(piece)
        this.#left -= length
        this.#phase += length
        at = end
        continue
      }
      this.#header[this.#have++] = chunk[at++] as number
      if (this.#have === 2) this.#need = 2 + this.#extra()
      if (this.#have === this.#need) this.#begin()
    }
  }

  #extra(): number {
    const second = this.#header[1] as number
    const length = second & 0x7f
    return (length === 126 ? 2 : length === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0)
  }

  #begin(): void {
    const second = this.#header[1] as number
    const length = second & 0x7f
    this.#opcode = (this.#header[0] as number) & 0x0f
    this.#key = second & 0x80 ? this.#header.readUInt32LE(this.#need - 4) : NO_MASK
    this.#phase = 0
    this.#left =
      length < 126
        ? length
        : length === 126
          ? this.#header.readUInt16BE(2)
          : Number(this.#header.readBigUInt64BE(2))
    this.#have = 0
    this.#need = 2
    if (this.#opcode === 8) this.closing = Buffer.alloc(0)
  }
}

/** Takes the mask off a piece, in place. */
export function unmask(piece: Buffer, key: number, phase: number): void {
  if (key === NO_MASK) return
  for (let at = 0; at < piece.length; at++) {
    piece[at] = (piece[at] as number) ^ ((key >>> (8 * ((phase + at) & 3))) & 0xff)
  }
}

/** One binary frame. With a key it is masked by it, as a browser has to. */
export function frame(payload: Uint8Array, key = NO_MASK, masked = key !== NO_MASK): Buffer {
  const { length } = payload
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const start = 2 + extended + (masked ? 4 : 0)
  const out = Buffer.alloc(start + length)
  out[0] = 0x82
  out[1] = (masked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127)
  if (extended === 2) out.writeUInt16BE(length, 2)
  if (extended === 8) out.writeBigUInt64BE(BigInt(length), 2)
  if (masked) out.writeUInt32LE(key, start - 4)
  out.set(payload, start)
  unmask(out.subarray(start), key, 0)
  return out
}

/** As many equal frames as fit into `size` bytes, at least one; `count` says how many. */
export function frames(payload: Uint8Array, size: number, key = NO_MASK) {
  const one = frame(payload, key)
  const count = Math.max(1, Math.floor(size / one.length))
  return { bytes: Buffer.concat(Array.from({ length: count }, () => one)), count, each: one.length }
}
