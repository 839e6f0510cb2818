/** What Bun and Deno offer alike through node's modules. */
import { Buffer } from 'node:buffer'
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { dirname } from 'node:path'
import process from 'node:process'
import { getCACertificates, rootCertificates } from 'node:tls'
import { probe } from './probe.ts'
import type { DialTarget, Runtime } from './runtime.ts'
import { SocketPort } from './socket-port.ts'
import { connectTls } from './tls-connect.ts'

let authorities: readonly string[] | undefined

/** Reading some hundred files once is enough. */
function systemAuthorities(): readonly string[] {
  if (!authorities) {
    const system = getCACertificates('system')
    authorities = system.length > 0 ? system : rootCertificates
  }
  return authorities
}

/**
 * The shared part of a runtime. `gated`: consoles need the gate under TLS (see connectTls); API calls are
 * bounded in size and do not.
 */
export function nodeRuntime(gated: boolean): Omit<Runtime, 'name' | 'serve'> {
  return {
    args: process.argv.slice(2),
    machineName: hostname(),
    addresses: () =>
      Object.values(networkInterfaces())
        .flatMap((all) => all ?? [])
        .map(({ address }) => address),
    isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: (name) => process.env[name],
    async dial(target: DialTarget) {
      const { socket, flow, address } = await connectTls(target, gated)
      return { port: new SocketPort(socket, flow), address }
    },
    connect: (target: DialTarget) => connectTls(target, false),
    probe,
    systemAuthorities,
    readText: (path) => readFileSync(path, 'utf8'),
    readBytes: (path) => new Uint8Array(readFileSync(path)),
    fileExists: existsSync,
    modifiedAt: (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null,
    canWriteIn,
    writeText,
    ask,
    onSignal: (signal, handle) => void process.on(signal, handle),
    onUncaught(handle) {
      process.on('uncaughtException', handle)
      process.on('unhandledRejection', handle)
    },
    writeOut: (text) => write(1, text),
    writeError: (text) => write(2, text),
    exit: (code) => process.exit(code),
  }
}

/** A directory that is not there yet counts as its nearest parent that is. */
function canWriteIn(directory: string): boolean {
  if (!existsSync(directory)) {
    const parent = dirname(directory)
    return parent !== directory && canWriteIn(parent)
  }
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return true
  } catch {
    // The question was whether, and the answer is no.
    return false
  }
}

function writeText(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text, { mode })
  const { uid, gid } = statSync(dirname(path))
  if (process.getuid?.() === 0) chownSync(draft, uid, gid)
  renameSync(draft, path)
}

function ask(question: string): string {
  write(1, question)
  const line = Buffer.alloc(1024)
  return line.toString('utf8', 0, readSync(0, line)).trim()
}

/** A log that cannot be written (closed pipe, full disk) is lost; the service is worth more. */
function write(fd: number, text: string): void {
  try {
    writeSync(fd, text)
  } catch (error) {
    lostWrites.count++
    lostWrites.last = error
  }
}

/** How many writes to stdout or stderr failed, and the latest reason. */
export const lostWrites: { count: number; last: unknown } = { count: 0, last: undefined }
