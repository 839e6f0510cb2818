/** Failures as answers (RFC 9457). */
import { randomBytes } from 'node:crypto'
import type { Failure } from '../errors.ts'
import type { Problem } from './contract.ts'

/** Names a failure in the log and in the answer. */
export function failureId(): string {
  return randomBytes(4).toString('hex')
}

/** What a browser is told when its console ends; our own errors carry the id they have in the log. */
export function closeReason(failure: Failure, id: string | undefined): string {
  return id === undefined ? failure.code : `${failure.code} ${id}`
}

/** The answer to a failure; `id` where the log has more under it. */
export function problemOf(failure: Failure, id?: string): Response {
  const { kind, code, message, hint } = failure
  const body: Problem = {
    type: 'about:blank',
    title: kind.title,
    status: kind.status,
    code,
    detail: message,
    ...(hint ? { hint } : {}),
    ...(id ? { id } : {}),
  }
  const headers = new Headers({ 'Content-Type': 'application/problem+json' })
  if (failure.retryAfter !== undefined) headers.set('Retry-After', String(failure.retryAfter))
  return new Response(JSON.stringify(body), { status: kind.status, headers })
}
