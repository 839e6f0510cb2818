/**
 * A copy of this machine's system that a test may change as root: an overlay in namespaces of its own.
 *
 * What is written there lies in memory and is gone with it, and so is every process in it. The network is
 * the machine's. No systemd runs there: /run is empty at first.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Finished } from '../e2e/finished.ts'

/** Lays the overlay at $1. */
const LAY = `set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t tmpfs none "$1/root/run"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
`
/** Says that it is there, and holds its namespaces until it is ended. */
const HOLD = `exec chroot "$1/root" sh -c 'echo ready; exec sleep infinity'`

function inNamespaces(script: string, place: string): string[] {
  return ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script, 'sh', place]
}

/** Whether this machine lets us lay one: to root, where there are overlays. */
export function canLayRoots(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'pve-console-root-'))
  try {
    return spawnSync('unshare', inNamespaces(LAY, place), { stdio: 'ignore' }).status === 0
  } finally {
    rmSync(place, { recursive: true })
  }
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** What the program reads; without it there is nothing to read. */
  readonly input?: string
}

export class TestRoot {
  readonly #holder: ChildProcess
  readonly #place: string
  /** As seen from outside: the first process in there. */
  readonly #first: number

  private constructor(holder: ChildProcess, place: string, first: number) {
    this.#holder = holder
    this.#place = place
    this.#first = first
  }

  static async lay(): Promise<TestRoot> {
    const place = mkdtempSync(join(tmpdir(), 'pve-console-root-'))
    const holder = spawn('unshare', inNamespaces(LAY + HOLD, place), {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])
    const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')
    if (String(said[0]) !== 'ready\n') throw new Error(`no test root: ${said}`)
    return new TestRoot(holder, place, Number(children))
  }

  /** A path in there as the test's own process reaches it. */
  path(inside: string): string {
    return `/proc/${this.#first}/root${inside}`
  }

  exists(inside: string): boolean {
    return existsSync(this.path(inside))
  }

  read(inside: string): string {
    return readFileSync(this.path(inside), 'utf8')
  }

  write(inside: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(inside)), { recursive: true })
    writeFileSync(this.path(inside), text, { mode })
  }

  /** Owner, group and permissions as `stat` in there names them: "root:pve-console 640". */
  async owner(inside: string): Promise<string> {
    statSync(this.path(inside))
    return (await this.run(['stat', '-c', '%U:%G %a', inside])).stdout.trim()
  }

  /** Starts a program in there, with a clean environment. */
  start(command: readonly string[], { env = {} }: RunOptions = {}): ChildProcess {
    const enter = ['--target', String(this.#first), '--mount', '--pid', '--root', '--wd=/']
    return spawn('nsenter', [...enter, ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', LANG: 'C.UTF-8', ...env },
    })
  }

  /** Runs a program in there to its end. */
  async run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const child = this.start(command, options)
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text
      })
    }
    child.stdin?.on('error', () => {
      // It ended without reading all: what it did is what the test looks at.
    })
    child.stdin?.end(options.input ?? '')
    const [status] = (await once(child, 'close')) as [number | null]
    return { status: status ?? -1, ...output }
  }

  /** Ends everything in there and forgets what was written. */
  async close(): Promise<void> {
    const ended = once(this.#holder, 'exit')
    this.#holder.kill('SIGKILL')
    await ended
    rmSync(this.#place, { recursive: true })
  }
}
