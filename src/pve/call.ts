/** Calls to PVE's API: paths, identity, and answers read with a schema. */
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { parseJson } from '../json.ts'
import type { Host } from './host.ts'
import type { Call, Place } from './http-client.ts'

/** Who calls: PVE's credential for one user on one host. Never leaves this process but toward that host. */
export interface Identity {
  readonly ticket: string
  readonly csrf: string
  /** Milliseconds that the ticket lived on when it came; absent: as long as any. */
  readonly life?: number
}

/** PVE answered, and the answer is no: which call it was says what that means. */
export class PveRefusal extends Error {
  override readonly name = 'PveRefusal'
  readonly status: number
  /** PVE's own words, for decisions and the log; never for a browser. */
  readonly reason: string
  constructor(status: number, reason: string) {
    super(`PVE answered ${status} ${reason}`)
    this.status = status
    this.reason = reason
  }
}

/** A path below /api2/json, each segment encoded. */
export function apiPath(...segments: readonly (string | number)[]): string {
  return `/api2/json/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`
}

export interface PveCall<S extends v.GenericSchema> {
  readonly path: string
  /** Absent: the call needs no sign-in. */
  readonly identity?: Identity
  readonly lane?: Call['lane']
  readonly at?: Place
  /** Query of a GET, form of a POST. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly answer: S
}

export interface PveAnswer<T> extends Place {
  readonly data: T
  /** The host's clock, as its answer says. */
  readonly date: string | null
}

/** A GET. Throws PveRefusal, or Failure for what went wrong on the way or an answer of another shape. */
export function get<S extends v.GenericSchema>(host: Host, call: PveCall<S>) {
  const query = new URLSearchParams(call.parameters).toString()
  const path = query === '' ? call.path : `${call.path}?${query}`
  return exchange(host, call, { method: 'GET', path, headers: credential(call.identity) })
}

/** A POST of a form. Throws as `get` does. */
export function post<S extends v.GenericSchema>(host: Host, call: PveCall<S>) {
  return exchange(host, call, {
    method: 'POST',
    path: call.path,
    headers: {
      ...credential(call.identity),
      ...(call.identity ? { CSRFPreventionToken: call.identity.csrf } : {}),
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(call.parameters).toString(),
    ...(call.lane === undefined ? {} : { lane: call.lane }),
    ...(call.at === undefined ? {} : { at: call.at }),
  })
}

/** The explicit credential; the ticket is encoded, for a user name may hold what a cookie may not. */
export function credential(identity: Identity | undefined): Record<string, string> {
  return identity ? { Cookie: `PVEAuthCookie=${encodeURIComponent(identity.ticket)}` } : {}
}

async function exchange<S extends v.GenericSchema>(
  host: Host,
  call: PveCall<S>,
  sent: Parameters<Host['send']>[0],
): Promise<PveAnswer<v.InferOutput<S>>> {
  const answer = await host.send(sent)
  const json = parseJson(answer.body)
  if (answer.status !== 200) throw new PveRefusal(answer.status, reasonOf(answer.reason, json))
  const envelope = v.safeParse(v.object({ data: call.answer }), json)
  if (!envelope.success) {
    throw new Failure('pve_error', {
      detail: 'The host’s answer has an unexpected form.',
      cause: new Error(`${call.path}: ${v.summarize(envelope.issues)}`),
    })
  }
  const { url, address, date } = answer
  return { data: envelope.output.data as v.InferOutput<S>, url, address, date }
}

/** Since PVE 8.3 the body carries the message; before, and before API code runs, the reason phrase does. */
function reasonOf(phrase: string, json: unknown): string {
  const body = v.safeParse(v.object({ message: v.string() }), json)
  return (body.success ? body.output.message : phrase).trim()
}
