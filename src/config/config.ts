/**
 * The configuration: one table of options, from which reading, defaults and documentation come.
 */
import type { ListenAddress } from '../runtime/runtime.ts'
import {
  type Cidr,
  cidr,
  duration,
  flag,
  list,
  listenAddress,
  origin,
  type PublicUrl,
  publicUrl,
  pveUrl,
  type Reader,
  sha256,
  span,
  text,
  timeout,
  whole,
  word,
} from './values.ts'

/** One option: how its value is read, what it is without one (as TOML), and what it is for. */
export interface Option<T = unknown> {
  readonly read: Reader<T>
  /** The default as TOML writes it; absent: the option has to be given. */
  readonly initial?: unknown
  readonly about: string
  /** Accepted for the day it works; setting it is answered with a warning. */
  readonly later?: boolean
}

function option<T>(read: Reader<T>, initial: unknown, about: string): Option<T> {
  return { read, initial, about }
}

function later<T>(read: Reader<T>, initial: unknown, about: string): Option<T> {
  return { read, initial, about, later: true }
}

const count = whole(1, 1_000_000)

/** Options outside `[hosts.*]`, by dotted path, in the order of the documentation. */
export const OPTIONS = {
  listen: option(listenAddress, '127.0.0.1:8080', 'Address and port, or unix:PATH'),
  public_url: option(publicUrl, '', 'Where people reach it, with its sub-path'),
  origins: option(list(origin), [], 'More addresses that people use'),
  trusted_proxies: option(list(cidr), [], 'Proxies whose forwarded headers are believed'),
  allow_insecure_http: option(flag, false, 'Sign-in over plain HTTP from other machines'),
  state_dir: option(
    text,
    '/var/lib/pve-console',
    'Where our certificate lives; not set and not writable: your own state directory',
  ),
  'tls.mode': option(
    word('auto', 'files', 'off'),
    'auto',
    'Who encrypts: us, with given files, nobody',
  ),
  'tls.cert': option(text, '', 'PEM file of the certificate chain, for tls.mode "files"'),
  'tls.key': option(text, '', 'PEM file of the private key, for tls.mode "files"'),
  'session.idle': option(duration, '2h', 'A session without activity ends after this; "0s": never'),
  'session.max': option(span, '24h', 'A session ends after this in any case'),
  'session.keep_terminals': option(duration, '5m', 'A terminal outlives its browser; "0s": no'),
  'session.handover': later(flag, false, 'Whether a restart keeps sessions'),
  'limits.sessions': option(count, 1000, 'Sessions at a time'),
  'limits.consoles': option(count, 256, 'Consoles at a time'),
  'limits.consoles_per_session': option(count, 32, 'Consoles of one session'),
  'limits.consoles_per_host': option(count, 64, 'Consoles toward one host'),
  'limits.login_failures': option(count, 5, 'Failed sign-ins of one person in five minutes'),
  'limits.messages': option(count, 2000, 'Messages a second from one browser socket'),
  'limits.stall': option(timeout, '30s', 'A side that takes nothing for so long loses its console'),
  'log.level': option(word('debug', 'info', 'warn', 'error'), 'info', 'The least that is logged'),
  'log.format': option(word('text', 'json'), 'text', 'How a line of the log is written'),
  'log.audit': option(text, 'stderr', 'Where audit lines go: "stderr", a file, or "off"'),
  'metrics.token': option(text, '', 'Bearer token for /metrics; without it, local requests only'),
} as const

/** Options of one `[hosts.KEY]`. */
export const HOST_OPTIONS = {
  label: option(text, '', 'The name people see; default: the key'),
  urls: { read: list(pveUrl), about: 'Addresses of one node or cluster, tried in order' },
  realm: option(text, '', 'Realm that the sign-in form preselects; default: what PVE says'),
  ca: option(text, '', 'PEM file of the authority that must have signed the certificate'),
  fingerprint: option(list(sha256), [], 'SHA-256 of the certificates to accept'),
} as const

type ReadBy<O> = O extends { readonly read: Reader<infer T> } ? T : never

export interface HostConfig {
  readonly key: string
  readonly label: string
  /** At least one, of scheme https. */
  readonly urls: readonly URL[]
  readonly realm: string
  readonly ca: string
  readonly fingerprint: readonly string[]
}

export interface Config {
  readonly listen: ListenAddress
  readonly publicUrl: PublicUrl | null
  readonly origins: readonly string[]
  readonly trustedProxies: readonly Cidr[]
  readonly allowInsecureHttp: boolean
  readonly stateDir: { readonly path: string; readonly given: boolean }
  readonly tls: {
    readonly mode: 'auto' | 'files' | 'off'
    readonly cert: string
    readonly key: string
  }
  readonly session: {
    readonly idle: number
    readonly max: number
    readonly keepTerminals: number
  }
  readonly limits: {
    readonly sessions: number
    readonly consoles: number
    readonly consolesPerSession: number
    readonly consolesPerHost: number
    readonly loginFailures: number
    readonly messages: number
    readonly stall: number
  }
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error'
    readonly format: 'text' | 'json'
    /** "stderr", "off", or the path of a file. */
    readonly audit: string
  }
  readonly metrics: { readonly token: string }
  readonly hosts: ReadonlyMap<string, HostConfig>
}

/** The values of the table by dotted path, each of its reader's type. */
export type Values = { readonly [K in keyof typeof OPTIONS]: ReadBy<(typeof OPTIONS)[K]> }

/** Puts the table's values into the shape that the program uses. */
export function arrange(
  values: Values,
  stateDirGiven: boolean,
  hosts: ReadonlyMap<string, HostConfig>,
): Config {
  return {
    listen: values.listen,
    publicUrl: values.public_url,
    origins: values.origins,
    trustedProxies: values.trusted_proxies,
    allowInsecureHttp: values.allow_insecure_http,
    stateDir: { path: values.state_dir, given: stateDirGiven },
    tls: { mode: values['tls.mode'], cert: values['tls.cert'], key: values['tls.key'] },
    session: {
      idle: values['session.idle'],
      max: values['session.max'],
      keepTerminals: values['session.keep_terminals'],
    },
    limits: {
      sessions: values['limits.sessions'],
      consoles: values['limits.consoles'],
      consolesPerSession: values['limits.consoles_per_session'],
      consolesPerHost: values['limits.consoles_per_host'],
      loginFailures: values['limits.login_failures'],
      messages: values['limits.messages'],
      stall: values['limits.stall'],
    },
    log: {
      level: values['log.level'],
      format: values['log.format'],
      audit: values['log.audit'],
    },
    metrics: { token: values['metrics.token'] },
    hosts,
  }
}
