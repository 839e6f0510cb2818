import { Failure } from '../errors.ts'
import type { Answer } from './http-client.ts'

/**
 * What an answer means that a proxy in front of the host gave in its place; null for one of PVE's own.
 *
 * PVE answers with none of these statuses (7 to 9: faults between its nodes are 595 to 599), and what it
 * says is JSON. Proxies answer with a page, a line of text, or nothing.
 */
export function gatewayFailure({
  status,
  reason,
  contentType,
}: Pick<Answer, 'status' | 'reason' | 'contentType'>): Failure | null {
  if (isJson(contentType) || ![502, 503, 504].includes(status)) return null
  const cause = new Error(`a proxy answered ${status} ${reason}`)
  return new Failure(status === 504 ? 'gateway_timeout' : 'gateway_down', { cause })
}

/** Whether an answer can be of PVE's API: its refusals may be empty or a line, but are no page. */
export function isOfApi({ status, contentType }: Pick<Answer, 'status' | 'contentType'>): boolean {
  const redirects = status >= 300 && status < 400
  return !redirects && !/^\s*text\/html\b/i.test(contentType)
}

function isJson(contentType: string): boolean {
  return /^\s*application\/json\b/i.test(contentType)
}
