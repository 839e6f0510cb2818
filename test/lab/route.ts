/** A call of the API: where it is, who may make it, what it takes and what it does. */
import type { Outcome } from './http-session.ts'
import { ApiError, type Params, type Rules } from './schema.ts'
import type { RequestHead } from './wire.ts'
import type { World } from './world.ts'

/** One verified call. `node` is the node that was contacted, `uri` what the path says. */
export interface Call {
  readonly world: World
  readonly node: string
  readonly userid: string
  readonly head: RequestHead
  readonly uri: Params
  readonly params: Params
}

export interface Data {
  readonly kind: 'data'
  readonly data: unknown
  readonly total?: number
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With placeholders, for instance /nodes/{node}/status. */
  readonly path: string
  /**
   * `anybody` needs no ticket, `user` needs one; else `Privilege path`, for instance `VM.Audit /vms/{vmid}`, several
   * separated by commas of which all are needed.
   */
  readonly access: string
  readonly rules: Rules
  readonly run: (call: Call) => Data | Outcome | Promise<Data | Outcome>
}

export function data(value: unknown, total?: number): Data {
  return total === undefined ? { kind: 'data', data: value } : { kind: 'data', data: value, total }
}

/** The route for a path and what its placeholders stand for. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; uri: Record<string, string> } | undefined {
  const parts = path.split('/')
  for (const route of routes) {
    const wanted = route.path.split('/')
    if (route.method !== method || wanted.length !== parts.length) continue
    const uri: Record<string, string> = {}
    const fits = wanted.every((want, index) => {
      const got = parts[index] ?? ''
      if (!want.startsWith('{')) return want === got
      uri[want.slice(1, -1)] = got
      return got !== ''
    })
    if (fits) return { route, uri }
  }
  return undefined
}

/** Throws the 403 that PVE would when the user lacks what the route asks for. */
export function checkAccess(world: World, userid: string, route: Route, uri: Params): void {
  if (route.access === 'anybody' || route.access === 'user') return
  for (const need of route.access.split(', ')) {
    const [privilege = '', template = ''] = need.split(' ')
    requirePrivilege(world, userid, fill(template, uri), privilege)
  }
}

export function requirePrivilege(
  world: World,
  userid: string,
  path: string,
  privilege: string,
): void {
  if (world.book.has(userid, path, privilege)) return
  throw new ApiError(403, `Permission check failed (${path}, ${privilege})`)
}

/** A call the lab does not do yet: says so loudly and leaves a note for the tests. */
export function notDoneYet(call: Call): never {
  const what = `${call.head.method} ${call.head.target.split('?')[0]}`
  call.world.pending.push(what)
  throw new ApiError(501, `the lab does not do this yet: ${what}`)
}

function fill(template: string, uri: Params): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => uri[name] ?? '')
}
