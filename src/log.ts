/** A logger of lines: what happened, and fields. Passed to who needs it. */
import type { Clock } from './clock.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

export interface Log {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
}

const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error']

/** What systemd's journal takes at the head of a line for its priority (sd-daemon(3)). */
const PRIORITIES: Readonly<Record<Level, number>> = { debug: 7, info: 6, warn: 4, error: 3 }

/**
 * Makes a logger of lines at or above `level`, given to `write` with their line end; options may change.
 *
 * In text for the journal, which keeps time and priority itself, a line says neither again.
 */
export function createLog(
  options: { readonly level: Level; readonly format: 'text' | 'json' },
  write: (line: string) => void,
  clock: Pick<Clock, 'wall'>,
  toJournal = false,
): Log {
  const formatText = toJournal ? formatJournal : formatTimed
  const at =
    (level: Level) =>
    (event: string, fields: Fields = {}): void => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return
      const format = options.format === 'json' ? formatJson : formatText
      write(`${format(new Date(clock.wall()).toISOString(), level, event, fields)}\n`)
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function formatJson(time: string, level: Level, event: string, fields: Fields): string {
  const own = { time, level, event }
  return JSON.stringify({ ...own, ...fields, ...own })
}

function formatTimed(time: string, level: Level, event: string, fields: Fields): string {
  return `${time} ${level.padEnd(5)} ${event}${formatFields(fields)}`
}

function formatJournal(_time: string, level: Level, event: string, fields: Fields): string {
  return `<${PRIORITIES[level]}>${event}${formatFields(fields)}`
}

function formatFields(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${quote(String(value))}`)
    .join('')
}

/** Text from outside must not begin a line of its own, nor steer a terminal. */
function quote(value: string): string {
  return /^[\w.:@/+-]+$/.test(value)
    ? value
    : JSON.stringify(value).replace(/[\u007f-\u009f]/g, '?')
}

/**
 * An error and its causes in one line for the log, without addresses' queries: those carry tickets.
 */
export function describeError(error: unknown): string {
  const parts: string[] = []
  for (let cause = error; cause !== undefined && parts.length < 4; ) {
    parts.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return parts
    .join(' < ')
    .replace(/\?[^\s'"]+/g, '?…')
    .slice(0, 500)
}
