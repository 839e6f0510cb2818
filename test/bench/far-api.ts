/** The calls of PVE's that our server makes, answered from memory as fast as can be. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Answer, type RequestHead, shuffledJson } from '../lab/wire.ts'

export const NODE = 'far1'
/** Number of the first guest; the others follow it. */
export const FIRST_VMID = 100
const GIB = 1024 ** 3
const PASSWORD = 'farfar01'

export interface CallRecord {
  /** Calls by method and path, numbers of guests left out. */
  readonly counts: Record<string, number>
  /** The most that were under way at a time. */
  readonly most: Record<string, number>
}

/** Guests that are different in each list from the one before, however many there are. */
const CHANGED = 10

export class FarApi {
  /** The entries of the list as JSON: of a long one, only what changes is written anew. */
  readonly #entries: string[]
  #lists = 0
  readonly #latencyMs: number
  readonly #flying: Record<string, number> = {}
  readonly record: CallRecord = { counts: {}, most: {} }

  /** `latencyMs` is added to each answer, so that calls at a time can be told apart. */
  constructor(guests: number, latencyMs: number) {
    this.#entries = Array.from({ length: guests }, (_, at) => JSON.stringify(guest(at, 0)))
    this.#latencyMs = latencyMs
  }

  async answer({ method, target }: RequestHead, form: string): Promise<Answer> {
    const path = target.replace(/^\/api2\/json\//, '').replace(/\?.*$/, '')
    if (path === '/bench/calls') return json(JSON.stringify(this.record))
    const name = `${method} ${path.replace(/\/qemu\/\d+\//, '/qemu/{vmid}/')}`
    const { counts, most } = this.record
    const flying = (this.#flying[name] ?? 0) + 1
    this.#flying[name] = flying
    counts[name] = (counts[name] ?? 0) + 1
    most[name] = Math.max(most[name] ?? 0, flying)
    if (this.#latencyMs > 0) await wait(this.#latencyMs)
    this.#flying[name] = (this.#flying[name] ?? 1) - 1
    const body = this.#body(name, target, form)
    return body === undefined ? { status: 501, reason: `no ${name}` } : json(body)
  }

  #list(): string {
    const list = this.#lists++
    const changed = Math.min(CHANGED, this.#entries.length)
    for (let at = 0; at < changed; at++) this.#entries[at] = JSON.stringify(guest(at, list))
    return `{"data":[${[JSON.stringify(nodeEntry()), ...this.#entries].join()}]}`
  }

  #body(name: string, target: string, form: string): string | undefined {
    switch (name) {
      case 'GET access/domains':
        return data([{ realm: 'pam', type: 'pam', comment: 'Linux', default: 1 }])
      case 'POST access/ticket':
        return data({
          username: new URLSearchParams(form).get('username') ?? '',
          ticket: 'PVE:far:00000000::far',
          CSRFPreventionToken: '00000000:far',
        })
      case 'GET version':
        return data({ version: '8.4.1', release: '8.4', repoid: '0' })
      case 'GET access/permissions':
        return data({ '/': PRIVILEGES })
      case 'GET cluster/resources':
        return this.#list()
      case `GET nodes/${NODE}/qemu/{vmid}/status/current`:
        return data({ status: 'running', qmpstatus: 'running' })
      case `GET nodes/${NODE}/qemu/{vmid}/config`:
        return data({ name: 'guest', cores: 4, memory: '4096', vga: 'std', digest: '0' })
      case `POST nodes/${NODE}/qemu/{vmid}/vncproxy`: {
        const vmid = Number(/\/qemu\/(\d+)\//.exec(target)?.[1])
        const port = String(5900 + (vmid % 100))
        const upid = `UPID:${NODE}:0000AAAA:00BBBBBB:66000000:vncproxy:${vmid}:root@pam:`
        const ticket = `PVEVNC:${vmid}`
        return data({ ticket, port, password: PASSWORD, user: 'root@pam', upid })
      }
      default:
        return undefined
    }
  }
}

const PRIVILEGES = { 'VM.Audit': 1, 'VM.Console': 1, 'VM.PowerMgmt': 1, 'Sys.Audit': 1 }

function data(value: unknown): string {
  return shuffledJson({ data: value })
}

function json(body: string): Answer {
  return { status: 200, body, contentType: 'application/json;charset=UTF-8' }
}

function nodeEntry() {
  const figures = { cpu: 0.1, maxcpu: 16, mem: 20 * GIB, maxmem: 64 * GIB, uptime: 100_000 }
  return { id: `node/${NODE}`, type: 'node', node: NODE, status: 'online', level: '', ...figures }
}

function guest(at: number, list: number) {
  const vmid = FIRST_VMID + at
  return {
    id: `qemu/${vmid}`,
    type: 'qemu',
    vmid,
    node: NODE,
    status: 'running',
    name: `guest-${vmid}`,
    template: 0,
    cpu: ((vmid + list) % 100) / 100,
    maxcpu: 4,
    mem: GIB + vmid,
    maxmem: 4 * GIB,
    disk: 0,
    maxdisk: 32 * GIB,
    uptime: 3600 + vmid,
    netin: 1000,
    netout: 1000,
    diskread: 1000,
    diskwrite: 1000,
  }
}
