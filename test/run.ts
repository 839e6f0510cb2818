/**
 * Everything CI runs, as `bun run test [--no-skip]`. With --no-skip, whatever would be skipped fails.
 *
 * It needs nothing but Bun: no terminal, no Node, no fixed port. The last line counts what passed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { denoBinary, describeMissing, setUp } from './setup.ts'

const ROOT = join(import.meta.dirname, '..')
const MINUTE = 60_000

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}
interface Outcome extends Counts {
  /** Shown whole when something failed. */
  readonly output: string
  /** Shown always. */
  readonly remarks: readonly string[]
}
interface Step {
  readonly name: string
  run(): Promise<Outcome> | Outcome
}
/** How a command's output tells its counts; undefined when it does not. */
type Read = (output: string) => Counts | undefined

const PASSED: Counts = { passed: 1, failed: 0, skipped: 0 }
const FAILED: Counts = { passed: 0, failed: 1, skipped: 0 }

const noSkip = process.argv.includes('--no-skip')
const scratch = mkdtempSync(join(tmpdir(), 'pve-console-test-'))
const ENV = {
  NO_COLOR: '1',
  DENO_NO_UPDATE_CHECK: '1',
  ...(noSkip && { PVE_CONSOLE_NO_SKIP: '1' }),
}
let running: ChildProcess | undefined

/**
 * What Deno runs a second time: every test but those in these places, which drive a browser, start
 * programs, or look at the sources and not at what they do.
 */
const BUN_ONLY = /^test\/(lab|e2e|web|cli|bench|packaging)\/|^test\/(build|architecture)\.test\.ts$/

const STEPS: readonly Step[] = [
  { name: 'set-up', run: prepare },
  bunStep('format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']),
  bunStep('types', ['node_modules/typescript/bin/tsc', '-p', '.']),
  bunStep('build', ['build.ts']),
  // Each file in a process of its own; two at a time keep two cores busy.
  testStep('tests', ['--parallel=2'], (file) => !file.startsWith('test/e2e/')),
  // One at a time: QEMU, a browser and the server at once want both cores.
  testStep('end to end', [], (file) => file.startsWith('test/e2e/')),
  { name: 'tests on Deno', run: testOnDeno },
]

function prepare(): Outcome {
  const remarks: string[] = []
  const missing = describeMissing(setUp((line) => remarks.push(line)))
  remarks.push(...missing)
  if (missing.length === 0) return { ...PASSED, output: '', remarks }
  const counts = noSkip ? FAILED : { ...PASSED, skipped: 1 }
  return { ...counts, output: '', remarks }
}

function bunStep(name: string, args: readonly string[]): Step {
  const read: Read = () => PASSED
  return { name, run: () => runCommand(process.execPath, args, 3 * MINUTE, read) }
}

function testStep(name: string, options: string[], choose: (file: string) => boolean): Step {
  return {
    name,
    run() {
      const files = testFiles().filter(choose)
      if (files.length === 0) return { ...FAILED, output: 'there are no such files', remarks: [] }
      // Should this process be killed outright, `--no-orphans` ends the tests and what they started.
      const args = [
        'test',
        '--no-orphans',
        '--timeout=30000',
        ...options,
        ...files.map((file) => `./${file}`),
      ]
      return runCommand(process.execPath, args, 20 * MINUTE, readBunSummary)
    },
  }
}

function testOnDeno(): Promise<Outcome> {
  const files = testFiles().filter((file) => !BUN_ONLY.test(file))
  // Types are tsc's business, and the lockfile is Bun's.
  const args = ['test', '-A', '--no-check', '--no-lock', ...files]
  return runCommand(denoBinary(), args, 3 * MINUTE, readDenoSummary)
}

/** Every *.test.ts below test/ but the long runs, which have commands of their own. */
function testFiles(): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts') && !/^test\/fuzz\//.test(file))
    .sort()
}

/** `bun test` ends with a line per kind, such as ` 12 pass`; errors outside of a test count as failures. */
function readBunSummary(output: string): Counts | undefined {
  if (!/^Ran \d+ tests? across/m.test(output)) return undefined
  const count = (word: RegExp): number => {
    const source = new RegExp(`^ *(\\d+) ${word.source}$`, 'gm')
    return Number([...output.matchAll(source)].at(-1)?.[1] ?? 0)
  }
  return {
    passed: count(/pass/),
    failed: count(/fail/) + count(/errors?/),
    skipped: count(/skip/) + count(/todo/),
  }
}

