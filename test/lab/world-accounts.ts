/** The accounts that every lab host has. Their passwords are for the lab only and shown to whoever runs the demo. */
import type { LabAccount, OpenIdRealm } from './lab.ts'
import { type AccessList, adminPrivileges, allPrivileges, grant } from './privileges.ts'

const guestUser = ['VM.Console', 'VM.Audit', 'VM.PowerMgmt']

type Entry = readonly [LabAccount, AccessList]

export function worldAccounts(version: string, realms: readonly OpenIdRealm[]): readonly Entry[] {
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
    ...oddFactors(),
    [
      { ...account('gone', 'pve', 'lab-gone-pw', 'was disabled'), disabled: true },
      everywhere(guestUser),
    ],
    [
      account('yujin', 'pve', LONG_PASSWORD, 'has a password of 128 characters'),
      { '/vms/100': grant(guestUser, 1) },
    ],
    ...realms.flatMap(({ realm }) => openIdAccounts(realm)),
  ]
}

/** 128 characters of one to four bytes, with spaces at both ends. */
const LONG_PASSWORD = ` ${'aß한🔑 '.repeat(25)}x `

/** Second factors that do not all work away from PVE's own address, or not at all. */
function oddFactors(): readonly Entry[] {
  const user = (name: string, description: string): LabAccount =>
    account(name, 'pve', `lab-${name}-pw`, description)
  const access = { '/vms/100': grant(guestUser, 1) }
  return [
    [{ ...user('wanda', 'has a security key only (WebAuthn)'), webauthn: true }, access],
    [{ ...user('ursula', 'has an old security key only (U2F)'), u2f: true }, access],
    [
      {
        ...user('max', 'has a security key and recovery keys'),
        webauthn: true,
        recoveryKeys: ['5555-6666-7777-8888', '9999-0000-1111-2222'],
      },
      access,
    ],
    [{ ...user('rita', 'has used up her recovery keys'), recoveryKeys: [] }, access],
  ]
}

/** Known to the host; everybody else whom the identity provider knows is new to it. */
function openIdAccounts(realm: string): readonly Entry[] {
  const user = (name: string, description: string): LabAccount =>
    account(name, realm, '', description)
  return [
    [
      user('mina', 'signs in through the identity provider'),
      { '/vms/100': grant(guestUser, 1), '/vms/110': grant(guestUser, 1) },
    ],
    [{ ...user('dora', 'was disabled'), disabled: true }, {}],
  ]
}

export function account(
  user: string,
  realm: string,
  password: string,
  description: string,
): LabAccount {
  return { user, realm, userid: `${user}@${realm}`, password, description }
}
