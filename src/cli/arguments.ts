/** The command line. */
import { parseArgs } from 'node:util'

/** Wrong usage; the message says what is accepted. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface ServeArguments {
  readonly config?: string
  readonly listen?: string
  readonly hosts: readonly string[]
}

export type Command =
  | ({ readonly name: 'serve' } & ServeArguments)
  | { readonly name: 'healthcheck'; readonly config?: string; readonly url?: string }
  | { readonly name: 'version' }
  | { readonly name: 'help' }

const SHARED = {
  help: { type: 'boolean' },
  version: { type: 'boolean' },
  config: { type: 'string' },
} as const

const OPTIONS = {
  serve: { ...SHARED, listen: { type: 'string' }, host: { type: 'string', multiple: true } },
  healthcheck: { ...SHARED, url: { type: 'string' } },
  version: SHARED,
  help: SHARED,
} as const

/** Commands that the README names and this version cannot do yet. */
const PLANNED: readonly string[] = ['check', 'trust', 'install']

/** Reads the arguments behind the program's name. Throws UsageError. */
export function readArguments(args: readonly string[]): Command {
  const [first] = args
  const named = first !== undefined && !first.startsWith('-')
  const name = named ? first : 'serve'
  if (PLANNED.includes(name)) throw new UsageError(`${name}: this version cannot do that yet`)
  if (!Object.hasOwn(OPTIONS, name)) {
    throw new UsageError(`${name}: no such command; try "pve-console help"`)
  }
  const values = readOptions(name as keyof typeof OPTIONS, named ? args.slice(1) : args)
  if (values.help) return { name: 'help' }
  if (values.version) return { name: 'version' }
  const { config, listen, url, host = [] } = values
  const withConfig = config === undefined ? {} : { config }
  if (name === 'serve') {
    return { name, ...withConfig, ...(listen === undefined ? {} : { listen }), hosts: host }
  }
  if (name === 'healthcheck') return { name, ...withConfig, ...(url === undefined ? {} : { url }) }
  return { name: name as 'version' | 'help' }
}

interface OptionValues {
  readonly help?: boolean
  readonly version?: boolean
  readonly config?: string
  readonly listen?: string
  readonly url?: string
  readonly host?: string[]
}

function readOptions(command: keyof typeof OPTIONS, args: readonly string[]): OptionValues {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS[command], strict: true })
    return values as OptionValues
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${command}: ${error.message}`)
    throw error
  }
}
