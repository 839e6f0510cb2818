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

/** How many bytes from a message's start its length can be read from, and of a key whether it goes down. */
const PREFIX_LENGTH: ReadonlyMap<number, number> = new Map([
  [SET_ENCODINGS, 4],
  [KEY_EVENT, 2],
  [POINTER_EVENT, 2],
  [CLIENT_CUT_TEXT, 8],
  [FENCE, 9],
  [SET_DESKTOP_SIZE, 8],
  [QEMU, 4],
])

/** With the flags of an extended clipboard message, which has a negative length. */
const EXTENDED_CUT_TEXT_LENGTH = 12
/** Its flags that come of a person's copying; pages say by themselves what they can, and ask. */
const NOTIFY_OR_PROVIDE = 0x1800_0000

const LONGEST_PREFIX = 12

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
   * Takes the next bytes of the stream and says whether they hold input of the person: keys that go down,
   * pointer or clipboard. Pages release keys by themselves, to be sure. After a message of unknown length
   * everything counts as input.
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
    const needed = this.#neededFor(type)
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

  #neededFor(type: number): number | undefined {
    if (type === CLIENT_CUT_TEXT && this.#prefixLength >= 8 && this.#isExtended) {
      return EXTENDED_CUT_TEXT_LENGTH
    }
    return PREFIX_LENGTH.get(type) ?? (FIXED_LENGTH.has(type) ? 1 : undefined)
  }

  /** A clipboard message that is long enough to have flags. */
  get #isExtended(): boolean {
    return new DataView(this.#prefix.buffer).getInt32(4) <= -4
  }

  #isInput(type: number): boolean {
    if (type === CLIENT_CUT_TEXT) {
      const flags = new DataView(this.#prefix.buffer).getUint32(8)
      return !this.#isExtended || (flags & NOTIFY_OR_PROVIDE) !== 0
    }
    const isKey = type === KEY_EVENT || (type === QEMU && this.#prefix[1] === 0)
    if (isKey) this.keys++
    const goesDown = type === QEMU ? this.#prefix[3] !== 0 : this.#prefix[1] !== 0
    return (isKey && goesDown) || type === POINTER_EVENT
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
