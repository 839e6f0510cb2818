/** Finding and reading the configuration: every problem is found, not only the first. */
import { parse as parseToml, TomlError } from 'smol-toml'
import {
  arrange,
  type Config,
  HOST_OPTIONS,
  type HostConfig,
  OPTIONS,
  type Option,
  type Values,
} from './config.ts'
import { NotAccepted, pveUrl } from './values.ts'

/** What is wrong with a configuration, a line a problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

export interface ConfigSource {
  /** The file's text and its path for messages; null: no file. */
  readonly file: { readonly path: string; readonly text: string } | null
  /** `--listen`, which counts more than the file. */
  readonly listen?: string
  /** `--host KEY=URL`, added to those of the file. */
  readonly hosts: readonly string[]
}

export interface LoadedConfig {
  readonly config: Config
  /** Options that were set and have no effect yet. */
  readonly warnings: readonly string[]
}

const HOST_KEY = /^[A-Za-z0-9_-]{1,32}$/

/**
 * Reads a configuration.
 *
 * Throws ConfigError with every problem: the path of the key, what was found, what is accepted.
 */
export function loadConfig(source: ConfigSource): LoadedConfig {
  const problems: string[] = []
  const warnings: string[] = []
  const document = source.file ? readToml(source.file) : {}
  const { hosts: hostTables = {}, ...rest } = document
  const given = flatten(rest)
  if (source.listen !== undefined) given.set('listen', source.listen)
  const values = readTable(OPTIONS, given, '', problems, warnings)
  const hosts = readHosts(hostTables, problems, warnings)
  addFlagHosts(hosts, source.hosts, problems)
  if (hosts.size === 0 && problems.length === 0) problems.push(NO_HOST)
  const config = arrange(values as Values, given.has('state_dir'), hosts)
  checkTogether(values as Partial<Values>, problems)
  if (problems.length > 0) throw new ConfigError(problems)
  return { config: freeze(config), warnings }
}

const NO_HOST = `no host is configured. Either name one on the command line:
    pve-console --host home=192.168.1.10
  or write it into a configuration file:
    [hosts.home]
    urls = ["https://192.168.1.10:8006"]`

function readToml(file: { path: string; text: string }): Record<string, unknown> {
  try {
    return parseToml(file.text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    throw new ConfigError([
      `${file.path}:${error.line}:${error.column}: ${firstLine(error.message)}`,
    ])
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}

/** Tables become dotted paths; one level is all there is. */
function flatten(document: Record<string, unknown>): Map<string, unknown> {
  const flat = new Map<string, unknown>()
  for (const [key, value] of Object.entries(document)) {
    // An empty table is kept whole: nobody would see that its name is wrong.
    if (!isTable(value) || (Object.keys(value).length === 0 && !isKnownTable(key))) {
      flat.set(key, value)
    } else for (const [inner, entry] of Object.entries(value)) flat.set(`${key}.${inner}`, entry)
  }
  return flat
}

function isKnownTable(key: string): boolean {
  return Object.keys(OPTIONS).some((option) => option.startsWith(`${key}.`))
}

function isTable(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  )
}

function readTable(
  table: Readonly<Record<string, Option>>,
  given: ReadonlyMap<string, unknown>,
  prefix: string,
  problems: string[],
  warnings: string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const key of given.keys()) {
    if (!Object.hasOwn(table, key)) problems.push(unknownKey(prefix + key, Object.keys(table)))
  }
  for (const [key, option] of Object.entries(table)) {
    const value = given.has(key) ? given.get(key) : option.initial
    if (value === undefined) {
      problems.push(`${prefix}${key}: missing; it is ${option.about.toLowerCase()}`)
      continue
    }
    if (option.later && given.has(key)) warnings.push(`${prefix}${key} has no effect yet`)
    try {
      values[key] = option.read(value)
    } catch (error) {
      if (!(error instanceof NotAccepted)) throw error
      problems.push(`${prefix}${key}: found ${show(value)}; accepted is ${error.message}`)
    }
  }
  return values
}

function unknownKey(path: string, known: readonly string[]): string {
  const last = path.split('.').at(-1) ?? path
  const near = known.find((key) => key.endsWith(`.${last}`) || key.startsWith(last.slice(0, 3)))
  return `${path}: there is no such option${near ? `; was ${near} meant?` : ''}`
}

/** What was found, short enough for a line. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function readHosts(
  tables: unknown,
  problems: string[],
  warnings: string[],
): Map<string, HostConfig> {
  const hosts = new Map<string, HostConfig>()
  if (!isTable(tables)) {
    problems.push('hosts: accepted are tables such as [hosts.home]')
    return hosts
  }
  for (const [key, table] of Object.entries(tables)) {
    if (!HOST_KEY.test(key) || !isTable(table)) {
      problems.push(`hosts.${key}: a host is a table whose key has 1 to 32 letters, digits, - or _`)
      continue
    }
    const before = problems.length
    const prefix = `hosts.${key}.`
    const given = new Map(Object.entries(table))
    const values = readTable(HOST_OPTIONS, given, prefix, problems, warnings)
    const host = { key, ...values } as HostConfig
    if (problems.length > before) continue
    if (host.urls.length === 0) problems.push(`${prefix}urls: at least one address is needed`)
    hosts.set(key, { ...host, label: host.label || key })
  }
  return hosts
}

function addFlagHosts(
  hosts: Map<string, HostConfig>,
  flags: readonly string[],
  problems: string[],
): void {
  const flagged = new Map<string, URL[]>()
  for (const flag of flags) {
    const [, key = '', address = ''] = /^([^=]*)=(.*)$/.exec(flag) ?? []
    if (!HOST_KEY.test(key)) {
      problems.push(`--host ${flag}: accepted is KEY=URL, KEY of 1 to 32 letters, digits, - or _`)
      continue
    }
    try {
      // Given twice, a key has two addresses, as a cluster has.
      const urls = [...(flagged.get(key) ?? []), pveUrl(address)]
      flagged.set(key, urls)
      hosts.set(key, {
        label: key,
        realm: '',
        ca: '',
        fingerprint: [],
        ...hosts.get(key),
        key,
        urls,
      })
    } catch (error) {
      if (!(error instanceof NotAccepted)) throw error
      problems.push(`--host ${flag}: accepted is KEY=URL, URL ${error.message}`)
    }
  }
}

/** What single values cannot tell. */
function checkTogether(values: Partial<Values>, problems: string[]): void {
  const mode = values['tls.mode']
  const cert = values['tls.cert']
  const key = values['tls.key']
  if (mode === 'files' && !(cert && key)) {
    problems.push('tls.mode: "files" needs tls.cert and tls.key')
  }
  if (mode !== undefined && mode !== 'files' && (cert || key)) {
    problems.push('tls.cert, tls.key: only tls.mode "files" reads them')
  }
}

function freeze(config: Config): Config {
  for (const part of [config.tls, config.session, config.limits, config.log]) Object.freeze(part)
  for (const host of config.hosts.values()) Object.freeze(host)
  return Object.freeze(config)
}
