/**
 * A mark by which a browser is known again while it has no session: what it has begun, a second factor or a
 * way to an identity provider, no other browser may finish. Else somebody could make a person's browser sign
 * in as somebody else, or answer a challenge from afar.
 */
import type { Context } from 'hono'
import { randomId } from '../session/token.ts'
import { formatCookie, readCookie } from './cookie.ts'
import type { Deps, Env } from './deps.ts'
import { isPlainAllowed } from './guard.ts'

/** The mark that the browser has, or null. */
export function markOf(c: Context<Env>, deps: Deps): string | null {
  const mark = readCookie(c.req.raw.headers.get('cookie'), isPlainAllowed(c, deps), 'sign-in')
  return mark !== null && /^[A-Za-z0-9_-]{22}$/.test(mark) ? mark : null
}

/** Gives the browser its mark; it keeps the one it has, for another window may be waiting with that. */
export function markBrowser(c: Context<Env>, deps: Deps): string {
  const mark = markOf(c, deps) ?? randomId()
  c.header('Set-Cookie', formatCookie(mark, c.get('facts'), 'sign-in'), { append: true })
  return mark
}
