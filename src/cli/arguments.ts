/** The command line. */
import { parseArgs } from 'node:util'
import { NotAccepted, sha256 } from '../config/values.ts'

/** Wrong usage; the message says what is accepted. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Where a command finds its hosts. */
interface HostArguments {
  readonly config?: string
  /** `KEY=URL` each. */
  readonly hosts: readonly string[]
}

export interface ServeArguments extends HostArguments {
  readonly listen?: string
}

export interface CheckArguments extends HostArguments {
  /** Look at the configuration only. */
  readonly offline: boolean
}

export interface TrustArguments extends HostArguments {
  readonly key: string
  /** Do not ask. */
  readonly yes: boolean
  /** The one fingerprint that is expected, 64 lower-case hex digits. */
  readonly fingerprint?: string
}

export type Command =
  | ({ readonly name: 'serve' } & ServeArguments)
  | { readonly name: 'healthcheck'; readonly config?: string; readonly url?: string }
  | ({ readonly name: 'check' } & CheckArguments)
  | ({ readonly name: 'trust' } & TrustArguments)
  | { readonly name: 'version' }
  | { readonly name: 'help' }

const SHARED = {
  help: { type: 'boolean' },
  version: { type: 'boolean' },
  config: { type: 'string' },
} as const

const OPTIONS = {
  serve: { ...SHARED, listen: { type: 'string' }, host: { type: 'string', multiple: true } },
  check: {
    ...SHARED,
    host: { type: 'string', multiple: true },
    offline: { type: 'boolean' },
  },
  trust: {
    ...SHARED,
    host: { type: 'string', multiple: true },
    yes: { type: 'boolean' },
    fingerprint: { type: 'string' },
  },
  healthcheck: { ...SHARED, url: { type: 'string' } },
  version: SHARED,
  help: SHARED,
} as const

/** Commands that the README names and this version cannot do yet. */
const PLANNED: readonly string[] = ['install']

/** Reads the arguments behind the program's name. Throws UsageError. */
export function readArguments(args: readonly string[]): Command {
  const [first] = args
  const named = first !== undefined && !first.startsWith('-')
  const name = named ? first : 'serve'
  if (PLANNED.includes(name)) throw new UsageError(`${name}: this version cannot do that yet`)
  if (!isCommand(name)) throw new UsageError(`${name}: no such command; try "pve-console help"`)
  const { values, positionals } = readOptions(name, named ? args.slice(1) : args)
  if (values.help) return { name: 'help' }
  if (values.version) return { name: 'version' }
  return commandOf(name, values, positionals)
}

function isCommand(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name)
}

function commandOf(
  name: keyof typeof OPTIONS,
  values: OptionValues,
  positionals: readonly string[],
): Command {
  const config = values.config === undefined ? {} : { config: values.config }
  const hosts = values.host ?? []
  switch (name) {
    case 'serve':
      return { name, ...config, ...(values.listen ? { listen: values.listen } : {}), hosts }
    case 'check':
      return { name, ...config, hosts, offline: values.offline === true }
    case 'trust':
      return { name, ...config, hosts, ...trustArguments(values, positionals) }
    case 'healthcheck':
      return { name, ...config, ...(values.url ? { url: values.url } : {}) }
    default:
      return { name }
  }
}

function trustArguments(values: OptionValues, positionals: readonly string[]) {
  const [key] = positionals
  if (key === undefined) throw new UsageError('trust: which host? accepted is: trust KEY')
  const yes = values.yes === true
  if (values.fingerprint === undefined) return { key, yes }
  try {
    return { key, yes, fingerprint: sha256(values.fingerprint) }
  } catch (error) {
    if (!(error instanceof NotAccepted)) throw error
    throw new UsageError(`trust --fingerprint: accepted is ${error.message}`)
  }
}

interface OptionValues {
  readonly help?: boolean
  readonly version?: boolean
  readonly config?: string
  readonly listen?: string
  readonly url?: string
  readonly host?: string[]
  readonly offline?: boolean
  readonly yes?: boolean
  readonly fingerprint?: string
}

function readOptions(
  command: keyof typeof OPTIONS,
  args: readonly string[],
): { values: OptionValues; positionals: readonly string[] } {
  try {
    const parsed = parseArgs({
      args: [...args],
      options: OPTIONS[command],
      strict: true,
      allowPositionals: command === 'trust',
    })
    if (parsed.positionals.length > 1) throw new UsageError(`${command}: one host at a time`)
    return { values: parsed.values as OptionValues, positionals: parsed.positionals }
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${command}: ${error.message}`)
    throw error
  }
}
