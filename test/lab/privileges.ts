/** What PVE's privileges and roles are, and what an access list grants. */

/** Path to privilege to propagate flag. */
export type AccessList = Readonly<Record<string, Readonly<Record<string, 0 | 1>>>>
export type Granted = Record<string, 0 | 1>

const common =
  `Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit
  Group.Allocate Mapping.Audit Mapping.Modify Mapping.Use Permissions.Modify Pool.Allocate Pool.Audit
  Realm.Allocate Realm.AllocateUser SDN.Allocate SDN.Audit SDN.Use Sys.AccessNetwork Sys.Audit Sys.Console
  Sys.Incoming Sys.Modify Sys.PowerMgmt Sys.Syslog User.Modify VM.Allocate VM.Audit VM.Backup VM.Clone
  VM.Config.CDROM VM.Config.CPU VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory
  VM.Config.Network VM.Config.Options VM.Console VM.Migrate VM.PowerMgmt VM.Snapshot
  VM.Snapshot.Rollback`.split(/\s+/)
const laterThanSeven = /^Mapping\./
/** PVE 9 replaced VM.Monitor by finer ones. */
const byMajor: Readonly<Record<string, readonly string[]>> = {
  7: ['VM.Monitor'],
  8: ['VM.Monitor'],
  9: [
    'VM.GuestAgent.Audit',
    'VM.GuestAgent.FileRead',
    'VM.GuestAgent.FileSystemMgmt',
    'VM.GuestAgent.FileWrite',
    'VM.GuestAgent.Unrestricted',
    'VM.Replicate',
  ],
}
const notForAdmin = `Permissions.Modify Realm.Allocate Sys.AccessNetwork Sys.Incoming Sys.Modify
  Sys.PowerMgmt`.split(/\s+/)
/** The paths /access/permissions looks at when none is named, beside those of the access list. */
const wellKnownPaths = [
  '/',
  '/access',
  '/access/groups',
  '/nodes',
  '/pool',
  '/sdn',
  '/storage',
  '/vms',
]

export function allPrivileges(version: string): readonly string[] {
  const major = version.split('.')[0] ?? ''
  const here = major === '7' ? common.filter((name) => !laterThanSeven.test(name)) : common
  return [...here, ...(byMajor[major] ?? [])]
}

/** The built-in role PVEAdmin. */
export function adminPrivileges(version: string): readonly string[] {
  return allPrivileges(version).filter((privilege) => !notForAdmin.includes(privilege))
}

export function grant(privileges: readonly string[], propagate: 0 | 1): Granted {
  return Object.fromEntries(privileges.map((privilege) => [privilege, propagate]))
}

/** The privileges on a path: those of the nearest entry, from above only where it propagates. */
export function privilegesOn(list: AccessList, path: string): Granted {
  if (list[path]) return { ...list[path] }
  for (let at = path; at !== '/'; ) {
    at = at.slice(0, at.lastIndexOf('/')) || '/'
    const entry = Object.entries(list[at] ?? {}).filter(([, propagate]) => propagate === 1)
    if (entry.length > 0) return Object.fromEntries(entry)
  }
  return {}
}

/** What /access/permissions lists: the well-known and all configured paths where there is a privilege. */
export function listPermissions(
  list: AccessList,
  configured: readonly string[],
): Record<string, Granted> {
  const paths = new Set([...wellKnownPaths, ...configured])
  const entries = [...paths].map((path) => [path, privilegesOn(list, path)] as const)
  return Object.fromEntries(entries.filter(([, granted]) => Object.keys(granted).length > 0))
}

/** The coarse `cap` of a sign-in: per topic what the user may do on at least one path of it. */
export function capabilities(list: AccessList): Record<string, Record<string, 1>> {
  const topics: Record<string, { readonly root: string; readonly match: RegExp }> = {
    vms: { root: '/vms', match: /^(VM\.|Permissions\.Modify$)/ },
    storage: { root: '/storage', match: /^(Datastore\.|Permissions\.Modify$)/ },
    access: { root: '/access', match: /^(User\.Modify|Group\.Allocate|Permissions\.Modify)$/ },
    nodes: { root: '/nodes', match: /^(Sys\.|Permissions\.Modify$)/ },
    sdn: { root: '/sdn', match: /^(SDN\.|Permissions\.Modify$)/ },
    mapping: { root: '/mapping', match: /^(Mapping\.|Permissions\.Modify$)/ },
    dc: { root: '/', match: /^(Sys\.(Audit|Modify)$|SDN\.)/ },
  }
  const cap: Record<string, Record<string, 1>> = {}
  for (const [topic, { root, match }] of Object.entries(topics)) {
    const below = Object.keys(list).filter((path) => path.startsWith(`${root}/`) && topic !== 'dc')
    const found = [root, ...below].flatMap((path) => Object.keys(privilegesOn(list, path)))
    cap[topic] = Object.fromEntries(found.filter((p) => match.test(p)).map((p) => [p, 1]))
  }
  return cap
}
