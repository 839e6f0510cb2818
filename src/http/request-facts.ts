/** What may be believed about where a request comes from. */
import type { Config } from '../config/config.ts'
import type { Peer } from '../runtime/runtime.ts'
import { inRange, isLoopback, parseAddress } from './addresses.ts'

export interface RequestFacts {
  /** The person's address, as far as trusted proxies tell; "unix" on a unix socket. */
  readonly client: string
  /** Loopback or our unix socket, with no sign of a proxy in between. */
  readonly local: boolean
  /** The browser is on an https page, or its connection is encrypted on all of the way we know of. */
  readonly secure: boolean
  /** The peer speaks for another, and is not one of those that are believed. */
  readonly unbelieved: boolean
}

const FORWARDING = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-proto',
] as const

/** Reads the facts of one request. Forwarded headers count only from `trusted_proxies`. */
export function factsOf(headers: Headers, peer: Peer, config: Config): RequestFacts {
  const trusted = isTrusted(peer.address, config)
  const forwarded = hasForwarding(headers)
  const proto = trusted ? headers.get('x-forwarded-proto')?.trim().toLowerCase() : undefined
  const origin = headers.get('origin') ?? ''
  return {
    client: trusted ? clientBehind(headers, peer, config) : (peer.address ?? 'unix'),
    local: !forwarded && isLocalPeer(peer),
    unbelieved: forwarded && !trusted,
    secure:
      peer.tls || proto === 'https' || (origin.startsWith('https:') && isOurs(origin, config)),
  }
}

/** Whether an Origin is among the addresses that the configuration names. */
export function isOurs(origin: string, config: Config): boolean {
  return origin === config.publicUrl?.origin || config.origins.includes(origin)
}

function hasForwarding(headers: Headers): boolean {
  if (FORWARDING.some((name) => headers.has(name))) return true
  return [...headers.keys()].some((name) => name.startsWith('x-forwarded-'))
}

function isLocalPeer(peer: Peer): boolean {
  const address = peer.address === null ? null : parseAddress(peer.address)
  return peer.address === null || (address !== null && isLoopback(address))
}

/** A unix socket's peer is a proxy that the machine's own permissions let in. */
function isTrusted(address: string | null, config: Config): boolean {
  const parsed = parseAddress(address ?? '')
  if (address === null) return true
  return parsed !== null && config.trustedProxies.some((range) => inRange(parsed, range))
}

/** The first address from the right that is not a trusted proxy's. */
function clientBehind(headers: Headers, peer: Peer, config: Config): string {
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim())
  for (const hop of hops.reverse()) {
    if (parseAddress(hop) !== null && !isTrusted(hop, config)) return hop
  }
  return peer.address ?? 'unix'
}
