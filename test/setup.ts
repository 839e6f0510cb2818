/**
 * Makes a fresh clone ready for `test` and `demo`: packages from the lockfile, and the programs that a
 * real screen in a real browser needs. It runs before node_modules exists, so it imports built-ins only.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

export interface DebianPackage {
  readonly package: string
  /** It is there when one of these is: a program in PATH, or an absolute path. */
  readonly probes: readonly string[]
  readonly neededFor: string
}

const DEBIAN_PACKAGES: readonly DebianPackage[] = [
  {
    package: 'chromium',
    probes: ['chromium', 'chromium-browser', 'google-chrome'],
    neededFor: 'the end-to-end tests, which drive the page in a real browser',
  },
  {
    package: 'qemu-system-x86',
    probes: ['qemu-system-x86_64'],
    neededFor: 'real virtual machines in the lab; without it a drawn screen stands in',
  },
  {
    package: 'fonts-noto-cjk',
    probes: ['/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'],
    neededFor: 'Korean text in the browser of the tests',
  },
  {
    package: 'nginx-light',
    probes: ['nginx'],
    neededFor: 'the host of the lab that stands behind a reverse proxy of its own',
  },
  {
    package: 'systemd',
    probes: ['systemd-analyze'],
    neededFor: 'the judgement of the systemd unit',
  },
  {
    package: 'shellcheck',
    probes: ['shellcheck'],
    neededFor: 'the scripts for the shell',
  },
]
/** What a package asks before it starts the service that it comes with (Debian's invoke-rc.d). */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d'

export interface SetUp {
  /** What could not be installed from here. */
  readonly missing: readonly DebianPackage[]
  /** What would install it; empty when nothing is missing. */
  readonly command: string
}

/** `say` hears what takes a while. Throws when the packages of the lockfile cannot be installed. */
export function setUp(say: (line: string) => void): SetUp {
  installLockfile(say)
  return installMissing(DEBIAN_PACKAGES, say)
}

/** The same for other packages of Debian's; root installs them, anybody else is told how. */
export function installMissing(
  packages: readonly DebianPackage[],
  say: (line: string) => void,
): SetUp {
  const wanted = packages.filter(isMissing)
  const apt = findProgram('apt-get')
  if (wanted.length > 0 && apt && process.getuid?.() === 0) installDebian(apt, wanted, say)
  const missing = packages.filter(isMissing)
  const names = missing.map((each) => each.package).join(' ')
  const command = `sudo apt-get install --no-install-recommends ${names}`
  return { missing, command: missing.length > 0 ? command : '' }
}

/** Says in full what is missing, what for, and what to do; empty when nothing is. */
export function describeMissing({ missing, command }: SetUp): string[] {
  if (missing.length === 0) return []
  const lines = missing.map((each) => `missing: ${each.package}, for ${each.neededFor}`)
  return [...lines, `install: ${command}`]
}

/** The Deno of the lockfile, the one for this platform; its launcher would ask for Node. */
export function denoBinary(): string {
  const platforms = join(ROOT, 'node_modules/@deno')
  return join(platforms, readdirSync(platforms)[0] ?? '', 'deno')
}

/** Installs when node_modules does not come from this very lockfile. */
function installLockfile(say: (line: string) => void): void {
  const lock = readFileSync(join(ROOT, 'bun.lock'))
  const digest = createHash('sha256').update(lock).digest('hex')
  // A file's date says little after a checkout; what was installed last says it exactly.
  const stamp = join(ROOT, 'node_modules/.installed-lockfile')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  say('installing the packages of bun.lock')
  run(process.execPath, ['install', '--frozen-lockfile'])
  writeFileSync(stamp, digest)
}

function installDebian(
  apt: string,
  wanted: readonly DebianPackage[],
  say: (line: string) => void,
): void {
  const names = wanted.map((each) => each.package)
  say(`installing ${names.join(', ')} with apt-get`)
  // Another apt may be at work, for instance in a second run of the tests: it is waited for.
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300']
  try {
    run(apt, [...options, 'update'])
    withoutServices(() =>
      run(apt, [...options, 'install', '--yes', '--no-install-recommends', ...names]),
    )
  } catch (error) {
    // No network is no reason to stop: what is still missing is named, and only what needs it suffers.
    say(error instanceof Error ? error.message : String(error))
  }
}

/** Programs are wanted here, not the services that some packages would start at once. */
function withoutServices(install: () => void): void {
  const isDecided = existsSync(SERVICE_POLICY)
  if (!isDecided) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (!isDecided) rmSync(SERVICE_POLICY)
  }
}

function isMissing({ probes }: DebianPackage): boolean {
  return !probes.some(isPresent)
}

function isPresent(probe: string): boolean {
  return isAbsolute(probe) ? existsSync(probe) : findProgram(probe) !== undefined
}

/** Where a program is; those of the system's own directories need not be in PATH. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there and not allowed come to the same here.
    return false
  }
}

/** Runs a program to its end; throws with its output when it fails. */
function run(program: string, args: readonly string[]): void {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status === 0) return
  const reason = error?.message ?? signal ?? `exit code ${status}`
  throw new Error(
    `${[program, ...args].join(' ')}: ${reason}\n${stdout ?? ''}${stderr ?? ''}`.trim(),
  )
}
