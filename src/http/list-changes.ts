/** What has changed in a list since it was told: entries are told again once they read differently. */
import type { Guest, Node } from './contract.ts'

/** A share of a processor that nobody sees move. */
const CPU_STEP = 0.01
/** A share of all memory or disk that nobody sees move. */
const AMOUNT_STEP = 0.005
/** Seconds in the units in which an uptime is read. */
const UPTIME_UNITS = [86_400, 3600, 60] as const

type Entry = Guest | Node
type Same = (told: number, now: number, entry: Entry) => boolean

/** How coarsely figures are compared; everything else has to be the same. */
const FIGURES: Readonly<Record<string, Same>> = {
  cpu: (told, now) => Math.abs(told - now) < CPU_STEP,
  mem: (told, now, { maxmem }) => Math.abs(told - now) <= maxmem * AMOUNT_STEP,
  disk: (told, now, entry) =>
    Math.abs(told - now) <= ('maxdisk' in entry ? entry.maxdisk * AMOUNT_STEP : 0),
  uptime: (told, now) => inItsUnit(told) === inItsUnit(now),
}

function inItsUnit(seconds: number): string {
  const unit = UPTIME_UNITS.find((each) => seconds >= each)
  if (unit === undefined) return seconds > 0 ? 'under a minute' : 'none'
  return `${unit} ${Math.floor(seconds / unit)}`
}

/** Whether a list that shows `told` says the same as one that shows `now`. */
export function readsTheSame(told: Entry, now: Entry): boolean {
  const before = told as Readonly<Record<string, unknown>>
  const after = now as Readonly<Record<string, unknown>>
  const names = Object.keys(after)
  if (names.length !== Object.keys(before).length) return false
  return names.every((name) => isSame(name, before[name], after[name], now))
}

function isSame(name: string, told: unknown, now: unknown, entry: Entry): boolean {
  if (told === now) return true
  const figure = Object.hasOwn(FIGURES, name) ? FIGURES[name] : undefined
  if (figure && typeof told === 'number' && typeof now === 'number') return figure(told, now, entry)
  return typeof now === 'object' && JSON.stringify(told) === JSON.stringify(now)
}

export interface Difference<T> {
  readonly changed: readonly T[]
  readonly removed: readonly T[]
}

/** Makes `told` say what `now` says, as coarsely as lists are read, and returns what had to change. */
export function update<K, T extends Entry>(
  told: Map<K, T>,
  now: readonly T[],
  keyOf: (entry: T) => K,
): Difference<T> {
  const changed: T[] = []
  const gone = new Map(told)
  for (const entry of now) {
    const key = keyOf(entry)
    const before = told.get(key)
    gone.delete(key)
    if (before && readsTheSame(before, entry)) continue
    told.set(key, entry)
    changed.push(entry)
  }
  for (const key of gone.keys()) told.delete(key)
  return { changed, removed: [...gone.values()] }
}
