/** The kinds of value a configuration has: each reads one, or says what it accepts. */
import type { ListenAddress } from '../runtime/runtime.ts'

/** Reads a TOML value; throws a sentence about what is accepted instead. */
export type Reader<T> = (value: unknown) => T

/** What a reader throws: the end of the sentence "accepted: …". */
export class NotAccepted extends Error {
  override readonly name = 'NotAccepted'
}

export const text: Reader<string> = (value) => {
  if (typeof value !== 'string') throw new NotAccepted('a text in quotes')
  return value
}

export const flag: Reader<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new NotAccepted('true or false')
  return value
}

/** A whole number within bounds. */
export function whole(min: number, max: number): Reader<number> {
  return (value) => {
    const accepted = typeof value === 'number' && Number.isInteger(value)
    if (!accepted || value < min || value > max) {
      throw new NotAccepted(`a whole number from ${min} to ${max}`)
    }
    return value
  }
}

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): Reader<W> {
  return (value) => {
    const found = words.find((candidate) => candidate === value)
    if (found === undefined) throw new NotAccepted(words.map((w) => `"${w}"`).join(' or '))
    return found
  }
}

export function list<T>(entry: Reader<T>): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new NotAccepted('a list in square brackets')
    return value.map(entry)
  }
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration such as "90s", "15m", "12h" or "7d", in milliseconds. */
export const duration: Reader<number> = (value) => {
  const match = typeof value === 'string' ? /^(\d{1,6})([smhd])$/.exec(value) : null
  if (!match) throw new NotAccepted('a duration such as "90s", "15m", "12h" or "7d"')
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}

/** A duration that is neither nothing nor more than a timer can hold (2^31 ms on both runtimes). */
export const timeout: Reader<number> = (value) => {
  const ms = duration(value)
  if (ms < 1000 || ms > 20 * UNITS.d) throw new NotAccepted('a duration from "1s" to "20d"')
  return ms
}

/** A duration that is not nothing. */
export const span: Reader<number> = (value) => {
  const ms = duration(value)
  if (ms === 0) throw new NotAccepted('a duration of "1s" or more')
  return ms
}

/** "[ADDR]:PORT" or "unix:PATH". An absent ADDR means every address. */
export const listenAddress: Reader<ListenAddress> = (value) => {
  const accepted = '"ADDRESS:PORT", ":PORT" or "unix:/absolute/path"'
  if (typeof value !== 'string') throw new NotAccepted(accepted)
  if (value.startsWith('unix:/')) return { kind: 'unix', path: value.slice('unix:'.length) }
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(value)
  const port = Number(match?.[3])
  if (!match || port > 65_535) throw new NotAccepted(accepted)
  return { kind: 'tcp', hostname: match[1] ?? (match[2] || '::'), port }
}

/** Where people reach this server: an origin and a path without a trailing slash. */
export interface PublicUrl {
  readonly origin: string
  readonly path: string
}

/** An http or https address with an optional path; "" for none. */
export const publicUrl: Reader<PublicUrl | null> = (value) => {
  if (value === '') return null
  const url = parseUrl(value)
  const path = url?.pathname.replace(/\/$/, '') ?? ''
  // The path becomes part of routes and of the page, where other characters have a meaning.
  const isPlain = /^(\/[A-Za-z0-9._~-]+)*$/.test(path)
  if (!url || !isBare(url) || !isPlain) {
    throw new NotAccepted('an address such as "https://home.example/pve"')
  }
  return { origin: url.origin, path }
}

/** An http or https address without a path; read as its origin. */
export const origin: Reader<string> = (value) => {
  const url = parseUrl(value)
  if (url?.pathname !== '/' || !isBare(url)) {
    throw new NotAccepted('an address without a path, such as "https://console.lan:8443"')
  }
  return url.origin
}

/** A PVE address; without a scheme it means https and port 8006. */
export const pveUrl: Reader<URL> = (value) => {
  const complete = typeof value === 'string' && !value.includes('://') ? withDefaults(value) : value
  const url = parseUrl(complete)
  if (url?.protocol !== 'https:' || url.pathname !== '/' || !isBare(url)) {
    throw new NotAccepted('an address such as "https://pve1.lan:8006" or "192.168.1.10"')
  }
  return url
}

function withDefaults(address: string): string {
  const hasPort = /:\d+\/?$/.test(address) && (!isBareIpv6(address) || address.includes(']'))
  const bracketed = isBareIpv6(address) && !address.startsWith('[') ? `[${address}]` : address
  return `https://${bracketed}${hasPort ? '' : ':8006'}`
}

function isBareIpv6(address: string): boolean {
  return (address.match(/:/g) ?? []).length > 1
}

function parseUrl(value: unknown): URL | null {
  return typeof value === 'string' ? URL.parse(value) : null
}

/** Of the web, and nothing but where: no account, query or fragment. */
function isBare(url: URL): boolean {
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && !url.username && !url.password && !url.search && !url.hash
}

/** A SHA-256, 64 hex digits with or without colons, in any case; read as lower case without colons. */
export const sha256: Reader<string> = (value) => {
  const hex = typeof value === 'string' ? value.replaceAll(':', '').toLowerCase() : ''
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new NotAccepted(
      'a SHA-256 fingerprint of 64 hex digits, as "pvenode cert info" prints it',
    )
  }
  return hex
}

/** A range of IP addresses: the address's text and how many leading bits count. */
export interface Cidr {
  readonly address: string
  readonly prefix: number
}

/** An IP address or a CIDR. */
export const cidr: Reader<Cidr> = (value) => {
  const match = typeof value === 'string' ? /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(value) : null
  const address = match?.[1] ?? ''
  const isVersion6 = address.includes(':')
  const bits = isVersion6 ? 128 : 32
  const prefix = Number(match?.[2] ?? bits)
  // The URL parser takes many things for a host; of IPv4 only four decimal numbers are meant.
  const isWritten = isVersion6 || /^(\d{1,3}\.){3}\d{1,3}$/.test(address)
  const url = URL.parse(`http://${isVersion6 ? `[${address}]` : address}/`)
  if (!isWritten || url === null || prefix > bits) {
    throw new NotAccepted('an address or a CIDR such as "10.0.0.0/8"')
  }
  return { address, prefix }
}
