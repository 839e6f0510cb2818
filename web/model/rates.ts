/** What had passed at a time in ms. */
export interface Sample {
  readonly at: number
  readonly received: number
  readonly sent: number
  readonly updates: number
}

/** Per second. */
export interface Rates {
  readonly received: number
  readonly sent: number
  readonly updates: number
}

/** Seconds of history that are shown. */
export const historySeconds = 60

/** The rates between two samples; none without time between them. */
export function ratesBetween(before: Sample, now: Sample): Rates {
  const seconds = (now.at - before.at) / 1000
  if (seconds <= 0) return { received: 0, sent: 0, updates: 0 }
  const rate = (from: number, to: number) => Math.max(0, to - from) / seconds
  return {
    received: rate(before.received, now.received),
    sent: rate(before.sent, now.sent),
    updates: rate(before.updates, now.updates),
  }
}

/** Bytes a second as kB/s, and as MB/s from 10 MB/s on: never more than four digits. */
export function byteRate(bytes: number): { readonly value: string; readonly unit: string } {
  if (bytes >= 10_000_000) return { value: (bytes / 1e6).toFixed(0), unit: 'MB/s' }
  const kilo = bytes / 1000
  return { value: kilo < 10 && kilo > 0 ? kilo.toFixed(1) : kilo.toFixed(0), unit: 'kB/s' }
}

/** An amount of bytes for people: 3.4 MB. */
export function byteAmount(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`
}

/** Seconds as hours, minutes and seconds: 00:41:07. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

/** The points of a line over `width` by `height`, newest at the right; flat where nothing passed. */
export function linePoints(history: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...history)
  const step = width / (historySeconds - 1)
  const first = width - (history.length - 1) * step
  return history
    .map((value, index) => {
      const y = height - (value / most) * height
      return `${(first + index * step).toFixed(1)},${y.toFixed(1)}`
    })
    .join(' ')
}
