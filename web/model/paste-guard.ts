/** A text that somebody wants to paste into a terminal. */
export interface Paste {
  /** Without the control characters that no text needs: they could end the shell's own paste guard. */
  readonly text: string
  readonly removed: number
  readonly lines: number
  /** It is not pasted before the person has seen it: a line break runs what is before it. */
  readonly asks: boolean
}

// All controls but tab and line breaks, and those that turn the direction of text around.
const controls = /[^\P{Cc}\t\r\n]|[\u202a-\u202e\u2066-\u2069]/gu

/** Looks at a text before it is pasted (SEC-18). */
export function guardPaste(text: string): Paste {
  const clean = text.replace(controls, '')
  const removed = text.length - clean.length
  const lines = clean.split(/\r\n|\r|\n/).length
  return { text: clean, removed, lines, asks: lines > 1 || removed > 0 }
}
