/** The HTTP application with hosts, a clock and files that are all in memory. */
import { createAudit } from '../../src/audit.ts'
import type { Clock } from '../../src/clock.ts'
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { type App, createApp } from '../../src/http/app.ts'
import { AppMetrics } from '../../src/http/app-metrics.ts'
import { Assets } from '../../src/http/assets.ts'
import { ConsoleCounts } from '../../src/http/console-counts.ts'
import type { Deps } from '../../src/http/deps.ts'
import { EventStreams } from '../../src/http/events.ts'
import { LiveLists } from '../../src/http/live-list.ts'
import { Turns } from '../../src/http/turns.ts'
import { UntrustedProxies } from '../../src/http/untrusted-proxies.ts'
import { createLog } from '../../src/log.ts'
import type { Host } from '../../src/pve/host.ts'
import { Hosts } from '../../src/pve/hosts.ts'
import type { Peer, Runtime, UpgradeOptions } from '../../src/runtime/runtime.ts'
import { Challenges } from '../../src/session/challenges.ts'
import { LoginLimits } from '../../src/session/login-limits.ts'
import { createOpenIdFlows } from '../../src/session/openid-flows.ts'
import { Sessions } from '../../src/session/sessions.ts'
import { TokenSigner } from '../../src/session/token.ts'
import { FakeHost, form, no, ok, ticketFor } from '../pve/fake-host.ts'
import { FakeClock } from '../session/fake-clock.ts'

export const ORIGIN = 'http://localhost:8080'
/** In every answer of PVE's that is an error: none of it may reach a browser. */
export const CANARY = 'PVE:root@pam:canary'

const FILES: Readonly<Record<string, string>> = {
  'public/manifest.json': JSON.stringify({
    '/index.html': asset('index.html', 'text/html; charset=utf-8', false),
    '/assets/index-abc.js': asset('index.js', 'text/javascript', true),
    '/notices.txt': asset('notices.txt', 'text/plain', false),
  }),
  'public/index.html':
    '<meta name="pve-console-base" content=""><script src="/assets/index-abc.js"></script>',
  'public/index.js': 'console',
  'public/notices.txt': 'thanks',
}

function asset(file: string, type: string, immutable: boolean) {
  return { file, type, immutable, etag: `tag-of-${file}`, encodings: {} }
}

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, unless it is text already. */
  readonly body?: unknown
  readonly peer?: Partial<Peer>
}

export class Rig {
  readonly clock = new FakeClock()
  readonly home: FakeHost
  readonly lab: FakeHost
  readonly lines: string[] = []
  readonly upgrades: UpgradeOptions[] = []
  readonly deps: Deps
  readonly app: App
  /** Sent with every request, once somebody has signed in. */
  cookie: string | null = null
  /** The cookie of a sign-in that has begun; kept as a browser does. */
  mark: string | null = null
  isStopping = false
  /** Where the way to a screen leads. */
  dialing: Runtime['dial'] = () => Promise.reject(new Error('there is no network'))

  /** `more` makes hosts beside the two that answer from memory. */
  constructor(
    file = '',
    limits: Partial<LoadedConfig['config']['limits']> = {},
    more: (clock: Clock) => readonly Host[] = () => [],
  ) {
    const { config } = loadConfig({ file: { path: 'x', text: file }, hosts: ['home=a', 'lab=b'] })
    this.home = new FakeHost('home', answerAs('home'))
    this.lab = new FakeHost('lab', answerAs('lab'))
    const all = { ...config.limits, ...limits }
    const read = (path: string): string => FILES[path] ?? ''
    const { clock } = this
    const write = (line: string): void => void this.lines.push(line)
    const log = createLog({ level: 'debug', format: 'json' }, write, clock)
    const hosts = new Hosts([this.home, this.lab, ...more(clock)], clock)
    const sessions = new Sessions(clock, { ...config.session, sessions: all.sessions })
    const usage = () => ({ memoryBytes: 50e6, cpuSeconds: 1.5, openFiles: 20 })
    const build = { version: '1.2.3', commit: 'abc', runtime: 'Test 1' }
    const append = () => Promise.reject(new Error('there are no files'))
    this.deps = {
      ...{ log, hosts, sessions },
      audit: createAudit({ to: config.log.audit, log, clock, append, writeError: write }),
      metrics: new AppMetrics({ hosts, sessions, clock, usage, build }),
      config: { ...config, limits: all },
      runtime: {
        dial: (target) => this.dialing(target),
        machineName: 'box.example.org',
      },
      clock: this.clock,
      random: () => 0.5,
      signer: new TokenSigner(this.clock),
      challenges: new Challenges(this.clock),
      openIdFlows: createOpenIdFlows(this.clock),
      logins: new LoginLimits({ loginFailures: 5 }, this.clock),
      counts: new ConsoleCounts(all),
      turns: new Turns(),
      untrustedProxies: new UntrustedProxies(log),
      lists: new LiveLists(this.clock, log),
      streams: new EventStreams(),
      assets: Assets.load('public', config.publicUrl?.path ?? '', {
        readText: read,
        readBytes: (path) => new TextEncoder().encode(read(path)),
        fileExists: (path) => path in FILES,
      }),
      howToConfirm: (key) => ({ command: `pve-console trust ${key} --config x`, user: 'root' }),
      stopping: () => this.isStopping,
    }
    this.app = createApp(this.deps)
  }

