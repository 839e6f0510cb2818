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

/** Makes a logger of lines at or above `level`, given to `write` with their line end; options may change. */
export function createLog(
  options: { readonly level: Level; readonly format: 'text' | 'json' },
  write: (line: string) => void,
  clock: Pick<Clock, 'wall'>,
): Log {
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

function formatText(time: string, level: Level, event: string, fields: Fields): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${quote(String(value))}`)
  return `${time} ${level.padEnd(5)} ${event}${pairs.join('')}`
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
