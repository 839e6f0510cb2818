/** Reads systemd's unit files as far as the tests ask. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const SYSTEMD = join(import.meta.dirname, '../../packaging/systemd')

/** The settings of [Service] with the values each was given, in their order. */
export type Settings = ReadonlyMap<string, readonly string[]>

export function readUnit(file: string): Settings {
  return serviceOf(readFileSync(join(SYSTEMD, file), 'utf8'))
}

export function serviceOf(text: string): Settings {
  const settings = new Map<string, string[]>()
  let section = ''
  for (const line of text.split('\n')) {
    const [, key, value = ''] = /^([A-Za-z0-9]+)=(.*)$/.exec(line) ?? []
    if (line.startsWith('[')) section = line
    else if (key !== undefined && section === '[Service]') {
      settings.set(key, [...(settings.get(key) ?? []), value])
    }
  }
  return settings
}

/** The one value of a setting. */
export function setting(settings: Settings, key: string): string {
  const [value, ...more] = settings.get(key) ?? []
  if (value === undefined || more.length > 0) throw new Error(`${key} is not given once`)
  return value
}
