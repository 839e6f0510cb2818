/** Our compiled server before the far end, with limits that cut no measurement and nothing else changed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { BrowserEnd, type Target } from './browser-end.ts'
import { FIRST_VMID } from './far-api.ts'
import { type Ground, start, stop, story } from './ground.ts'
import { freePort } from './peers.ts'

/** Consoles are spread over so many guests, as the server opens those of one guest in turn. */
export const GUESTS = 1000

const LIMITS = `
[limits]
sessions = 100000
consoles = 100000
consoles_per_session = 100000
consoles_per_host = 100000
messages = 1000000
login_failures = 1000
stall = "10m"
`

export interface OursOptions {
  readonly tls: boolean
  /** Entries for the same far end; the keys are far0, far1, …. Default 1. */
  readonly hosts?: number
}

export class Ours {
  readonly #child: ReturnType<typeof start>
  readonly #ground: Ground
  readonly #port: number
  readonly #tls: boolean
  #opened = 0
  #cookie = ''
  /** Milliseconds from the start of the process to its first answer. */
  startedIn = 0

  constructor(child: ReturnType<typeof start>, ground: Ground, port: number, tls: boolean) {
    this.#child = child
    this.#ground = ground
    this.#port = port
    this.#tls = tls
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get origin(): string {
    return `${this.#tls ? 'https' : 'http'}://127.0.0.1:${this.#port}`
  }

  /** The cookie of whoever signed in last. */
  get cookie(): string {
    return this.#cookie
  }

  async request(method: string, path: string, body?: unknown, cookie = this.#cookie) {
    const headers: Record<string, string> = { Origin: this.origin, Cookie: cookie }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    return fetch(this.origin + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(this.#tls ? { tls: { ca: this.#ground.ca } } : {}),
    })
  }

  /** A GET whose answer does not end by itself. */
  stream(path: string, signal: AbortSignal): Promise<Response> {
    const headers = { Origin: this.origin, Cookie: this.#cookie }
    return fetch(this.origin + path, { headers, signal })
  }

  /** A sign-in at a host; with the cookie of an earlier one it joins that session. Resolves with its cookie. */
  async signIn(host = 'far0', joined = '', username = 'root'): Promise<string> {
    const body = { username, realm: 'pam', password: 'far' }
    const response = await this.request('POST', `/api/hosts/${host}/session`, body, joined)
    if (response.status !== 200) throw new Error(`sign-in: ${await response.text()}`)
    const [cookie = ''] = response.headers.getSetCookie()
    this.#cookie = cookie.split(';')[0] ?? ''
    return this.#cookie
  }

  /** A console of the next guest, up to its first byte behind the handshake. */
  console(host = 'far0', cookie = this.#cookie): Promise<BrowserEnd> {
    const vmid = FIRST_VMID + (this.#opened++ % GUESTS)
    const target: Target = {
      wire: this.#tls ? { port: this.#port, ca: this.#ground.ca } : { port: this.#port },
      path: `/api/hosts/${host}/guests/${vmid}/console?kind=vnc`,
      headers: { Origin: this.origin, Cookie: cookie },
      rfb: true,
    }
    return BrowserEnd.open(target)
  }

  /** Polls as fast as it can: a start is a matter of milliseconds. */
  async ready(): Promise<void> {
    const begun = performance.now()
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error('the server ended at its start')
      try {
        await this.request('GET', '/healthz')
        this.startedIn = performance.now() - begun
        return
      } catch {
        // Nobody listens yet.
      }
      if (performance.now() - begun > 20_000) throw new Error('the server does not answer')
      await wait(1)
    }
  }

  stop(): Promise<void> {
    return stop(this.#child)
  }
}

export async function startOurs(
  binary: string,
  ground: Ground,
  { tls, hosts = 1 }: OursOptions,
): Promise<Ours> {
  const port = await freePort()
  const directory = join(ground.scratch, `ours-${port}`)
  mkdirSync(directory)
  const { files, far } = ground
  const listener = tls
    ? `[tls]\nmode = "files"\ncert = "${files.cert}"\nkey = "${files.key}"\n`
    : ''
  const entries = Array.from(
    { length: hosts },
    (_, at) => `[hosts.far${at}]\nurls = ["https://127.0.0.1:${far.web}"]\nca = "${files.ca}"\n`,
  )
  const config = join(directory, 'config.toml')
  const state = `state_dir = "${directory}"\n`
  writeFileSync(config, [state, LIMITS, listener, ...entries].join('\n'))
  const log = join(directory, 'log')
  const args = ['serve', '--config', config, '--listen', `127.0.0.1:${port}`]
  const server = new Ours(start(binary, args, log), ground, port, tls)
  try {
    await server.ready()
  } catch (cause) {
    await server.stop()
    throw story(String(cause), log)
  }
  return server
}
