/** What the server says to a terminal's page beside the output. */
export type TerminalMessage =
  | {
      readonly type: 'ready'
      readonly console: string
      readonly secret: string
      /** Position of the next output byte. */
      readonly position: number
      readonly resumed: boolean
    }
  /** Output was left out; the next byte has this position. */
  | { readonly type: 'skipped'; readonly bytes: number; readonly position: number }

/** Output bytes after which the server is told how far we are; it keeps 256 KiB under way at most. */
export const ackBytes = 32 * 1024
/** And after which time, in ms, where less comes. */
export const ackDelay = 200

/** What is needed to get a terminal back, kept beside its address. */
export interface Kept {
  readonly console: string
  readonly secret: string
  /** Up to where in the stream its output was shown before: what it asks there was answered then. */
  readonly seen: number
}

/** Reads a control message; undefined for what is none. */
export function readMessage(text: string): TerminalMessage | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Not ours: the socket closes on its own account, if at all.
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const message = value as Record<string, unknown>
  const { type, console, secret, position, resumed, bytes } = message
  if (typeof position !== 'number') return undefined
  if (type === 'skipped' && typeof bytes === 'number') return { type, bytes, position }
  const named = typeof console === 'string' && typeof secret === 'string'
  if (type !== 'ready' || !named) return undefined
  return { type, console, secret, position, resumed: resumed === true }
}

/** Reads what was kept; undefined where there is nothing, or nothing of ours. */
export function readKept(text: string | null): Kept | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    if (typeof value !== 'object' || value === null) return undefined
    const { console, secret, seen } = value as Record<string, unknown>
    const whole = typeof console === 'string' && typeof secret === 'string'
    return whole ? { console, secret, seen: typeof seen === 'number' ? seen : 0 } : undefined
  } catch {
    // Somebody else wrote there: as if nothing had been kept.
    return undefined
  }
}

/** Counts a terminal's output: what has come, what was written into the picture, what was reported. */
export class StreamCount {
  /** Position of the next byte to come. */
  position = 0
  /** Up to where it was written. */
  written = 0
  #reported = 0

  /** A new stream, or one that goes on elsewhere. */
  startAt(position: number): void {
    this.position = position
    this.written = position
    this.#reported = position
  }

  /** Takes output; the answer is the position of its first byte. */
  came(bytes: number): number {
    const at = this.position
    this.position += bytes
    return at
  }

  wrote(position: number): void {
    this.written = Math.max(this.written, position)
  }

  /** There is enough to report at once. */
  get pressing(): boolean {
    return this.written - this.#reported >= ackBytes
  }

  /** The position to report; undefined where nothing is new. */
  report(): number | undefined {
    if (this.written === this.#reported) return undefined
    this.#reported = this.written
    return this.written
  }
}

/**
 * Cuts output that starts at `position` into what was shown before (`seen`) and what is new: a program's
 * questions in the former were answered then, and an answer now would look like typing.
 */
export function splitSeen(
  bytes: Uint8Array,
  position: number,
  seen: number,
): readonly { readonly bytes: Uint8Array; readonly old: boolean }[] {
  const cut = Math.min(bytes.length, Math.max(0, seen - position))
  const pieces = [
    { bytes: bytes.subarray(0, cut), old: true },
    { bytes: bytes.subarray(cut), old: false },
  ]
  return pieces.filter((piece) => piece.bytes.length > 0)
}
