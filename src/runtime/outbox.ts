/**
 * The sending half of a socket whose every write is costly (a TLS record, a system call): what one turn of
 * the event loop sends leaves together.
 *
 * The first piece of a turn leaves at once, because mostly it is the only one: somebody pressed a key. What
 * follows it in the same turn waits for its end.
 */

/** Bytes that are written at once: eight TLS records. */
const CHUNK = 128 * 1024
/** Chunks that are kept for the next turn, of all outboxes together. */
const SPARE_CHUNKS = 8

/** Writes as much as there is room for, at once, and says how many bytes that was. */
export type Write = (bytes: Uint8Array, from: number, length: number) => number

/** What outboxes share: the end of the turn, and memory for what waits for it. */
export class TurnEnd {
  readonly #schedule: (run: () => void) => void
  #waiting: (() => void)[] = []
  readonly #spare: Uint8Array[] = []

  /** `schedule` runs something once this turn of the event loop has done all else. */
  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule
  }

  /** Runs at the end of this turn. */
  wait(run: () => void): void {
    this.#waiting.push(run)
    if (this.#waiting.length === 1) this.#schedule(() => this.#end())
  }

  takeChunk(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(CHUNK)
  }

  giveBack(chunk: Uint8Array): void {
    if (this.#spare.length < SPARE_CHUNKS) this.#spare.push(chunk)
  }

  #end(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) run()
  }
}

export class Outbox {
  readonly #write: Write
  readonly #turn: TurnEnd
  /** What was collected, `#filled` bytes of it: of this turn, and of those before that found no room. */
  #chunk: Uint8Array | null = null
  #filled = 0
  #inTurn = false
  /** What the socket had no room for, oldest first; it has to go before all else. */
  #blocked: Uint8Array[] = []
  #blockedBytes = 0

  constructor(write: Write, turn: TurnEnd) {
    this.#write = write
    this.#turn = turn
  }

  /** Bytes that the socket has not taken yet. */
  get buffered(): number {
    return this.#blockedBytes + this.#filled
  }

  /** Adds a piece, as a copy. */
  add(head: Uint8Array, body: Uint8Array): void {
    this.#collect(head)
    this.#collect(body)
    if (this.#inTurn) return
    this.#inTurn = true
    this.flush()
    this.#turn.wait(this.#endTurn)
  }

  /** Gives the socket what was collected so far. */
  flush(): void {
    const chunk = this.#chunk
    const filled = this.#filled
    if (!chunk || filled === 0) return
    // It cannot go now, and a chunk for each few bytes would be a hundred times their memory.
    if (this.#blocked.length > 0 && filled < CHUNK) return
    this.#chunk = null
    this.#filled = 0
    // A chunk that is part of the queue is not to be written into any more.
    if (this.#put(chunk, 0, filled)) this.#turn.giveBack(chunk)
  }

  /** The socket has room again; true when it has taken everything. */
  drain(): boolean {
    const blocked = this.#blocked
    this.#blocked = []
    this.#blockedBytes = 0
    for (const bytes of blocked) this.#put(bytes, 0, bytes.length)
    this.flush()
    return this.#blocked.length === 0
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunk = null
    this.#filled = 0
    this.#blocked = []
    this.#blockedBytes = 0
  }

  readonly #endTurn = (): void => {
    this.#inTurn = false
    this.flush()
  }

  #collect(bytes: Uint8Array): void {
    if (this.#chunk && this.#filled + bytes.length < CHUNK) {
      this.#chunk.set(bytes, this.#filled)
      this.#filled += bytes.length
    } else {
      this.#fill(bytes)
    }
  }

  /** Chunks are filled to the brim: a full one is a whole number of TLS records. */
  #fill(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      this.#chunk ??= this.#turn.takeChunk()
      const piece = bytes.subarray(from, from + CHUNK - this.#filled)
      this.#chunk.set(piece, this.#filled)
      this.#filled += piece.length
      from += piece.length
      if (this.#filled === CHUNK) this.flush()
    }
  }

  /** True when the socket has taken all of it, and keeps nothing of it. */
  #put(bytes: Uint8Array, from: number, length: number): boolean {
    const taken = this.#blocked.length > 0 ? 0 : this.#write(bytes, from, length)
    if (taken >= length) return true
    this.#blocked.push(bytes.subarray(from + taken, from + length))
    this.#blockedBytes += length - taken
    return false
  }
}
