import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Turns } from './turns.ts'

/** What running a console takes beside its two ends. */
export interface ConsoleDeps {
  readonly runtime: Pick<Runtime, 'dial'>
  readonly clock: Clock
  readonly limits: Config['limits']
  /** Milliseconds that a terminal waits for its browser to come back; 0: it does not. */
  readonly keepTerminals: number
  /** One opening at a time per guest: QEMU has one VNC password. */
  readonly turns: Turns
  /** The person typed or moved the pointer. */
  readonly onActivity: () => void
}
