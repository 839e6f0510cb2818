/** Who did what to which guest, from where: a line of JSON for each, whatever the log's own format. */
import type { Clock } from './clock.ts'
import type { Fields, Log } from './log.ts'

export type AuditEvent =
  | 'signed_in'
  | 'sign_in_refused'
  | 'sign_in_limited'
  | 'signed_out'
  | 'session_ended'
  | 'console_opened'
  | 'console_closed'
  | 'power_action'
  | 'config_loaded'

export interface Audit {
  note(event: AuditEvent, fields: Fields): void
}

export interface AuditOptions {
  /** "stderr", "off", or the path of a file. */
  readonly to: string
  readonly log: Log
  readonly writeError: (text: string) => void
  /** Adds to a file, which is made where missing; rejects when it cannot. */
  readonly append: (path: string, text: string) => Promise<void>
  readonly clock: Pick<Clock, 'wall'>
}

/** An audit that goes where the configuration says; elsewhere than on stderr, the log has each event too. */
export function createAudit({ to, log, writeError, append, clock }: AuditOptions): Audit {
  const line = (event: AuditEvent, fields: Fields): string => {
    const own = { time: new Date(clock.wall()).toISOString(), audit: event }
    return `${JSON.stringify({ ...own, ...fields, ...own })}\n`
  }
  const asLog = (event: AuditEvent, fields: Fields): void =>
    log.info(event.replaceAll('_', ' '), fields)
  if (to === 'off') return { note: asLog }
  if (to === 'stderr') return { note: (event, fields) => writeError(line(event, fields)) }
  let lost = 0
  return {
    note(event, fields) {
      asLog(event, fields)
      append(to, line(event, fields)).then(
        () => {
          if (lost > 0) log.warn('the audit file takes lines again', { file: to, lost })
          lost = 0
        },
        (error: Error) => {
          // The first says it; the others are counted, for a full disk refuses each of them.
          if (lost === 0) {
            log.error('the audit file takes no lines', { file: to, error: error.message })
          }
          lost++
        },
      )
    },
  }
}
