/** Bytes of the smallest memory; most terminals never need more. */
const FIRST = 8 * 1024

/**
 * The newest output of a terminal, each byte known by its position in the whole stream.
 *
 * Memory grows with what was printed, up to `capacity` bytes; then the oldest bytes make room.
 */
export class OutputRing {
  readonly #capacity: number
  #memory: Uint8Array
  #end = 0
  /** How many of the newest bytes are in memory. */
  #kept = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#memory = new Uint8Array(Math.min(FIRST, capacity))
  }

  /** Position behind the newest byte. */
  get end(): number {
    return this.#end
  }

  /** Position of the oldest byte that is still there. */
  get start(): number {
    return this.#end - this.#kept
  }

  push(bytes: Uint8Array): void {
    const newest = bytes.subarray(Math.max(0, bytes.length - this.#capacity))
    this.#grow(this.#kept + newest.length)
    // What does not fit is skipped, and keeps its place in the count.
    this.#end += bytes.length - newest.length
    const size = this.#memory.length
    const at = this.#end % size
    const first = newest.subarray(0, size - at)
    this.#memory.set(first, at)
    this.#memory.set(newest.subarray(first.length), 0)
    this.#end += newest.length
    this.#kept = Math.min(this.#kept + bytes.length, size)
  }

  /** A copy of up to `most` bytes from a position that is still there. */
  read(position: number, most: number): Uint8Array {
    const length = Math.min(most, this.#end - position)
    return this.#copy(this.#memory, position, length)
  }

  #copy(memory: Uint8Array, position: number, length: number): Uint8Array {
    const at = position % memory.length
    const piece = new Uint8Array(length)
    const first = memory.subarray(at, Math.min(memory.length, at + length))
    piece.set(first)
    piece.set(memory.subarray(0, length - first.length), first.length)
    return piece
  }

  #grow(needed: number): void {
    let size = this.#memory.length
    if (needed <= size || size === this.#capacity) return
    while (size < needed && size < this.#capacity) size = Math.min(size * 2, this.#capacity)
    const kept = this.#copy(this.#memory, this.start, this.#kept)
    this.#memory = new Uint8Array(size)
    const at = this.start % size
    const first = kept.subarray(0, size - at)
    this.#memory.set(first, at)
    this.#memory.set(kept.subarray(first.length), 0)
  }
}
