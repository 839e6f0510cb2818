/** The programs that are measured side by side, each started with its file in peers/. */
import { randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type DebianPackage, findProgram } from '../setup.ts'
import { BrowserEnd, type Target } from './browser-end.ts'
import { type Ground, start, stop, story } from './ground.ts'
import { startOurs } from './ours.ts'

export const PEER_PACKAGES: readonly DebianPackage[] = [
  { package: 'nginx-light', probes: ['nginx'], neededFor: 'nginx as a peer of the bench' },
  { package: 'haproxy', probes: ['haproxy'], neededFor: 'HAProxy as a peer of the bench' },
  { package: 'websockify', probes: ['websockify'], neededFor: 'websockify as a peer of the bench' },
]

export interface Peer {
  readonly name: string
  /** The process whose cost counts, with its children; null where nothing is in between. */
  readonly pid: number | null
  open(): Promise<BrowserEnd>
  stop(): Promise<void>
}

/** A peer that runs already, with encryption toward the browser or without. */
export type StartPeer = (ground: Ground, tls: boolean) => Promise<Peer>

export const NO_RELAY: StartPeer = async (ground) => ({
  name: 'no relay',
  pid: null,
  open: () => BrowserEnd.open(stream(ground, ground.far.web, true)),
  stop: async () => {},
})

export const NGINX: StartPeer = (ground, tls) =>
  startProxy('nginx', ground, tls, (fill) => ['-p', ground.scratch, '-c', fill('nginx.conf')])

export const HAPROXY: StartPeer = (ground, tls) =>
  startProxy('haproxy', ground, tls, (fill) => ['-db', '-f', fill('haproxy.cfg')])

export const WEBSOCKIFY: StartPeer = (ground, tls) =>
  startProxy('websockify', ground, tls, (fill) =>
    readFileSync(fill('websockify.args'), 'utf8').trim().split('\n'),
  )

export const BUN_RELAY: StartPeer = async (ground, tls) => {
  const port = await freePort()
  const { ca, cert, key, far } = ground
  const options = { port, far: far.web, ca, ...(tls ? { tls: { cert, key } } : {}) }
  const program = join(import.meta.dirname, 'peers/bun-relay.ts')
  return run(
    'Bun relay',
    process.execPath,
    [program, JSON.stringify(options)],
    ground,
    stream(ground, port, tls),
  )
}

/** Our compiled server; `binary` may be another build than this one's. */
export function ours(binary: string, name = 'pve-console'): StartPeer {
  return async (ground, tls) => {
    const server = await startOurs(binary, ground, { tls })
    await server.signIn()
    return { name, pid: server.pid, open: () => server.console(), stop: () => server.stop() }
  }
}

async function startProxy(
  name: string,
  ground: Ground,
  tls: boolean,
  args: (fill: (file: string) => string) => readonly string[],
): Promise<Peer> {
  const program = findProgram(name)
  if (!program) throw new Error(`${name} is not installed`)
  const plainPort = await freePort()
  // websockify takes both on one port.
  const tlsPort = name === 'websockify' ? plainPort : await freePort()
  const values: Readonly<Record<string, string | number>> = {
    ...{ SCRATCH: ground.scratch, CA: ground.files.ca, PAIR: ground.files.pair },
    ...{ CERT: ground.files.cert, KEY: ground.files.key },
    ...{ PLAIN_PORT: plainPort, TLS_PORT: tlsPort },
    ...{ FAR_PORT: ground.far.web, BARE_PORT: ground.far.bare },
  }
  const fill = (file: string): string => {
    const text = readFileSync(join(import.meta.dirname, 'peers', file), 'utf8')
    const path = join(ground.scratch, `${tls ? 'tls' : 'plain'}-${file}`)
    writeFileSync(
      path,
      text.replaceAll(/\$([A-Z_]+)/g, (whole, key) => String(values[key] ?? whole)),
    )
    return path
  }
  return run(name, program, args(fill), ground, stream(ground, tls ? tlsPort : plainPort, tls))
}

/** The far end's stream without any RFB handshake, at a port of the peer's. */
function stream(ground: Ground, port: number, tls: boolean): Target {
  const wire = tls ? { port, ca: ground.ca } : { port }
  return { wire, path: '/stream', headers: {}, rfb: false }
}

/** Starts a program and waits until somebody listens there. */
async function run(
  name: string,
  program: string,
  args: readonly string[],
  { scratch }: Ground,
  target: Target,
): Promise<Peer> {
  const log = join(scratch, `${name}.log`)
  const child = start(program, args, log)
  while (!(await takesConnections(target.wire.port))) {
    if (child.exitCode !== null) throw story(`${name} ended at its start`, log)
    await wait(25)
  }
  return {
    name,
    pid: child.pid ?? 0,
    open: () => BrowserEnd.open(target),
    stop: () => stop(child),
  }
}

/**
 * A port that nobody listens on. It is below those that the system gives out by itself, which another
 * program may be given between this look and the start of who is to listen.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await canListen(port)) return port
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ host: '127.0.0.1', port }, () => probe.close(() => resolve(true)))
  })
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
