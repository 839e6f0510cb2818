/** What stands behind a console: the guest's end of the byte stream. */

export interface BackendEvents {
  data(bytes: Buffer): void
  /** The person pressed a key, where what stands there can tell. */
  key?(): void
  /** The last event. `exitstatus` is what the console's task ends with. */
  end(exitstatus: string): void
}

export interface Backend {
  write(bytes: Buffer): void
  /** The client is gone. */
  end(): void
  /** Flow control for the sake of the lab's own memory; PVE has none. */
  pause(): void
  resume(): void
}

/** Opens the guest's screen with the password that the console was issued with. */
export type OpenBackend = (password: string, events: BackendEvents) => Promise<Backend>
