/** What Bun and Deno offer alike through node's modules. */
import { existsSync, readFileSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
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
