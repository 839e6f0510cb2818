/** HTTP as PVE's own server reads and writes it; see `HttpSession` for the order in which things are checked. */
import { randomInt } from 'node:crypto'
import { gzipSync } from 'node:zlib'

export interface RequestHead {
  readonly method: string
  readonly target: string
  readonly minor: number
  /** Lower-case names; a repeated header's values joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly reason?: string
  readonly body?: string
  readonly contentType?: string
}

export type HeadResult =
  | { readonly kind: 'head'; readonly head: RequestHead; readonly rest: Buffer }
  | { readonly kind: 'more' }
  /** Too long or too many lines: PVE's worker gives up and says nothing. */
  | { readonly kind: 'dead' }
  | { readonly kind: 'bad' }

const headerLinesLimit = 64
/** Bytes over all header lines; the request line does not count. */
const headerBytesLimit = 8192
/** Above that many bytes PVE compresses when asked to. */
const compressAbove = 1024

/** Reads a request head from what has arrived so far. */
export function readHead(buffer: Buffer): HeadResult {
  const lines: string[] = []
  let at = 0
  let size = 0
  for (;;) {
    const end = buffer.indexOf('\n', at)
    if (end < 0) {
      const pending = lines.length > 0 ? size + buffer.length - at : 0
      return pending >= headerBytesLimit ? { kind: 'dead' } : { kind: 'more' }
    }
    const line = buffer.toString('latin1', at, end).replace(/\r$/, '')
    at = end + 1
    if (line === '' && lines.length === 0) continue
    if (line === '') return parseLines(lines, buffer.subarray(at))
    if (lines.length > 0) size += line.length
    lines.push(line)
    if (lines.length - 1 >= headerLinesLimit || size >= headerBytesLimit) return { kind: 'dead' }
  }
}

function parseLines(lines: readonly string[], rest: Buffer): HeadResult {
  const [requestLine = '', ...headerLines] = lines
  const match = /^(\S+) (\S+) HTTP\/1\.([01])$/.exec(requestLine)
  if (!match) return { kind: 'bad' }
  const headers: Record<string, string> = {}
  for (const line of headerLines) {
    const [, name, value = ''] = /^([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined) return { kind: 'bad' }
    const key = name.toLowerCase()
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
  }
  const head = { method: match[1] ?? '', target: match[2] ?? '', minor: Number(match[3]), headers }
  return { kind: 'head', head, rest }
}

/** The bytes of an answer. Reason phrases are one line, in UTF-8 as PVE sends them. */
export function writeAnswer(
  answer: Answer,
  keepAlive: boolean,
  date: Date,
  acceptEncoding = '',
): Buffer {
  let body = Buffer.from(answer.body ?? '')
  const lines = [
    `HTTP/1.1 ${answer.status} ${(answer.reason ?? 'OK').split('\n')[0]}`,
    'Cache-Control: max-age=0',
    `Connection: ${keepAlive ? 'Keep-Alive' : 'close'}`,
    `Date: ${date.toUTCString()}`,
    'Pragma: no-cache',
    'Server: pve-api-daemon/3.0',
  ]
  if (/\bgzip\b/.test(acceptEncoding) && body.length > compressAbove) {
    body = gzipSync(body)
    lines.push('Content-Encoding: gzip')
  }
  lines.push(`Content-Length: ${body.length}`)
  if (answer.contentType) lines.push(`Content-Type: ${answer.contentType}`)
  lines.push(`Expires: ${date.toUTCString()}`, '', '')
  return Buffer.concat([Buffer.from(lines.join('\r\n')), body])
}

/**
 * Splits form data or a query as PVE does: at `&` and `;`, and a raw `=` in a value ends it.
 * Undefined where one name has two different values.
 */
export function parseForm(text: string): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const piece of text.split(/[&;]/)) {
    if (piece === '') continue
    const [rawName = '', rawValue = ''] = piece.split('=')
    const name = decode(rawName)
    if (name === '_dc') continue
    const value = decode(rawValue)
    if (params[name] !== undefined && params[name] !== value) return undefined
    params[name] = value
  }
  return params
}

function decode(text: string): string {
  return percentDecode(text.replaceAll('+', ' '))
}

/** Decodes what is well-formed and leaves the rest, byte by byte as Perl does. */
export function percentDecode(text: string): string {
  const bytes = Buffer.from(text)
  const out: number[] = []
  for (let i = 0; i < bytes.length; i += 1) {
    const hex = bytes.toString('latin1', i + 1, i + 3)
    if (bytes[i] === 0x25 && /^[0-9A-Fa-f]{2}$/.test(hex)) {
      out.push(parseInt(hex, 16))
      i += 2
    } else out.push(bytes[i] ?? 0)
  }
  return Buffer.from(out).toString()
}

/** JSON with the keys of every object in random order, as Perl's hashes come out. */
export function shuffledJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(shuffled(Object.entries(inner)))
  })
}

/** The same elements in random order. */
export function shuffled<T>(list: readonly T[]): T[] {
  const keyed = list.map((item) => ({ item, key: randomInt(2 ** 32) }))
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item)
}
