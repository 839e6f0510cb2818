/** What a person is told about where a session is used, so that a foreign one is seen to be foreign. */
import type { Context } from 'hono'
import type { Device } from '../session/sessions.ts'
import type { Env } from './deps.ts'

/** Characters of a User-Agent that none of the names below fits. */
const MAX_UNKNOWN = 64

/** The first that fits counts: most browsers claim to be others too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:A|iOS)?\/(\d{1,4})/, 'Edge'],
  [/\bOPR\/(\d{1,4})/, 'Opera'],
  [/\bSamsungBrowser\/(\d{1,4})/, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\/(\d{1,4})/, 'Firefox'],
  [/(?:Chrome|CriOS)\/(\d{1,4})/, 'Chrome'],
  [/\bVersion\/(\d{1,4})[\d.]* (?:Mobile\/\w+ )?Safari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** Where a request comes from. */
export function deviceOf(c: Context<Env>): Device {
  return {
    client: c.get('facts').client,
    browser: describeBrowser(c.req.header('user-agent') ?? ''),
  }
}

/** A User-Agent in a few words, such as "Firefox 140, Linux"; what it says may be a lie. */
export function describeBrowser(userAgent: string): string {
  const [browser, version] = find(BROWSERS, userAgent)
  const [system] = find(SYSTEMS, userAgent)
  if (browser === '')
    return userAgent
      .replace(/[^\x20-\x7e]/g, '')
      .slice(0, MAX_UNKNOWN)
      .trim()
  return [`${browser} ${version}`, system].filter((part) => part !== '').join(', ')
}

function find(names: typeof BROWSERS, text: string): [name: string, version: string] {
  for (const [pattern, name] of names) {
    const match = pattern.exec(text)
    if (match) return [name, match[1] ?? '']
  }
  return ['', '']
}