/** `deno test` ends with `ok | 3 passed (12 steps) | 0 failed | 1 ignored (2 steps) (5s)`. */
function readDenoSummary(output: string): Counts | undefined {
  const line = /^(?:ok|FAILED) \| .*$/m.exec(output)?.[0]
  if (line === undefined) return undefined
  const count = (word: string): number => {
    const [, tests, steps] = new RegExp(`(\\d+) ${word}(?: \\((\\d+) steps?\\))?`).exec(line) ?? []
    return Number(tests ?? 0) + Number(steps ?? 0)
  }
  return { passed: count('passed'), failed: count('failed'), skipped: count('ignored') }
}

/**
 * Runs a command to its end, at most for `limit` ms. It writes to a file and not to a pipe: whatever it
 * leaves behind could hold a pipe open for ever.
 */
async function runCommand(
  program: string,
  args: readonly string[],
  limit: number,
  read: Read,
): Promise<Outcome> {
  const path = join(scratch, 'output')
  const file = openSync(path, 'w')
  // Whatever a test that was killed leaves in its temporary directory goes with ours.
  const env = { ...process.env, ...ENV, TMPDIR: scratch }
  // A group of its own, so that all of it can be ended at once.
  const child = spawn(program, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', file, file],
    detached: true,
  })
  closeSync(file)
  running = child
  let late = ''
  const deadline = setTimeout(() => {
    late = `stopped after ${limit / MINUTE} minutes`
    endGroup(child)
  }, limit)
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (status, signal) => resolve(status ?? signal ?? 'no exit code'))
  })
  clearTimeout(deadline)
  running = undefined
  endGroup(child)
  const output = readFileSync(path, 'utf8')
  return judge(late || code, output, read(output))
}

function judge(code: number | string, output: string, read: Counts | undefined): Outcome {
  const remarks = [...output.matchAll(/^\(skip\) .*$/gm)].map(([line]) => line)
  if (code === 0 && read) return { ...read, output, remarks }
  // The counts of a run that broke off are not to be trusted to hold the failure.
  const failed = Math.max(1, read && code !== 0 ? read.failed : 0)
  const why = typeof code === 'string' || !read ? `\nended: ${code}\n` : ''
  const passed = read && read !== PASSED ? read.passed : 0
  return { passed, failed, skipped: read?.skipped ?? 0, output: output + why, remarks }
}

/** Ends a command and what it started; nothing of a test run outlives it. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: the whole group has ended by itself, as it should.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function attempt(step: Step): Promise<Outcome> {
  try {
    return await step.run()
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error)
    return { ...FAILED, output, remarks: [] }
  }
}

/** In CI a skip is a failure, also one that a test decided for itself. */
function refuseSkips(outcome: Outcome): Outcome {
  if (outcome.skipped === 0) return outcome
  const remarks = [
    ...outcome.remarks,
    `${outcome.skipped} skipped: --no-skip counts them as failed`,
  ]
  return { ...outcome, failed: outcome.failed + outcome.skipped, skipped: 0, remarks }
}

function report(name: string, outcome: Outcome, seconds: number): void {
  const verdict = outcome.failed > 0 ? 'FAILED' : 'ok'
  console.log(
    `${name.padEnd(16)} ${verdict.padEnd(6)} ${seconds.toFixed(1).padStart(6)} s  ${sentence(outcome)}`,
  )
  for (const remark of outcome.remarks) console.log(`  ${remark}`)
  if (outcome.failed > 0) console.log(`\n${outcome.output.trim()}\n`)
}

function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

async function main(): Promise<number> {
  if (process.argv.length > (noSkip ? 3 : 2)) {
    console.error('usage: bun run test [--no-skip]')
    return 2
  }
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const step of STEPS) {
    const started = performance.now()
    const outcome = await attempt(step)
    const counts = noSkip ? refuseSkips(outcome) : outcome
    report(step.name, counts, (performance.now() - started) / 1000)
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped += counts.skipped
    if (step.run === prepare) endOnSignals()
  }
  console.log(sentence(total))
  return total.failed > 0 ? 1 : 0
}

/** Only once set-up is over: a package manager is better left to finish what it began. */
function endOnSignals(): void {
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(signal, () => {
      if (running) endGroup(running)
      process.exit(128 + number)
    })
  }
}

// Retried, as what was just killed may still be writing.
process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }))
process.exitCode = await main()
