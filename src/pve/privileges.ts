import type { Permissions } from './schemas.ts'

/**
 * Whether a user holds a privilege on a path such as /vms/100.
 *
 * PVE lists the paths that have entries of their own. There, being listed is having it, whatever the value;
 * from a path above, it counts only where the value says that it goes down (PVE 7 to 9).
 */
export function hasPrivilege(permissions: Permissions, path: string, privilege: string): boolean {
  const own = entry(permissions, path)
  if (own) return Object.hasOwn(own, privilege)
  for (let above = parentOf(path); above !== null; above = parentOf(above)) {
    const inherited = entry(permissions, above)
    if (inherited) return inherited[privilege] === 1
  }
  return false
}

function entry(permissions: Permissions, path: string): Permissions[string] | undefined {
  return Object.hasOwn(permissions, path) ? permissions[path] : undefined
}

function parentOf(path: string): string | null {
  const cut = path.lastIndexOf('/')
  if (cut < 0 || path === '/') return null
  return cut === 0 ? '/' : path.slice(0, cut)
}
