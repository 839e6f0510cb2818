/** What Bun and Deno offer alike through node's modules. */
import { Buffer } from 'node:buffer'
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { hostname, networkInterfaces, userInfo } from 'node:os'
import { dirname } from 'node:path'
import process from 'node:process'
import { getCACertificates, rootCertificates } from 'node:tls'
import { Output, type Send } from './output.ts'
import { probe } from './probe.ts'
import type { DialTarget, Runtime, Usage } from './runtime.ts'
import { connectTls } from './tls-connect.ts'

/** Milliseconds that the process waits at its end for whoever reads its output. */
const LAST_WORDS = 500

let authorities: readonly string[] | undefined

/** Reading some hundred files once is enough. */
function systemAuthorities(): readonly string[] {
  if (!authorities) {
    const system = getCACertificates('system')
    authorities = system.length > 0 ? system : rootCertificates
  }
  return authorities
}

/** Where the runtimes differ below what node's modules offer. */
export interface Differences {
  readonly stdout: Send
  readonly stderr: Send
}

/** The shared part of a runtime. */
export function nodeRuntime(differences: Differences): Omit<Runtime, 'name' | 'serve' | 'dial'> {
  const stdout = new Output(differences.stdout)
  const stderr = new Output(differences.stderr)
  return {
    args: process.argv.slice(2),
    machineName: hostname(),
    userName: userName(),
    addresses: () =>
      Object.values(networkInterfaces())
        .flatMap((all) => all ?? [])
        .map(({ address }) => address),
    isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
    logsToJournal: isJournal(2),
    env: (name) => process.env[name],
    // Answers are bounded in size, so reading need not be held under TLS.
    connect: (target: DialTarget) => connectTls(target, false),
    probe,
    systemAuthorities,
    readText: (path) => readFileSync(path, 'utf8'),
    readBytes: (path) => new Uint8Array(readFileSync(path)),
    fileExists: existsSync,
    modifiedAt: (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null,
    canWriteIn,
    writeText,
    appendText,
    usage,
    async ask(question) {
      stdout.write(question)
      await stdout.flush(LAST_WORDS)
      return readLine()
    },
    onSignal: (signal, handle) => void process.on(signal, handle),
    onUncaught(handle) {
      process.on('uncaughtException', handle)
      process.on('unhandledRejection', handle)
    },
    writeOut: (text) => stdout.write(text),
    writeError: (text) => stderr.write(text),
    async exit(code) {
      await Promise.all([stdout.flush(LAST_WORDS), stderr.flush(LAST_WORDS)])
      process.exit(code)
    },
  }
}

/** The variable alone says little: whoever is started by a service inherits it (systemd.exec(5)). */
function isJournal(fd: number): boolean {
  const journal = process.env.JOURNAL_STREAM
  if (journal === undefined) return false
  try {
    const { dev, ino } = fstatSync(fd)
    return journal === `${dev}:${ino}`
  } catch {
    // A closed one goes nowhere.
    return false
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // There are users that only have a number, in containers above all.
    return String(process.getuid?.() ?? '')
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

/** Where each file's latest line is under way: the next has to come after it. */
const appending = new Map<string, Promise<void>>()

function appendText(path: string, text: string): Promise<void> {
  const before = appending.get(path) ?? Promise.resolve()
  const mine = before.catch(() => {}).then(() => appendFile(path, text, { mode: 0o640 }))
  appending.set(path, mine)
  return mine
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return {
    memoryBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    openFiles: countOpenFiles(),
  }
}

/** Linux lists them; the handle that reads the list is one of them. */
function countOpenFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    // Not everybody may look, and not every system has the place.
    return null
  }
}

function readLine(): string {
  const line = Buffer.alloc(1024)
  return line.toString('utf8', 0, readSync(0, line)).trim()
}
