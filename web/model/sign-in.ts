import type { FactorMethod, HostSummary, Realm } from '../../src/http/contract.ts'

/** The host to start with: the wished one if it takes sign-ins, else the first that does. */
export function pickHost(hosts: readonly HostSummary[], wished: string | undefined): string {
  const ready = hosts.filter((host) => host.state === 'ready')
  const free = ready.find((host) => host.user === null)
  return (ready.find((host) => host.key === wished) ?? free ?? ready[0])?.key ?? ''
}

/** The realm to start with: the configured one, else PVE's default, else the first. */
export function pickRealm(realms: readonly Realm[], configured: string | undefined): string {
  const found =
    realms.find((each) => each.realm === configured) ??
    realms.find((each) => each.default) ??
    realms[0]
  return found?.realm ?? ''
}

/** A realm as PVE's own form calls it: its comment, else its id. */
export function realmName(realm: Realm): string {
  return realm.comment?.trim() || realm.realm
}

export type TypedFactor = 'totp' | 'recovery' | 'yubico'

const typed: readonly TypedFactor[] = ['totp', 'recovery', 'yubico']

/** The second factors that can be answered by typing, the usual one first. */
export function typedFactors(methods: readonly FactorMethod[]): readonly TypedFactor[] {
  return typed.filter((method) => methods.includes(method))
}

/** Codes are copied with spaces and line ends around and within; only a recovery key's dashes count. */
export function cleanCode(text: string): string {
  return text.replace(/\s+/g, '')
}

/** The realm that somebody typed behind the user name though it is chosen elsewhere; '' where nobody did. */
export function realmInName(name: string, realms: readonly Realm[]): string {
  const typed = splitUser(name.trim().toLowerCase()).realm
  return realms.find(({ realm }) => realm.toLowerCase() === typed)?.realm ?? ''
}

/** `root@pam` as user name and realm; the realm is what follows the last @. */
export function splitUser(user: string): { username: string; realm: string } {
  const at = user.lastIndexOf('@')
  return at < 0
    ? { username: user, realm: '' }
    : { username: user.slice(0, at), realm: user.slice(at + 1) }
}
