/** IP addresses as numbers, so that two ways of writing one are the same. */
import type { Cidr } from '../config/values.ts'

/** An address as 128 bits; IPv4 is mapped into IPv6 (RFC 4291 section 2.5.5.2). Null: not an address. */
export function parseAddress(text: string): bigint | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(bare)) return parseIpv4(bare)
  // The URL parser knows every way of writing an IPv6 address, and leaves one.
  const host = bare.includes(':') ? URL.parse(`http://[${bare}]/`)?.hostname : undefined
  return host ? parseIpv6(host.slice(1, -1)) : null
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split('.').map(Number)
  if (parts.some((part) => part > 255)) return null
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0xffffn)
}

function parseIpv6(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const front = groups(head)
  const back = groups(tail ?? '')
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length
  const all = [...front, ...Array<string>(zeros).fill('0'), ...back]
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

export function inRange(address: bigint, range: Cidr): boolean {
  const base = parseAddress(range.address)
  if (base === null) return false
  const bits = range.address.includes(':') ? range.prefix : range.prefix + 96
  const shift = BigInt(128 - bits)
  return address >> shift === base >> shift
}

/**
 * What a limit for one address counts by: the address itself, and of IPv6 its /64, for that is what one
 * subscriber has. Text that is no address counts as it is.
 */
export function limitKey(text: string): string {
  const address = parseAddress(text)
  if (address === null) return text
  const isIpv4 = address >> 32n === 0xffffn
  return isIpv4 ? address.toString(16) : `${(address >> 64n).toString(16)}/64`
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: bigint): boolean {
  return address === 1n || inRange(address, { address: '127.0.0.0', prefix: 8 })
}
