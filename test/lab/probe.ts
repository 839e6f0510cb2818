/** A client for tests of the lab: it can say things on the wire that no HTTP library would. */
import { once } from 'node:events'
import tls from 'node:tls'
import { gunzipSync } from 'node:zlib'
import type { LabHost, LabNode } from './lab.ts'

export interface RawAnswer {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly json: unknown
  /** From the last byte written to the whole answer. */
  readonly ms: number
}

export interface Session {
  readonly ticket: string
  readonly csrf: string
}

/** A TLS connection to one node whose bytes can be waited for. */
export class Wire {
  readonly socket: tls.TLSSocket
  buffer = Buffer.alloc(0)
  ended = false
  #wake: () => void = () => undefined

  private constructor(socket: tls.TLSSocket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.buffer = Buffer.concat([this.buffer, bytes])
      this.#wake()
    })
    socket.on('error', () => socket.destroy())
    for (const event of ['end', 'close']) {
      socket.once(event, () => {
        this.ended = true
        this.#wake()
      })
    }
  }

  static async open(host: LabHost, node: LabNode | undefined = host.nodes[0]): Promise<Wire> {
    const socket = tls.connect({ host: '127.0.0.1', port: node?.port ?? 0, ca: host.caPem })
    await once(socket, 'secureConnect')
    return new Wire(socket)
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Waits until the condition holds; false when the connection ended or `timeoutMs` passed first. */
  async wait(condition: () => boolean, timeoutMs = 5000): Promise<boolean> {
    const deadline = Date.now() + timeoutMs
    while (!condition()) {
      const left = deadline - Date.now()
      if (this.ended || left <= 0) return false
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return true
  }

  /** Takes exactly that many bytes; throws when they do not come. */
  async take(size: number, timeoutMs = 5000): Promise<Buffer> {
    if (!(await this.wait(() => this.buffer.length >= size, timeoutMs))) {
      throw new Error(`wanted ${size} bytes, have ${this.buffer.length}`)
    }
    const taken = this.buffer.subarray(0, size)
    this.buffer = this.buffer.subarray(size)
    return taken
  }

  /** Reads one HTTP answer; undefined when none comes. */
  async answer(timeoutMs = 5000): Promise<RawAnswer | undefined> {
    const start = performance.now()
    const headEnd = () => this.buffer.indexOf('\r\n\r\n')
    if (!(await this.wait(() => headEnd() >= 0, timeoutMs))) return undefined
    const [statusLine = '', ...lines] = (await this.take(headEnd() + 4)).toString().split('\r\n')
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const [name = '', value = ''] = line.split(/: (.*)/)
      if (name !== '') headers[name.toLowerCase()] = value
    }
    let body = await this.take(Number(headers['content-length'] ?? 0))
    if (headers['content-encoding'] === 'gzip') body = Buffer.from(gunzipSync(body))
    const [, status, reason = ''] = /^HTTP\/1\.1 (\d+) (.*)$/.exec(statusLine) ?? []
    const text = body.toString()
    const json: unknown = headers['content-type']?.includes('json') ? JSON.parse(text) : undefined
    return { status: Number(status), reason, headers, text, json, ms: performance.now() - start }
  }

  close(): void {
    this.socket.destroy()
  }
}

export interface CallOptions {
  readonly session?: Session | undefined
  readonly params?: Readonly<Record<string, string>> | undefined
  readonly node?: LabNode | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The text of one request. */
export function requestText(method: string, target: string, options: CallOptions = {}): string {
  const { session, params, headers = {}, body = params && form(params) } = options
  const all: Record<string, string> = {
    Host: 'lab.test',
    ...(session ? identity(session) : {}),
    ...(body === undefined
      ? {}
      : {
          'Content-Length': String(Buffer.byteLength(body)),
          'Content-Type': 'application/x-www-form-urlencoded',
        }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}

/** One call of the API on a connection of its own. */
export async function call(
  host: LabHost,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<RawAnswer> {
  const wire = await Wire.open(host, options.node)
  try {
    wire.write(requestText(method, `/api2/json${path}`, options))
    const answer = await wire.answer()
    if (!answer) throw new Error(`no answer to ${method} ${path}`)
    return answer
  } finally {
    wire.close()
  }
}

/** Signs in with the account's password (and its second factor where there is one). */
export async function signIn(host: LabHost, userid: string): Promise<Session> {
  const account = host.account(userid)
  const first = await call(host, 'POST', '/access/ticket', {
    params: { username: userid, password: account.password, 'new-format': '1' },
  })
  const { data } = first.json as { data: Record<string, string> }
  if (!('NeedTFA' in data)) return sessionOf(data)
  const second = await call(host, 'POST', '/access/ticket', {
    params: {
      username: userid,
      'tfa-challenge': data.ticket ?? '',
      password: `totp:${host.totp(userid)}`,
    },
  })
  return sessionOf((second.json as { data: Record<string, string> }).data)
}

function sessionOf(data: Record<string, unknown>): Session {
  return { ticket: String(data.ticket), csrf: String(data.CSRFPreventionToken) }
}

function identity(session: Session): Record<string, string> {
  return {
    Cookie: `PVEAuthCookie=${encodeURIComponent(session.ticket)}`,
    CSRFPreventionToken: session.csrf,
  }
}

function form(params: Readonly<Record<string, string>>): string {
  return new URLSearchParams(params).toString()
}
