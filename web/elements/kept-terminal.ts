import { type Kept, readKept } from '../model/terminal-stream.ts'

/**
 * What gives a terminal back after a reload: in this tab's sessionStorage, under the terminal's address.
 * Where storage is switched off, a reload begins anew.
 */
export class KeptTerminal {
  readonly #key: string

  constructor(address: string) {
    this.#key = `pve-console.terminal:${address}`
  }

  recall(): Kept | undefined {
    return attempt(() => readKept(sessionStorage.getItem(this.#key)))
  }

  remember(kept: Kept): void {
    attempt(() => sessionStorage.setItem(this.#key, JSON.stringify(kept)))
  }

  forget(): void {
    attempt(() => sessionStorage.removeItem(this.#key))
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    // Switched off, or full: both mean that nothing is kept.
    return undefined
  }
}
