/**
 * Starts the console server for the demo and for tests: from source on Bun or Deno, or as the binary.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Lab } from './lab/lab.ts'
import { denoBinary } from './setup.ts'

const ROOT = join(import.meta.dirname, '..')
/** A start takes under a second; a busy machine may need longer. */
const START_LIMIT_MS = 20_000
/** The server promises to end within 5 s. */
const STOP_LIMIT_MS = 6_000

export interface Runtime {
  readonly about: string
  /** Arguments of build.ts. */
  readonly build: readonly string[]
  command(): readonly [program: string, ...args: string[]]
}
export type RuntimeName = 'bun' | 'deno' | 'binary'
export const RUNTIMES: Readonly<Record<RuntimeName, Runtime>> = {
  bun: {
    about: `source on Bun ${Bun.version}`,
    build: ['--web'],
    command: () => [process.execPath, 'src/main.ts'],
  },
  deno: {
    about: 'source on Deno',
    build: ['--web'],
    command: () => [denoBinary(), 'run', '-A', '--no-lock', 'src/main.ts'],
  },
  binary: { about: 'dist/pve-console', build: [], command: () => [join(ROOT, 'dist/pve-console')] },
}

/** Where the server listens, as the option says it and as a request reaches it. */
export interface Address {
  readonly listen: string
  /** For a browser; for a socket file its path. */
  readonly open: string
  /** Whether only this machine can reach it. */
  readonly local: boolean
  readonly health: { readonly url: URL; readonly socketPath?: string }
}

/** Port 8080 where it is free. A given port 0 is chosen here, as the server is asked for by its number. */
export async function chooseAddress(given: string | undefined): Promise<Address> {
  if (given?.startsWith('unix:')) {
    const socketPath = given.slice('unix:'.length)
    return {
      listen: given,
      open: socketPath,
      local: true,
      health: { url: new URL('http://localhost'), socketPath },
    }
  }
  const [, host = '', wanted = ''] = /^(.*):(\d+)$/.exec(given ?? '127.0.0.1:8080') ?? []
  if (wanted === '') throw new Error(`--listen ${given}: no port`)
  const bare = host.replace(/^\[|\]$/g, '')
  let port = await freePort(Number(wanted), bare)
  if (port === undefined && given === undefined) port = await freePort(0, bare)
  if (port === undefined) throw new Error(`--listen ${given}: cannot listen there`)
  const everywhere = ['', '0.0.0.0', '::'].includes(bare)
  const local = bare === 'localhost' || bare === '::1' || bare.startsWith('127.')
  // Elsewhere than on loopback the server speaks TLS, as passwords cross a network.
  const scheme = local ? 'http' : 'https'
  const outside = everywhere ? (ownAddress() ?? 'localhost') : host
  return {
    listen: `${host}:${port}`,
    open: `${scheme}://${outside}:${port}`,
    local,
    health: { url: new URL(`${scheme}://${everywhere ? '127.0.0.1' : host}:${port}`) },
  }
}

/** The port itself, or for 0 a free one; undefined when it cannot be had. */
function freePort(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(undefined))
    probe.listen({ port, ...(host !== '' && { host }) }, () => {
      const bound = probe.address()
      probe.close(() => resolve(typeof bound === 'object' && bound ? bound.port : undefined))
    })
  })
}

function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find((each) => each.family === 'IPv4' && !each.internal)?.address
}

/** A configuration with every host of the lab, trusted by its authority. */
export function configFor(lab: Lab, stateDirectory: string): string {
  const hosts = lab.hosts.map((host) => {
    const urls = host.nodes.map((node) => node.url)
    return [
      `[hosts.${host.key}]`,
      `label = ${JSON.stringify(`Lab ${host.key}`)}`,
      `urls = ${JSON.stringify(urls)}`,
      `ca = ${JSON.stringify(host.caFile)}`,
    ].join('\n')
  })
  return [`state_dir = ${JSON.stringify(stateDirectory)}`, ...hosts, ''].join('\n\n')
}

/** A server process; whoever starts it calls `stop`. */
export class Server {
  /** How it ended: an exit code or a signal. */
  readonly ended: Promise<string>
  readonly #address: Address
  readonly #log: string
  readonly #child: ChildProcess
  #status = ''

  /**
   * `config` is its configuration file; all it says goes to the file `log`. With `ownGroup` a terminal's
   * Ctrl-C does not reach it, so that whoever started it can end it first and the lab after.
   */
  constructor(runtime: Runtime, config: string, address: Address, log: string, ownGroup = false) {
    const [program, ...args] = runtime.command()
    const serve = ['serve', '--config', config, '--listen', address.listen]
    const output = openSync(log, 'w')
    this.#address = address
    this.#log = log
    this.#child = spawn(program, [...args, ...serve], {
      cwd: ROOT,
      stdio: ['ignore', output, output],
      detached: ownGroup,
    })
    closeSync(output)
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message))
      this.#child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    })
    void this.ended.then((status) => {
      this.#status = status
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves when the server answers; throws with its output when it ends before that. */
  async ready(): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS
    while (!(await answers(this.#address))) {
      if (this.#status !== '') throw new Error(this.story('ended at its start'))
      if (performance.now() > deadline) throw new Error(this.story('does not answer /healthz'))
      await Promise.race([wait(50), this.ended])
    }
  }

  /** Asks it to end, as systemd would, and makes it end when it does not. */
  async stop(): Promise<void> {
    if (this.#status !== '') return
    this.#child.kill('SIGTERM')
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS)
    await this.ended
    clearTimeout(limit)
  }

  /** What happened, with all that the server said. */
  story(what: string): string {
    const said = readFileSync(this.#log, 'utf8')
    return `the server ${what} (${this.#status || 'still running'})\n${said}`
  }
}

function answers({ health: { url, socketPath } }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    // Its own certificate is no secret, and nothing is sent that is: whether it answers is the question.
    const options = { path: '/healthz', timeout: 2_000, rejectUnauthorized: false, agent: false }
    const request = send(url, { ...options, ...(socketPath !== undefined && { socketPath }) })
    request.once('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
    request.once('close', () => resolve(false))
    request.end()
  })
}
