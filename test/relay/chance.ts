/** Chance that can be had again: a test that fails says under which seed it did. */
import { randomInt } from 'node:crypto'
import process from 'node:process'

/** Seeded random numbers (mulberry32). */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  isHeads(share = 0.5): boolean {
    return this.next() < share
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.whole(0, 255))
  }

  /** Cuts bytes into pieces, none of them empty. */
  cut(bytes: Uint8Array, longest: number): Uint8Array[] {
    const pieces: Uint8Array[] = []
    for (let at = 0; at < bytes.length; ) {
      const length = this.whole(1, longest)
      pieces.push(bytes.slice(at, at + length))
      at += length
    }
    return pieces
  }
}

/** Runs something under many seeds. PVE_CONSOLE_SEED sets the first: the one that failed fails at once. */
export function underSeeds(count: number, run: (chance: Chance) => void): void {
  const first = Number(process.env.PVE_CONSOLE_SEED ?? randomInt(2 ** 31 - count))
  for (let seed = first; seed < first + count; seed++) {
    try {
      run(new Chance(seed))
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`fails with PVE_CONSOLE_SEED=${seed}: ${said}`, { cause })
    }
  }
}

/** The bytes one at a time. */
export function oneByOne(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte))
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
