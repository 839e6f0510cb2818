/**
 * Follows the messages of an RFB client (RFC 6143 section 7.5 and QEMU's extensions) without changing
 * them: to know when the person did something, and where one message ends.
 */

const SET_ENCODINGS = 2
const KEY_EVENT = 4
const POINTER_EVENT = 5
const CLIENT_CUT_TEXT = 6
const FENCE = 248
const SET_DESKTOP_SIZE = 251
const QEMU = 255

/** Whole length of the messages whose length does not depend on their content, by type. */
const FIXED_LENGTH: ReadonlyMap<number, number> = new Map([
  [0, 20], // SetPixelFormat
  [3, 10], // FramebufferUpdateRequest
  [KEY_EVENT, 8],
  [150, 10], // EnableContinuousUpdates
  [250, 4], // xvp
])

/** How many bytes from a message's start its length can be read from. */
const PREFIX_LENGTH: ReadonlyMap<number, number> = new Map([
  [SET_ENCODINGS, 4],
  [POINTER_EVENT, 2],
  [CLIENT_CUT_TEXT, 8],
  [FENCE, 9],
  [SET_DESKTOP_SIZE, 8],
  [QEMU, 2],
])

const LONGEST_PREFIX = 9

export class ClientMessages {
  readonly #prefix = new Uint8Array(LONGEST_PREFIX)
  #prefixLength = 0
  /** Bytes of the current message that are still to come. */
  #left = 0
  #lost = false
  /** Key events so far, presses and releases. */
  keys = 0

  /** True between messages, as long as every message so far was understood. */
  get atBorder(): boolean {
    return !this.#lost && this.#prefixLength === 0 && this.#left === 0
  }

  /**
   * Takes the next bytes of the stream and says whether they hold input of the person: keys, pointer or
   * clipboard. After a message of unknown length everything counts as input.
   */
  read(bytes: Uint8Array): boolean {
    let input = this.#lost && bytes.length > 0
    let at = 0
    while (at < bytes.length && !this.#lost) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - at)
        this.#left -= step
        at += step
        continue
      }
      this.#prefix[this.#prefixLength++] = bytes[at++] as number
      input = this.#step() || input
    }
    return input || this.#lost
  }

  /** Looks at what is known of the current message; true when it is input whose length is known now. */
  #step(): boolean {
    const type = this.#prefix[0] as number
    const needed = FIXED_LENGTH.has(type) ? 1 : PREFIX_LENGTH.get(type)
    if (needed === undefined) {
      this.#lost = true
      return true
    }
    if (this.#prefixLength < needed) return false
    const length = FIXED_LENGTH.get(type) ?? this.#variableLength(type)
    if (length === undefined) {
      this.#lost = true
      return true
    }
    this.#left = length - this.#prefixLength
    this.#prefixLength = 0
    return this.#isInput(type)
  }

  #isInput(type: number): boolean {
    const isKey = type === KEY_EVENT || (type === QEMU && this.#prefix[1] === 0)
    if (isKey) this.keys++
    return isKey || type === POINTER_EVENT || type === CLIENT_CUT_TEXT
  }

  #variableLength(type: number): number | undefined {
    const view = new DataView(this.#prefix.buffer)
    switch (type) {
      case SET_ENCODINGS:
        return 4 + 4 * view.getUint16(2)
      case POINTER_EVENT:
        // The top bit of the buttons announces a second byte of them (noVNC's and TigerVNC's extension).
        return (view.getUint8(1) & 0x80) !== 0 ? 7 : 6
      case CLIENT_CUT_TEXT:
        // A negative length marks the extended clipboard; it counts all the same.
        return 8 + Math.abs(view.getInt32(4))
      case FENCE:
        return 9 + view.getUint8(8)
      case SET_DESKTOP_SIZE:
        return 8 + 16 * view.getUint8(6)
      default:
        // QEMU's messages: 0 is the extended key event; audio has two lengths and is never asked for.
        return view.getUint8(1) === 0 ? 12 : undefined
    }
  }
}
