/**
 * A node of the lab behind a reverse proxy of its own: real nginx, as people put it in front of PVE.
 *
 * `const proxy = await startNginx(host)` listens on a free loopback port, under the name `localhost` alone, with a
 * certificate of the host's authority; everything else than that name is refused before HTTP begins. It runs as a
 * process of the test's, with files of its own only, and ends with `await proxy.stop()`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { connect } from 'node:tls'
import { findProgram } from '../setup.ts'
import type { LabHost } from './lab.ts'

const NAME = 'localhost'
/** A start or a reload takes a tenth of a second; a busy machine may need longer. */
const LIMIT_MS = 10_000

export interface NginxOptions {
  /** Seconds that nginx waits for PVE, and that a console may be without a byte from it; default 60, as nginx's own. */
  readonly readTimeout?: number
  /** Seconds that it keeps an idle connection of ours; default 75, as nginx's own. */
  readonly keepAlive?: number
}

export function hasNginx(): boolean {
  return findProgram('nginx') !== undefined
}

export class LabProxy {
  /** `https://localhost:port` */
  readonly url: string
  readonly #host: LabHost
  readonly #directory: string
  readonly #child: ChildProcess

  private constructor(host: LabHost, url: string, directory: string, child: ChildProcess) {
    this.#host = host
    this.url = url
    this.#directory = directory
    this.#child = child
  }

  static async start(host: LabHost, options: NginxOptions): Promise<LabProxy> {
    const directory = mkdtempSync(join(tmpdir(), 'lab-nginx-'))
    mkdirSync(join(directory, 'temp'))
    const port = await freePort()
    writeFileSync(join(directory, 'nginx.conf'), configText(host, port, options))
    const args = ['-p', `${directory}/`, '-c', 'nginx.conf', '-e', 'error.log', '-g', 'daemon off;']
    await writePair(host, directory)
    const child = spawn(findProgram('nginx') ?? 'nginx', args, { stdio: 'ignore' })
    const proxy = new LabProxy(host, `https://${NAME}:${port}`, directory, child)
    try {
      await proxy.#shows(certificateIn(directory))
    } catch (error) {
      await proxy.stop()
      throw error
    }
    return proxy
  }

  /** A line for each request, as nginx sees it: status, method, target. */
  requests(): string[] {
    return readFileSync(join(this.#directory, 'access.log'), 'utf8').trim().split('\n')
  }

  /** Puts a renewed certificate of the same authority in place; connections that are open go on with the old one. */
  async renew(): Promise<string> {
    await writePair(this.#host, this.#directory)
    const left = this.#workersLeft()
    this.#child.kill('SIGHUP')
    // For a moment the old worker takes connections beside the new one.
    await this.#until(() => this.#workersLeft() > left)
    const renewed = certificateIn(this.#directory)
    await this.#shows(renewed)
    return renewed
  }

  #workersLeft(): number {
    return this.#log().match(/gracefully shutting down/g)?.length ?? 0
  }

  #log(): string {
    return readFileSync(join(this.#directory, 'error.log'), 'utf8')
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await ended
    }
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Waits until new connections are shown this certificate. */
  #shows(fingerprint: string): Promise<void> {
    const port = Number(new URL(this.url).port)
    return this.#until(async () => (await shownAt(port)) === fingerprint)
  }

  async #until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + LIMIT_MS
    while (!(await isSo())) {
      const isOver = performance.now() > deadline || this.#child.exitCode !== null
      if (isOver) throw new Error(`nginx: ${this.#log()}`)
      await wait(20)
    }
  }
}

export function startNginx(host: LabHost, options: NginxOptions = {}): Promise<LabProxy> {
  return LabProxy.start(host, options)
}

function configText(host: LabHost, port: number, options: NginxOptions): string {
  const { readTimeout = 60, keepAlive = 75 } = options
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path temp/${kind};`)
    .join('\n')
  const tls = `ssl_certificate tls.crt;
    ssl_certificate_key tls.key;`
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid nginx.pid;
error_log error.log notice;
events { worker_connections 256; }
http {
${temporary}
  log_format short '$status $request_method $request_uri';
  access_log access.log short;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port} ssl default_server;
    ssl_reject_handshake on;
  }
  server {
    listen 127.0.0.1:${port} ssl;
    server_name ${NAME};
    ${tls}
    keepalive_timeout ${keepAlive}s;
    location / {
      proxy_pass ${host.url};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_buffering off;
      proxy_read_timeout ${readTimeout}s;
    }
  }
}
`
}

async function writePair(host: LabHost, directory: string): Promise<void> {
  const { cert, key } = await host.issue('proxy')
  writeFileSync(join(directory, 'tls.crt'), cert)
  writeFileSync(join(directory, 'tls.key'), key, { mode: 0o600 })
}

function certificateIn(directory: string): string {
  return new X509Certificate(readFileSync(join(directory, 'tls.crt'))).fingerprint256
}

/** The fingerprint of what is shown there; undefined while nobody listens. */
function shownAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, servername: NAME, rejectUnauthorized: false }
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.once('error', () => resolve(undefined))
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
