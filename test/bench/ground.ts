/** What every measurement stands on: certificates, a far end, a directory that is gone afterwards. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Authority } from '../lab/authority.ts'
import type { CallRecord } from './far-api.ts'
import type { FarEndPorts } from './far-end.ts'

export interface Ground {
  readonly scratch: string
  readonly ca: string
  /** PEM texts of the far end's certificate, which the peers' browsers' side shows too. */
  readonly cert: string
  readonly key: string
  /** The same as files; `pair` has certificate and key in one. */
  readonly files: Readonly<Record<'ca' | 'cert' | 'key' | 'pair', string>>
  readonly far: FarEndPorts
  /** What our server has asked of the far end so far. */
  calls(): Promise<CallRecord>
  close(): Promise<void>
}

export interface GroundOptions {
  readonly guests: number
  readonly latencyMs?: number
}

/** Children that are still running, so that none outlives the bench. */
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) kill(child)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1))
}

/** A child of the bench. What it says goes to the file `log`; `piped` keeps its output for the bench to read. */
export function start(
  program: string,
  args: readonly string[],
  log: string,
  piped = false,
): ChildProcess {
  const file = openSync(log, 'a')
  // A group of its own: some have workers, which would outlive them.
  const options: SpawnOptions = {
    stdio: ['ignore', piped ? 'pipe' : file, file],
    detached: true,
  }
  const child = spawn(program, [...args], options)
  closeSync(file)
  children.add(child)
  return child
}

/** What a child did, with all that it has said. */
export function story(what: string, log: string): Error {
  return new Error(`${what}\n${readFileSync(log, 'utf8')}`)
}

/** Ends a child and what it started; resolves when it has ended. */
export async function stop(child: ChildProcess): Promise<void> {
  const ended = child.exitCode !== null || child.signalCode !== null
  const exit = ended ? Promise.resolve() : once(child, 'exit')
  kill(child)
  await exit
}

function kill(child: ChildProcess): void {
  if (!children.delete(child) || child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: all of it has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export async function prepareGround({ guests, latencyMs = 0 }: GroundOptions): Promise<Ground> {
  const scratch = mkdtempSync(join(tmpdir(), 'pve-console-bench-'))
  const authority = await Authority.make()
  const { cert, key } = await authority.issue('far1')
  const write = (name: string, text: string): string => {
    const path = join(scratch, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const files = {
    ca: write('ca.pem', authority.pem),
    cert: write('cert.pem', cert),
    key: write('key.pem', key),
    pair: write('pair.pem', cert + key),
  }
  const options = JSON.stringify({ cert, key, guests, latencyMs })
  const program = join(import.meta.dirname, 'far-end.ts')
  const child = start(process.execPath, [program, options], join(scratch, 'far-end.log'), true)
  const far = JSON.parse(await firstLine(child)) as FarEndPorts
  return {
    ...{ scratch, ca: authority.pem, cert, key, files, far },
    async calls() {
      const url = `https://127.0.0.1:${far.web}/api2/json//bench/calls`
      const response = await fetch(url, { tls: { ca: authority.pem } })
      return (await response.json()) as CallRecord
    },
    async close() {
      await stop(child)
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) resolve(text)
    })
    child.once('exit', () => reject(new Error('the far end ended at its start')))
  })
}
