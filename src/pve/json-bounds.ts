/** Levels of lists and objects within each other; PVE's answers have six at most. */
const MAX_DEPTH = 32
/** Values in one answer: 20,000 guests have some 600,000, and each costs memory many times its text. */
const MAX_VALUES = 2_000_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const LIST = 0x5b
const LIST_END = 0x5d
const OBJECT = 0x7b
const OBJECT_END = 0x7d

/**
 * Watches JSON text as it arrives, so that a parser is given only what it takes in its stride. It does not
 * judge whether the text is JSON.
 */
export class JsonBounds {
  #depth = 0
  #deepest = 0
  #values = 0
  #inString = false
  #escaped = false

  /** False when the text so far goes too deep or holds too much. */
  allow(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]
      if (this.#escaped) this.#escaped = false
      else if (this.#inString) {
        if (byte === QUOTE) this.#inString = false
        else if (byte === BACKSLASH) this.#escaped = true
      } else if (byte === QUOTE) this.#inString = true
      else if (byte === COMMA) this.#values++
      else if (byte === LIST || byte === OBJECT) this.#open()
      else if (byte === LIST_END || byte === OBJECT_END) this.#depth--
    }
    return this.#deepest <= MAX_DEPTH && this.#values <= MAX_VALUES
  }

  #open(): void {
    this.#values++
    this.#deepest = Math.max(this.#deepest, ++this.#depth)
  }
}
