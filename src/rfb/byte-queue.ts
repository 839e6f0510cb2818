/** Bytes that arrived and are not understood yet, bounded. */
export class ByteQueue {
  readonly #limit: number
  #bytes = new Uint8Array()

  /** `limit` in bytes; a handshake needs a few dozen. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Throws RangeError when more than the limit would wait. */
  push(bytes: Uint8Array): void {
    if (this.#bytes.length + bytes.length > this.#limit)
      throw new RangeError('too many bytes waiting')
    const joined = new Uint8Array(this.#bytes.length + bytes.length)
    joined.set(this.#bytes)
    joined.set(bytes, this.#bytes.length)
    this.#bytes = joined
  }

  /** The next `length` bytes, or null, and nothing taken, while there are fewer. */
  take(length: number): Uint8Array | null {
    if (this.#bytes.length < length) return null
    const taken = this.#bytes.slice(0, length)
    this.#bytes = this.#bytes.slice(length)
    return taken
  }

  /** A big-endian 32-bit length and that many bytes, or null while they are not complete. */
  takeCounted(): Uint8Array | null {
    if (this.#bytes.length < 4) return null
    const length = new DataView(this.#bytes.buffer).getUint32(0)
    if (length + 4 > this.#limit) throw new RangeError('too many bytes announced')
    return this.take(4 + length)?.subarray(4) ?? null
  }

  /** All that is left. */
  takeAll(): Uint8Array {
    const all = this.#bytes
    this.#bytes = new Uint8Array()
    return all
  }
}
