/** Who may sign in to a lab host, with which factors and which rights. */
import type { LabClock } from './clock.ts'
import type { LabAccount } from './lab.ts'
import {
  type AccessList,
  adminPrivileges,
  allPrivileges,
  type Granted,
  grant,
  privilegesOn,
} from './privileges.ts'
import { totpCode, totpStep } from './totp.ts'

/** PVE locks the TOTP factor after that many wrong codes in a row. */
const wrongCodesUntilLock = 8

interface Entry {
  readonly account: LabAccount
  readonly access: AccessList
  readonly usedRecovery: Set<number>
  lastStep: number
  wrongCodes: number
}

const guestUser = ['VM.Console', 'VM.Audit', 'VM.PowerMgmt']

/** The accounts every lab host has. Passwords are for the lab only and shown to whoever runs the demo. */
function worldAccounts(version: string): (readonly [LabAccount, AccessList])[] {
  const everywhere = (privileges: readonly string[]): AccessList => ({ '/': grant(privileges, 1) })
  return [
    [
      account('root', 'pam', 'lab-root-pw', 'may do everything'),
      everywhere(allPrivileges(version)),
    ],
    [
      account('alice', 'pve', 'lab-alice-pw', 'may see, use and switch VM 100'),
      { '/vms/100': grant(guestUser, 1) },
    ],
    [
      {
        ...account('bob', 'pve', 'lab-bob-pw', 'an administrator with a second factor'),
        totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
        recoveryKeys: ['1111-2222-3333-4444', 'aaaa-bbbb-cccc-dddd'],
      },
      everywhere(adminPrivileges(version)),
    ],
    [
      account(
        'carol',
        'pve',
        'lab-carol-pw',
        'may use the console of VM 100 but not see it listed',
      ),
      { '/vms/100': grant(['VM.Console'], 0) },
    ],
    [
      account(
        'odd%3B;n+me',
        'pve',
        ' pä&s=s;w%41rd+"\\ ',
        'has a name and a password full of traps',
      ),
      { '/vms': grant(guestUser, 1) },
    ],
    [account('none', 'pve', 'lab-none-pw', 'may do nothing'), {}],
  ]
}

function account(user: string, realm: string, password: string, description: string): LabAccount {
  return { user, realm, userid: `${user}@${realm}`, password, description }
}

export class AccountBook {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: LabClock

  constructor(version: string, clock: LabClock) {
    this.#clock = clock
    for (const [account, access] of worldAccounts(version)) {
      const fresh = { usedRecovery: new Set<number>(), lastStep: 0, wrongCodes: 0 }
      this.#entries.set(account.userid, { account, access, ...fresh })
    }
  }

  get accounts(): readonly LabAccount[] {
    return [...this.#entries.values()].map((entry) => entry.account)
  }

  credentials(): string[] {
    return this.accounts.flatMap((account) => [
      account.password,
      ...(account.totpSecret ? [account.totpSecret] : []),
      ...(account.recoveryKeys ?? []),
    ])
  }

  find(userid: string): LabAccount | undefined {
    return this.#entries.get(userid)?.account
  }

  access(userid: string): AccessList {
    return this.#entries.get(userid)?.access ?? {}
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
  challenge(userid: string): { totp?: true; recovery?: number[] } | undefined {
    const entry = this.#entries.get(userid)
    if (!entry?.account.totpSecret) return undefined
    const keys = (entry.account.recoveryKeys ?? []).map((_, index) => index)
    const unused = keys.filter((index) => !entry.usedRecovery.has(index))
    const locked = entry.wrongCodes >= wrongCodesUntilLock
    return { recovery: unused, ...(locked ? {} : { totp: true as const }) }
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