  /** A request as our own page on this machine sends it, unless told otherwise; '' leaves a header out. */
  async ask(
    path: string,
    { method = 'GET', headers = {}, body, peer = {} }: Asking = {},
  ): Promise<Response> {
    const all = new Headers()
    const cookies = [this.cookie, this.mark].filter((cookie) => cookie !== null).join('; ')
    const given: Record<string, string> = {
      Host: 'localhost:8080',
      ...(method === 'GET' ? {} : { Origin: ORIGIN }),
      ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}),
      ...(cookies ? { Cookie: cookies } : {}),
      ...headers,
    }
    for (const [name, value] of Object.entries(given)) if (value !== '') all.set(name, value)
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
    const request = new Request(`http://localhost:8080${path}`, {
      method,
      headers: all,
      ...(text === undefined ? {} : { body: text }),
    })
    const answer = await this.app(request, {
      peer: { address: '127.0.0.1', tls: false, ...peer },
      upgrade: (options) => {
        if (!request.headers.has('upgrade')) return null
        this.upgrades.push(options)
        return new Response(null)
      },
    })
    const marked = answer.headers
      .getSetCookie()
      .find((cookie) => /^(__Host-)?pve-console-signin=/.test(cookie))
    this.mark = marked?.split(';', 1)[0] ?? this.mark
    return answer
  }

  post(path: string, body: unknown, more: Asking = {}): Promise<Response> {
    return this.ask(path, { method: 'POST', body, ...more })
  }

  /** Signs in and keeps the cookie. */
  async enter(host = 'home', username = 'anna'): Promise<Response> {
    const body = { username, realm: 'pam', password: 'right' }
    const answer = await this.post(`/api/hosts/${host}/session`, body)
    this.cookie = (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? null
    return answer
  }
}

/** A PVE with one guest, whose users all have the password "right"; "mfa" has a second factor. */
function answerAs(key: string): FakeHost['answering'] {
  return (call) => {
    if (call.path.endsWith('/access/ticket')) return signInAs(form(call))
    if (call.path.endsWith('/openid/auth-url')) return providerFor(form(call), key)
    if (call.path.endsWith('/openid/login')) return signInFrom(form(call))
    if (call.path.endsWith('/access/domains')) return ok([{ realm: 'pam', type: 'pam' }])
    if (call.path.endsWith('/access/permissions')) {
      return ok({ '/': { 'VM.Audit': 1, 'VM.Console': 1 } })
    }
    if (call.path.endsWith('/cluster/resources')) {
      return ok([
        { type: 'qemu', vmid: 100, node: 'pve1', name: `guest of ${key}`, status: 'running' },
        { type: 'node', node: 'pve1', status: 'online' },
      ])
    }
    if (call.path.endsWith('/version')) return ok({ version: '9.1.2' })
    return no(500, CANARY, JSON.stringify({ message: CANARY }))
  }
}

const CHALLENGE = encodeURIComponent(JSON.stringify({ totp: true, recovery: [1] }))

function signInAs(sent: Record<string, string>) {
  const { username = '', password } = sent
  if (username.startsWith('mfa@') && password === 'right') {
    const ticket = `PVE:!tfa!${CHALLENGE}:00000000::half`
    return ok({ username, ticket, CSRFPreventionToken: 'x', NeedTFA: 1 })
  }
  const renews = password === `PVE:${username}:secret`
  const isRight = renews || password === 'right' || password === 'totp:123456'
  return isRight ? ticketFor(username, `PVE:${username}:secret`) : no(401, CANARY)
}

/** How many people were sent to the identity provider, over all rigs: each gets a state of their own. */
let sent = 0

function providerFor({ realm }: Record<string, string>, key: string) {
  if (realm !== 'sso') return no(500, CANARY, JSON.stringify({ message: CANARY }))
  return ok(`https://id.example/authorize?client_id=pve&state=state-${key}-${++sent}`)
}

function signInFrom({ code }: Record<string, string>) {
  return code === 'good' ? ticketFor('mina@sso', 'PVE:mina@sso:secret') : no(401, CANARY)
}

/** The body of an error, which has the form that every error has. */
export async function problemOf(answer: Response): Promise<Record<string, unknown>> {
  const text = await answer.text()
  if (!answer.headers.get('content-type')?.startsWith('application/problem+json')) {
    throw new Error(`no problem: ${answer.status} ${text}`)
  }
  return JSON.parse(text) as Record<string, unknown>
}
