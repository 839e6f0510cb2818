/** The way to an identity provider and back, as the page sees it. */
import { kindQuery, readKind } from './console-kind.ts'
import { parsePath } from './route.ts'

/** What came back in the address: a code to finish with, or that there is none. */
export type ProviderReturn =
  | { readonly kind: 'code'; readonly state: string; readonly code: string }
  | { readonly kind: 'cancelled' | 'failed' }

/** Characters of a state and of a code that the server takes. */
const longestState = 1024
const longestCode = 4096

/**
 * What an identity provider says in the query of our page; undefined where none has sent the person. Its own
 * words are left where they are: whoever makes a link can write them.
 */
export function readReturn(query: string): ProviderReturn | undefined {
  const params = new URLSearchParams(query)
  const error = params.get('error')
  if (error !== null) return { kind: error === 'access_denied' ? 'cancelled' : 'failed' }
  const state = params.get('state')
  const code = params.get('code')
  if (state === null && code === null) return undefined
  if (!state || !code || state.length > longestState || code.length > longestCode) {
    return { kind: 'failed' }
  }
  return { kind: 'code', state, code }
}

/** What the page keeps while it is away. */
export interface Trip {
  readonly host: string
  readonly realm: string
  /** Where to go on afterwards, below the sub-path; of a query, the kind of a console. */
  readonly back: string
}

/** Reads what was kept; undefined unless it is what a page of ours keeps. */
export function readTrip(text: string | null): Trip | undefined {
  const { host, realm, back } = parseObject(text)
  if (typeof host !== 'string' || typeof realm !== 'string' || typeof back !== 'string') {
    return undefined
  }
  const [path = '', query = ''] = back.split(/\?(.*)/s)
  const { page } = parsePath(path)
  if (page === 'not-found' || page === 'sign-in') return undefined
  const kind = readKind(query)
  return { host, realm, back: path + (kind ? kindQuery(kind) : '') }
}

function parseObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    // Somebody has written something else there.
    return {}
  }
}

/** Whether a page may be left for this address: the server has looked at it, and a script is none. */
export function leadsOut(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
