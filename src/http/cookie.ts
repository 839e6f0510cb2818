/** The cookies of this server: one that names a session, and one for the way to it. */
import type { RequestFacts } from './request-facts.ts'

/** What each is called over plain HTTP; encrypted, the prefix makes browsers refuse foreign ones (RFC 6265bis). */
const NAMES = { session: 'pve-console', 'sign-in': 'pve-console-signin' } as const
const PREFIX = '__Host-'
/** Seconds that a half-done sign-in is waited for at most. */
const SIGN_IN_AGE = 600

export type CookieKind = keyof typeof NAMES

/**
 * The value of one of our cookies in a request, or null: none, or more than one of the name, which is
 * somebody else's doing. The plain cookie counts only where plain HTTP is allowed.
 */
export function readCookie(
  header: string | null,
  plainAllowed: boolean,
  kind: CookieKind = 'session',
): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  const plain = NAMES[kind]
  for (const name of plainAllowed ? [PREFIX + plain, plain] : [PREFIX + plain]) {
    const values = pairs.filter((pair) => pair.startsWith(`${name}=`))
    if (values.length === 1) return (values[0] as string).slice(name.length + 1)
    if (values.length > 1) return null
  }
  return null
}

/** Whether the browser keeps the session's cookie under the name that it only sends encrypted. */
export function hasSecureCookie(header: string | null): boolean {
  return readCookie(header, false) !== null
}

/** The Set-Cookie value that hands one to the browser: until it closes, or for the way to a session. */
export function formatCookie(
  value: string,
  facts: Pick<RequestFacts, 'secure'>,
  kind: CookieKind = 'session',
): string {
  const name = facts.secure ? PREFIX + NAMES[kind] : NAMES[kind]
  const age = kind === 'sign-in' ? `; Max-Age=${SIGN_IN_AGE}` : ''
  return `${name}=${value}; Path=/${age}; HttpOnly; SameSite=Strict${facts.secure ? '; Secure' : ''}`
}

/** The Set-Cookie values that take the session's cookie away, under both names. */
export function clearCookies(): string[] {
  return [
    `${PREFIX}${NAMES.session}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure`,
    `${NAMES.session}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`,
  ]
}
