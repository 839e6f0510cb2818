import { type ChosenKind, kindQuery } from './console-kind.ts'

/** Where a console leads: a guest's screen or a node's. */
export type ConsoleTarget =
  | { readonly host: string; readonly vmid: number }
  | { readonly host: string; readonly node: string }

export type Route =
  | { readonly page: 'guests' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'wall' }
  | { readonly page: 'console'; readonly target: ConsoleTarget }
  | { readonly page: 'tls-help'; readonly host: string }
  | { readonly page: 'not-found' }

const hostKey = /^[A-Za-z0-9_-]{1,32}$/
const nodeName = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const vmid = /^[1-9][0-9]{2,8}$/

/** Reads a path below the sub-path. What is not exactly one of ours is not found. */
export function parsePath(path: string): Route {
  const parts = path.split('/').slice(1)
  const [first, second = '', third = '', fourth = ''] = parts
  if (parts.length === 1 && first === '') return { page: 'guests' }
  if (parts.length === 1 && first === 'signin') return { page: 'sign-in' }
  if (parts.length === 1 && first === 'wall') return { page: 'wall' }
  if (parts.length === 3 && first === 'help' && second === 'tls' && hostKey.test(third)) {
    return { page: 'tls-help', host: third }
  }
  if (first === 'console' && hostKey.test(second)) {
    if (parts.length === 3 && vmid.test(third)) {
      return { page: 'console', target: { host: second, vmid: Number(third) } }
    }
    if (parts.length === 4 && third === 'node' && nodeName.test(fourth)) {
      return { page: 'console', target: { host: second, node: fourth } }
    }
  }
  return { page: 'not-found' }
}

/** The path of a console page, below the sub-path; without a kind it is the target's own default. */
export function consolePath(target: ConsoleTarget, kind?: ChosenKind): string {
  const place = 'vmid' in target ? target.vmid : `node/${target.node}`
  return `/console/${target.host}/${place}${kind ? kindQuery(kind) : ''}`
}

/** Pages whose documents may show a terminal: xterm.js needs another content security policy. */
export function showsTerminals(path: string): boolean {
  const { page } = parsePath(path)
  return page === 'console' || page === 'wall'
}

/** The path of a console's socket, below the sub-path. */
export function socketPath(target: ConsoleTarget, kind: ChosenKind): string {
  const place = 'vmid' in target ? `guests/${target.vmid}` : `nodes/${target.node}`
  return `/api/hosts/${target.host}/${place}/console${kindQuery(kind)}`
}

/** What belongs behind the sub-path in a full path; the whole path where it does not start with it. */
export function belowBase(base: string, path: string): string {
  return base !== '' && path.startsWith(`${base}/`) ? path.slice(base.length) : path
}
