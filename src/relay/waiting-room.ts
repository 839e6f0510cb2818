import type { Port, PortEnd } from './port.ts'

/** Bytes that are kept for the relay; a browser that waits for its screen sends none. */
const LIMIT = 4096

/**
 * Listens to a port that is not relayed yet: keeps the little that arrives, stops reading when it is more,
 * and notices when the port ends, which a port that is not read does not tell.
 */
export class WaitingRoom {
  #kept: Uint8Array[]

  /** `first` is what had arrived before. The callbacks are for who opens the relay meanwhile. */
  constructor(port: Port, first: Uint8Array, onEnd: (end: PortEnd) => void, onText: () => void) {
    this.#kept = [first]
    port.receive({
      data: (bytes) => {
        // Empty messages would be kept without end.
        if (bytes.length === 0) return
        this.#kept.push(bytes.slice())
        if (this.#size() > LIMIT) port.pause()
      },
      text: onText,
      drain() {},
      end: onEnd,
    })
  }

  /** What arrived, for the relay that takes the port over now. */
  leave(): Uint8Array {
    const all = new Uint8Array(this.#size())
    let at = 0
    for (const bytes of this.#kept) {
      all.set(bytes, at)
      at += bytes.length
    }
    this.#kept = []
    return all
  }

  #size(): number {
    return this.#kept.reduce((sum, bytes) => sum + bytes.length, 0)
  }
}
