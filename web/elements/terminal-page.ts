/** What stands in the terminal itself where output is missing, in the reader's language. */
export interface TerminalWords {
  /** `bytes` of output were left out. */
  readonly skipped: (bytes: number) => string
  /** The terminal one had is gone, and this is another. */
  readonly anew: string
}

/** What a terminal asks of the page. */
export interface TerminalAsks {
  /** Ctrl-Shift-C, or the pointer left a selection. */
  readonly copy: (text: string, byPointer: boolean) => void
  /** Somebody pastes: `paste` on this element does it once it has been looked at. */
  readonly paste: (text: string) => void
  readonly link: (url: URL) => void
  /** Ctrl-Shift-F. */
  readonly search: () => void
}
