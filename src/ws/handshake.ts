/** The client's opening handshake (RFC 6455 section 4.1) as pure functions over text and bytes. */
import { createHash, randomBytes } from 'node:crypto'

/** Bytes of response head at most; PVE sends a few hundred. */
const MAX_HEAD = 16_384

/** The server's answer is not the WebSocket that was asked for. `status` is 0 where there was no HTTP. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError'
  readonly status: number
  readonly reason: string
  constructor(message: string, status = 0, reason = '') {
    super(message)
    this.status = status
    this.reason = reason
  }
}

export interface UpgradeRequest {
  /** Value of the Host header. */
  readonly host: string
  /** Path and query, already encoded. */
  readonly path: string
  readonly protocol: string
  readonly headers: Readonly<Record<string, string>>
}

/** A fresh Sec-WebSocket-Key: 16 random bytes in base64. */
export function createKey(): string {
  return randomBytes(16).toString('base64')
}

/**
 * The request head, ready to be written. No extensions are offered: PVE knows none.
 *
 * Throws TypeError when a value could break out of its line.
 */
export function formatUpgrade(request: UpgradeRequest, key: string): Uint8Array {
  const lines = [
    `GET ${request.path} HTTP/1.1`,
    `Host: ${request.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Protocol: ${request.protocol}`,
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
  ]
  if (request.path.includes(' ') || lines.some((line) => !/^[\x20-\x7e]+$/.test(line))) {
    throw new TypeError('a header value has characters that HTTP does not allow')
  }
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`)
}

/** Collects the response head from a stream that may be cut anywhere. */
export class UpgradeResponse {
  readonly #key: string
  readonly #protocol: string
  #head = new Uint8Array()

  constructor(key: string, protocol: string) {
    this.#key = key
    this.#protocol = protocol
  }

  /**
   * Takes the bytes of one read; null while the head is not complete, then what followed it.
   *
   * Throws HandshakeError when the answer is not 101, or not an answer to this key, or agrees on
   * something that was not offered.
   */
  read(chunk: Uint8Array): Uint8Array | null {
    const from = Math.max(0, this.#head.length - 3)
    const bytes = concat(this.#head, chunk)
    const end = findBlankLine(bytes, from)
    if (end < 0) {
      if (bytes.length > MAX_HEAD) throw new HandshakeError('response head too long')
      this.#head = bytes
      return null
    }
    this.#check(new TextDecoder('latin1').decode(bytes.subarray(0, end)))
    return bytes.subarray(end + 4)
  }

  #check(head: string): void {
    const [statusLine = '', ...lines] = head.split('\r\n')
    const match = /^HTTP\/1\.1 (\d{3})(?: (.*))?$/.exec(statusLine)
    if (!match) throw new HandshakeError('the answer is not HTTP/1.1')
    const status = Number(match[1])
    const reason = match[2] ?? ''
    if (status !== 101) throw new HandshakeError(`answered ${status} ${reason}`, status, reason)
    const headers = parseHeaders(lines)
    if (headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      throw new HandshakeError('Upgrade header missing or wrong', status)
    }
    if (!/(^|[\s,])upgrade([\s,]|$)/i.test(headers.get('connection') ?? '')) {
      throw new HandshakeError('Connection header missing or wrong', status)
    }
    if (headers.get('sec-websocket-accept') !== acceptFor(this.#key)) {
      throw new HandshakeError('Sec-WebSocket-Accept missing or wrong', status)
    }
    if (headers.has('sec-websocket-extensions')) {
      throw new HandshakeError('an extension was agreed that was not offered', status)
    }
    const protocol = headers.get('sec-websocket-protocol')
    if (protocol !== undefined && protocol !== this.#protocol) {
      throw new HandshakeError('a subprotocol was agreed that was not offered', status)
    }
  }
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(line)
    if (!match) throw new HandshakeError('malformed header line')
    const name = (match[1] as string).toLowerCase()
    const value = match[2] as string
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return headers
}

/** Sec-WebSocket-Accept for a key (RFC 6455 section 4.2.2, step 5.4). */
export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

function findBlankLine(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 3 < bytes.length; at++) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) {
      return at
    }
  }
  return -1
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
