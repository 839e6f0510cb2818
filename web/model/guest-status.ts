import type { Guest } from '../../src/http/contract.ts'
import type { Texts } from '../i18n/en.ts'

export type Glyph = 'run' | 'stop' | 'pause' | 'lock' | 'unknown' | 'problem' | 'wait'
export type Tone = 'run' | 'still' | 'warn' | 'busy' | 'bad' | 'wait'

export interface StatusMark {
  readonly glyph: Glyph
  readonly tone: Tone
  readonly word: string
}

/** A guest's state as shape, colour and word. A lock tells more than the state below it. */
export function markOf(guest: Pick<Guest, 'status' | 'lock'>, texts: Texts): StatusMark {
  if (guest.lock) {
    return { glyph: 'lock', tone: 'busy', word: lockWord(guest.lock, texts) }
  }
  switch (guest.status) {
    case 'running':
      return { glyph: 'run', tone: 'run', word: texts.status.running }
    case 'stopped':
      return { glyph: 'stop', tone: 'still', word: texts.status.stopped }
    case 'paused':
    case 'prelaunch':
    case 'suspended':
      return { glyph: 'pause', tone: 'warn', word: texts.status.paused }
    default:
      return { glyph: 'unknown', tone: 'still', word: texts.status.unknown }
  }
}

/** PVE's name of a lock in the reader's language. */
export function lockWord(lock: string, texts: Texts): string {
  return isLock(lock, texts) ? texts.lock[lock] : texts.lock.other
}

/** Tasks during which PVE replaces or ends what a console shows; others go on beside it. */
const HOLDING: readonly string[] = ['create', 'migrate', 'rollback', 'suspending']

/** Whether a console has to wait until the guest is not locked in this way any more. */
export function holdsConsole(lock: string | undefined): boolean {
  return lock !== undefined && HOLDING.includes(lock)
}

function isLock(lock: string, texts: Texts): lock is keyof Texts['lock'] {
  return Object.hasOwn(texts.lock, lock)
}

/** Whether its screen can be opened, and what is missing where not. */
export function openness(guest: Guest): 'open' | 'no-screen' | 'no-right' {
  if (!guest.can.console) return 'no-right'
  return guest.consoles.includes('vnc') ? 'open' : 'no-screen'
}
