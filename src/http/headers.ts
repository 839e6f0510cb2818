/** The headers that every answer carries, errors included. */

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // noVNC draws cursors and JPEG rectangles from data: addresses.
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** xterm.js puts its colours and sizes into style elements; scripts stay as strict as everywhere. */
const TERMINAL_POLICY = `${POLICY}; style-src-elem 'self' 'unsafe-inline'`

const FIXED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'clipboard-read=(self), clipboard-write=(self), fullscreen=(self)',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const

/** Makes an answer a document that may show a terminal. */
export function permitTerminals(answer: Response): Response {
  answer.headers.set('Content-Security-Policy', TERMINAL_POLICY)
  return answer
}

/** A year, in seconds: as long as browsers remember. */
const TRANSPORT_SECURITY = 'max-age=31536000'

/** Adds what every answer carries; what a handler has set about caching, or for terminals, stays. */
export function addHeaders(headers: Headers, publicOrigin: string | undefined): void {
  for (const [name, value] of Object.entries(FIXED)) headers.set(name, value)
  if (!headers.has('Content-Security-Policy')) headers.set('Content-Security-Policy', POLICY)
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
  // It would bind every port of the name, so only where ours is the standard one.
  if (publicOrigin && /^https:\/\/[^:]+$/.test(publicOrigin)) {
    headers.set('Strict-Transport-Security', TRANSPORT_SECURITY)
  }
}
