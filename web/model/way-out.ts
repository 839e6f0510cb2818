/**
 * The way out of a console by keyboard: left Ctrl and left Alt pressed together and both released
 * with no third key between. Every other key is the guest's.
 */
export class WayOut {
  readonly #held = new Set<string>()
  #both = false
  #spoiled = false

  /** Takes one key event; true when it was the release that completes the way out. */
  sees(down: boolean, code: string): boolean {
    if (code !== 'ControlLeft' && code !== 'AltLeft') {
      this.#spoiled ||= this.#held.size > 0
      return false
    }
    if (down) {
      this.#held.add(code)
      this.#both ||= this.#held.size === 2
      return false
    }
    this.#held.delete(code)
    if (this.#held.size > 0) return false
    const done = this.#both && !this.#spoiled
    this.#both = false
    this.#spoiled = false
    return done
  }
}
