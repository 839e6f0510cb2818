/** Uptime in its largest unit; a time below a second is none. */
export function uptimeIn(seconds: number): { unit: 'd' | 'h' | 'min' | 's'; n: number } {
  if (seconds >= 86_400) return { unit: 'd', n: Math.floor(seconds / 86_400) }
  if (seconds >= 3600) return { unit: 'h', n: Math.floor(seconds / 3600) }
  if (seconds >= 60) return { unit: 'min', n: Math.floor(seconds / 60) }
  return { unit: 's', n: Math.max(0, Math.floor(seconds)) }
}

/** A share of 0 to 1 as whole percent, never outside 0 to 100. */
export function percent(share: number): number {
  return Number.isFinite(share) ? Math.round(Math.min(1, Math.max(0, share)) * 100) : 0
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
/** From this size of `max` on in a unit, the pair is told in it: 0.5 GiB rather than 512 MiB. */
const unitFrom = 0.5

/** How much of how much, both in one unit, so that columns of them can be compared. */
export function amountOf(used: number, max: number): { used: string; max: string; unit: string } {
  let power = 0
  while (power < units.length - 1 && max / 1024 ** (power + 1) >= unitFrom) power += 1
  const scale = 1024 ** power
  return {
    used: (used / scale).toFixed(1),
    max: trimmed(max / scale),
    unit: units[power] ?? 'B',
  }
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}

// Control characters, and those that turn the direction of text around: a guest's name is not ours.
const unseen = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** Text that came from a guest or from PVE, made harmless for one line; `max` in characters. */
export function plainLine(text: string, max = 128): string {
  const clean = [...text.replace(unseen, '')]
  return clean.length > max ? `${clean.slice(0, max - 1).join('')}…` : clean.join('')
}
