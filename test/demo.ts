/**
 * The whole thing on one machine: `bun run demo [--listen ADDR] [--runtime bun|deno|binary]`.
 *
 * It starts a lab with two PVE hosts and the console server, prints one URL and the lab's accounts, and
 * ends all of it on Ctrl-C. All it writes is in one temporary directory, which goes with it.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Lab, LabAccount } from './lab/lab.ts'
import { describeMissing, setUp } from './setup.ts'
import {
  type Address,
  chooseAddress,
  configFor,
  RUNTIMES,
  type Runtime,
  Server,
} from './start-server.ts'

const ROOT = join(import.meta.dirname, '..')
const USAGE = 'usage: bun run demo [--listen [ADDR]:PORT|unix:PATH] [--runtime bun|deno|binary]'

/** Undone in reverse, whatever ends the demo. */
const endings: (() => void | Promise<void>)[] = []
let ending: Promise<void> | undefined

function end(): Promise<void> {
  ending ??= (async () => {
    for (const each of endings.reverse()) await each()
  })()
  return ending
}

/** Undoes `action` at the end, or now when the end has come while something was being started. */
async function atEnd(action: () => void | Promise<void>): Promise<void> {
  if (ending) {
    await action()
    throw new Error('interrupted')
  }
  endings.push(action)
}

function say(line = ''): void {
  console.log(line === '' ? '' : `  ${line}`)
}

async function main(): Promise<number> {
  const options = readOptions()
  const runtime = Object.entries(RUNTIMES).find(([name]) => name === options?.runtime)?.[1]
  if (!options || !runtime) {
    console.error(USAGE)
    return 2
  }
  say('pve-console demo')
  say()
  for (const line of describeMissing(setUp(say))) say(line)
  build(runtime)
  const directory = mkdtempSync(join(tmpdir(), 'pve-console-demo-'))
  await atEnd(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  // Only now, as the lab may use packages that set-up has just installed.
  const { startLab } = await import('./lab/lab.ts')
  const address = await chooseAddress(options.listen)
  // Its passwords are no secret: whom other machines can be, must not have a shell here.
  const lab = await startLab({ shells: address.local })
  await atEnd(() => lab.close())
  lab.provider.redirects.add(`${address.open}/signin`)
  const config = join(directory, 'pve-console.toml')
  writeFileSync(config, configFor(lab, join(directory, 'state')))
  const log = join(directory, 'server.log')
  const server = new Server(runtime, config, address, log, true)
  await atEnd(() => server.stop())
  await server.ready()
  describe(lab, address, runtime, log)
  await server.ended
  if (ending) return 0
  console.error(server.story('ended'))
  return 1
}

function readOptions(): { listen?: string; runtime: string } | undefined {
  try {
    const { values } = parseArgs({
      options: { listen: { type: 'string' }, runtime: { type: 'string', default: 'bun' } },
    })
    return values
  } catch {
    // An unknown or incomplete option: the usage line says which there are.
    return undefined
  }
}

function build(runtime: Runtime): void {
  say(runtime.build.length > 0 ? 'building the page' : 'building the page and the binary')
  const args = ['build.ts', ...runtime.build]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status !== 0) throw new Error(`the build failed\n${stdout}${stderr}`)
}

function describe(lab: Lab, address: Address, runtime: Runtime, log: string): void {
  const screens = lab.realQemu
    ? 'real virtual machines (QEMU)'
    : 'drawn screens that stand in for virtual machines, as QEMU is not installed'
  say(`running: ${runtime.about}; two PVE hosts with ${screens}`)
  say(`its log: ${log}`)
  say()
  say(`Open     ${address.open}`)
  say()
  for (const line of table(accountRows(lab))) say(line)
  say()
  for (const line of secondFactors(lab)) say(line)
  say()
  const [first] = lab.hosts
  const account = first?.accounts[0]
  say(
    `Try      sign in to ${first?.key} as ${account?.userid}, open guest 100 and type: it answers.`,
  )
  if (address.local) {
    say(
      '         Container 200 and the nodes have terminals: real shells, of yours on this machine.',
    )
  }
  say('         Sign in to the other host as well: it has a guest 100 too, and another screen.')
  say('         Sign out while a screen is open: it closes at once.')
  say()
  say('Ctrl-C ends everything.')
}

/** One row per account; hosts that share it stand in one cell. */
function accountRows(lab: Lab): string[][] {
  const rows = new Map<string, string[]>([['', ['Account', 'Password', 'Hosts', '']]])
  for (const host of lab.hosts) {
    for (const { userid, password, description } of host.accounts.filter(isForPeople)) {
      const shown = showPassword(password)
      const row = rows.get(userid + password)
      if (row) row[2] += `, ${host.key}`
      else rows.set(userid + password, [userid, shown, host.key, description])
    }
  }
  return [...rows.values()]
}

/** Some are there for tests alone: nobody signs in with them by hand. */
function isForPeople({ disabled, password }: LabAccount): boolean {
  return !disabled && password.length < 40
}

function showPassword(password: string): string {
  if (password === '') return '(asked for elsewhere)'
  return password === password.trim() ? password : `\`${password}\` (with its spaces)`
}

function secondFactors(lab: Lab): Set<string> {
  const accounts = lab.hosts.flatMap((host) => host.accounts).filter((each) => each.totpSecret)
  return new Set(accounts.map((each) => `Secret for ${each.userid}'s codes: ${each.totpSecret}`))
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join('   ')
      .trimEnd(),
  )
}

/** One Ctrl-C can arrive twice, from the terminal and from `bun run`; a person's second comes later. */
const IMPATIENT_MS = 1_000
let asked = 0

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const first = asked === 0
    if (!first && performance.now() - asked > IMPATIENT_MS) process.exit(1)
    if (!first) return
    asked = performance.now()
    say()
    say('ending')
    void end().then(() => process.exit(0))
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!ending) console.error(error instanceof Error ? error.message : error)
  process.exitCode = ending ? 0 : 1
}
await end()
