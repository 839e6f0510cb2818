/** A person's browser without a browser: cookies, requests and console sockets, every byte recorded. */
import { Buffer } from 'node:buffer'
import { RfbVisitor } from './rfb-visitor.ts'

/** Whose certificate a server shows is not what these tests are about. */
const anyCertificate = { tls: { rejectUnauthorized: false } }

export class Visitor {
  readonly url: string
  readonly #record: Buffer[] = []
  readonly #records: boolean
  /** By name, as a browser keeps them. */
  readonly #cookies = new Map<string, string>()

  constructor(url: string, options: { readonly cookie?: string; readonly record?: boolean } = {}) {
    this.url = url
    for (const cookie of options.cookie?.split('; ') ?? []) this.#keep(cookie)
    this.#records = options.record ?? true
  }

  /** Every byte that came from the server or went to it, headers and frames included. */
  recorded(): Buffer {
    return Buffer.concat(this.#record)
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async request(method: string, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { Origin: this.url, Cookie: this.cookie }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const response = await fetch(this.url + path, {
      method,
      headers,
      redirect: 'manual',
      ...anyCertificate,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie)
    this.#note(JSON.stringify([...response.headers]))
    this.#note(await response.clone().text())
    return response
  }

  /** Signs in and throws unless the answer is 200. */
  async signIn(
    host: string,
    account: { user: string; realm: string; password: string },
  ): Promise<void> {
    const { user: username, realm, password } = account
    const body = { username, realm, password }
    const response = await this.request('POST', `/api/hosts/${host}/session`, body)
    if (response.status !== 200) throw new Error(`sign-in: ${await response.text()}`)
  }

  /** The stream of events, recorded to its end, which the answer's promise waits for. */
  async listen(): Promise<{ readonly ended: Promise<void> }> {
    const headers = { Cookie: this.cookie }
    const response = await fetch(`${this.url}/api/events`, { headers, ...anyCertificate })
    if (!response.body) throw new Error(`events: ${response.status}`)
    this.#note(JSON.stringify([...response.headers]))
    const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
      for await (const bytes of body) this.#note(bytes)
    }
    return { ended: read(response.body) }
  }

  /** A console socket; resolves once it is open, before any RFB. */
  console(host: string, vmid: number | string, query = '?kind=vnc'): Promise<RfbVisitor> {
    return this.socket(`/api/hosts/${host}/guests/${vmid}/console${query}`)
  }

  /** The same by its whole path. */
  socket(path: string): Promise<RfbVisitor> {
    return RfbVisitor.open(this.url.replace('http', 'ws') + path, {
      origin: this.url,
      cookie: this.cookie,
      onBytes: (bytes) => this.#note(bytes),
    })
  }

  #keep(cookie: string): void {
    const [pair = ''] = cookie.split(';')
    const [name = '', value = ''] = pair.split(/=(.*)/)
    if (/Max-Age=0/.test(cookie)) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }

  #note(bytes: string | Uint8Array): void {
    if (this.#records) this.#record.push(Buffer.from(bytes as Uint8Array))
  }
}
