/** The one cookie of this server. */
import type { RequestFacts } from './request-facts.ts'

/** Where a browser only returns it encrypted, to this origin, for every path (RFC 6265bis). */
const SECURE_NAME = '__Host-pve-console'
/** Over plain HTTP, where browsers refuse the other. */
const PLAIN_NAME = 'pve-console'

/**
 * The token in a request's cookies, or null: none, or more than one of the name, which is somebody else's
 * doing. The plain cookie counts only where plain HTTP is allowed.
 */
export function readCookie(header: string | null, plainAllowed: boolean): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  for (const name of plainAllowed ? [SECURE_NAME, PLAIN_NAME] : [SECURE_NAME]) {
    const values = pairs.filter((pair) => pair.startsWith(`${name}=`))
    if (values.length === 1) return (values[0] as string).slice(name.length + 1)
    if (values.length > 1) return null
  }
  return null
}

/** The Set-Cookie value that hands a token to the browser until it closes. */
export function formatCookie(token: string, facts: RequestFacts): string {
  const name = facts.secure ? SECURE_NAME : PLAIN_NAME
  return `${name}=${token}; Path=/; HttpOnly; SameSite=Strict${facts.secure ? '; Secure' : ''}`
}

/** The Set-Cookie values that take both cookies away. */
export function clearCookies(): string[] {
  return [
    `${SECURE_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure`,
    `${PLAIN_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`,
  ]
}
