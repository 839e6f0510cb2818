/** Which names this server answers to, and which pages may talk to it. */
import type { Config } from '../config/config.ts'
import { parseAddress } from './addresses.ts'
import { isOurs } from './request-facts.ts'

/** Domains that networks at home append to a machine's name. */
const LOCAL_DOMAINS = ['local', 'lan', 'home.arpa', 'internal'] as const

/** The host that a request names: its Host header, or over HTTP/2, which has none, its address. */
export function hostOf(request: Request): string | null {
  return request.headers.get('host') ?? URL.parse(request.url)?.host ?? null
}

/**
 * A Host header in its parts, or null unless it is exactly one host with an optional port. Joined
 * duplicates ("a, b") and anything a URL would read differently are null too.
 */
export function parseHost(header: string | null): { hostname: string; host: string } | null {
  if (!header || !/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(header)) return null
  const url = URL.parse(`http://${header}/`)
  return url ? { hostname: url.hostname.replace(/\.$/, ''), host: header.toLowerCase() } : null
}

/** Names and addresses that are this machine's without being configured: DNS cannot be bent to them. */
export function isOwnName(hostname: string, machineName: string): boolean {
  if (hostname === 'localhost' || parseAddress(hostname) !== null) return true
  const full = machineName.toLowerCase()
  const short = full.split('.', 1)[0] ?? full
  const names = [full, short, ...LOCAL_DOMAINS.map((domain) => `${short}.${domain}`)]
  return short !== '' && names.includes(hostname)
}

/** Whether a Host header names this server (ports are not compared). */
export function isKnownHost(header: string | null, config: Config, machineName: string): boolean {
  const host = parseHost(header)
  if (!host) return false
  if (isOwnName(host.hostname, machineName)) return true
  const configured = [config.publicUrl?.origin, ...config.origins]
  return configured.some((origin) => origin && URL.parse(origin)?.hostname === host.hostname)
}

/**
 * Whether a page of this Origin may write and open sockets: one of the configured origins, or the
 * request's own scheme and Host where that name is the machine's own.
 */
export function isAllowedOrigin(
  origin: string | null,
  hostHeader: string | null,
  secure: boolean,
  config: Config,
  machineName: string,
): boolean {
  if (!origin) return false
  const parsed = URL.parse(origin)
  // "null", lists and addresses with a path are no origin that a browser of ours would send.
  if (parsed?.origin !== origin) return false
  if (isOurs(origin, config)) return true
  const host = parseHost(hostHeader)
  if (!host || !isOwnName(host.hostname, machineName)) return false
  return origin === URL.parse(`${secure ? 'https' : 'http'}://${host.host}`)?.origin
}
