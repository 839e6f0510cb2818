/** Who may sign in to a lab host, with which factors and which rights. */
import { randomBytes } from 'node:crypto'
import type { LabClock } from './clock.ts'
import type { LabAccount, OpenIdRealm } from './lab.ts'
import { type AccessList, type Granted, privilegesOn } from './privileges.ts'
import { totpCode, totpStep } from './totp.ts'
import { account, worldAccounts } from './world-accounts.ts'

/** PVE locks the TOTP factor after that many wrong codes in a row. */
const wrongCodesUntilLock = 8

interface Entry {
  readonly account: LabAccount
  access: AccessList
  readonly usedRecovery: Set<number>
  lastStep: number
  wrongCodes: number
}

/** What PVE asks of a user with a second factor; the parts that are there are the ways to answer. */
export interface Challenge {
  readonly totp?: true
  /** Numbers of the keys that are left. */
  readonly recovery?: readonly number[]
  readonly webauthn?: object
  readonly u2f?: object
}

export class AccountBook {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: LabClock

  constructor(version: string, realms: readonly OpenIdRealm[], clock: LabClock) {
    this.#clock = clock
    for (const [account, access] of worldAccounts(version, realms)) this.#add(account, access)
  }

  get accounts(): readonly LabAccount[] {
    return [...this.#entries.values()].map((entry) => entry.account)
  }

  credentials(): string[] {
    return this.accounts.flatMap((account) => [
      ...(account.password === '' ? [] : [account.password]),
      ...(account.totpSecret ? [account.totpSecret] : []),
      ...(account.recoveryKeys ?? []),
    ])
  }

  find(userid: string): LabAccount | undefined {
    return this.#entries.get(userid)?.account
  }

  /** Whether the user is known and may sign in at all. */
  isEnabled(userid: string): boolean {
    const account = this.find(userid)
    return account !== undefined && !account.disabled
  }

  /** A user without rights, as a realm makes one at the first sign-in. */
  create(user: string, realm: string): void {
    this.#add(account(user, realm, '', 'was made at the first sign-in'), {})
  }

  access(userid: string): AccessList {
    return this.#entries.get(userid)?.access ?? {}
  }

  /** Gives a user these privileges on a path, and no others there; none at all take the entry away. */
  setAccess(userid: string, path: string, granted: Granted): void {
    const entry = this.#entries.get(userid)
    if (!entry) throw new Error(`there is no account ${userid}`)
    const { [path]: _, ...others } = entry.access
    entry.access = Object.keys(granted).length === 0 ? others : { ...others, [path]: granted }
  }

  /** Every path that some user's access list names. */
  get configuredPaths(): readonly string[] {
    return [...this.#entries.values()].flatMap((entry) => Object.keys(entry.access))
  }

  privileges(userid: string, path: string): Granted {
    return privilegesOn(this.access(userid), path)
  }

  has(userid: string, path: string, privilege: string): boolean {
    return privilege in this.privileges(userid, path)
  }

  /** What a user with a second factor is asked; undefined for everybody else. */
  challenge(userid: string): Challenge | undefined {
    const entry = this.#entries.get(userid)
    if (!entry) return undefined
    const { totpSecret, recoveryKeys, webauthn, u2f } = entry.account
    const locked = entry.wrongCodes >= wrongCodesUntilLock
    const challenge: Challenge = {
      ...(totpSecret && !locked ? { totp: true } : {}),
      ...(recoveryKeys ? { recovery: unusedOf(recoveryKeys, entry.usedRecovery) } : {}),
      ...(webauthn ? { webauthn: webauthnChallenge() } : {}),
      ...(u2f ? { u2f: { challenge: randomBytes(32).toString('base64url'), keys: [] } } : {}),
    }
    const has = totpSecret || recoveryKeys || webauthn || u2f
    return has ? challenge : undefined
  }

  /** Judges `totp:123456` or `recovery:key`; each code and key counts once. */
  answerChallenge(userid: string, response: string): boolean {
    const entry = this.#entries.get(userid)
    if (!entry) return false
    const [kind, value = ''] = response.split(/:(.*)/s)
    if (kind === 'recovery') return this.#useRecoveryKey(entry, value)
    return kind === 'totp' && this.#useCode(entry, value)
  }

  /** The current code by the host's clock. */
  totp(userid: string): string {
    const secret = this.find(userid)?.totpSecret
    if (secret === undefined) throw new Error(`${userid} has no second factor`)
    return totpCode(secret, totpStep(this.#clock.now()))
  }

  #add(account: LabAccount, access: AccessList): void {
    const fresh = { usedRecovery: new Set<number>(), lastStep: 0, wrongCodes: 0 }
    this.#entries.set(account.userid, { account, access, ...fresh })
  }

  #useRecoveryKey(entry: Entry, key: string): boolean {
    const index = (entry.account.recoveryKeys ?? []).indexOf(key)
    if (index < 0 || entry.usedRecovery.has(index)) return false
    entry.usedRecovery.add(index)
    entry.wrongCodes = 0
    return true
  }

  #useCode(entry: Entry, code: string): boolean {
    const secret = entry.account.totpSecret
    if (secret === undefined || entry.wrongCodes >= wrongCodesUntilLock) return false
    const now = totpStep(this.#clock.now())
    const step = [now - 1, now, now + 1].find((step) => totpCode(secret, step) === code)
    if (step === undefined || step <= entry.lastStep) {
      entry.wrongCodes += 1
      return false
    }
    entry.lastStep = step
    entry.wrongCodes = 0
    return true
  }
}

function unusedOf(keys: readonly string[], used: ReadonlySet<number>): number[] {
  return keys.map((_, index) => index).filter((index) => !used.has(index))
}

/** For a browser at PVE's own address; from elsewhere nothing can answer it. */
function webauthnChallenge(): object {
  const random = (): string => randomBytes(32).toString('base64url')
  return {
    publicKey: {
      challenge: random(),
      timeout: 60_000,
      rpId: 'pve.lab',
      allowCredentials: [{ type: 'public-key', id: random() }],
      userVerification: 'preferred',
    },
  }
}
