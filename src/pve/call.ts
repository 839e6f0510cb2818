/** Calls to PVE's API: paths, identity, and answers read with a schema. */
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { parseJson } from '../json.ts'
import type { HostAnswer } from './address.ts'
import { isOfApi } from './gateway.ts'
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

/** What takes calls: a host, or one address of it. */
export interface Callee {
  send(call: Call): Promise<HostAnswer>
}

/** How a call is to be sent. */
type Way = Pick<Call, 'lane' | 'at' | 'maxBody'>

export interface PveCall<S extends v.GenericSchema> extends Way {
  readonly path: string
  /** Absent: the call needs no sign-in. */
  readonly identity?: Identity
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
export function get<S extends v.GenericSchema>(host: Callee, call: PveCall<S>) {
  const query = new URLSearchParams(call.parameters).toString()
  const path = query === '' ? call.path : `${call.path}?${query}`
  const headers = credential(call.identity)
  return exchange(host, call, { method: 'GET', path, headers, ...wayOf(call) })
}

/** A POST of a form. Throws as `get` does. */
export function post<S extends v.GenericSchema>(host: Callee, call: PveCall<S>) {
  return exchange(host, call, {
    method: 'POST',
    path: call.path,
    headers: {
      ...credential(call.identity),
      ...(call.identity ? { CSRFPreventionToken: call.identity.csrf } : {}),
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(call.parameters).toString(),
    ...wayOf(call),
  })
}

function wayOf({ lane, at, maxBody }: Way): Way {
  return {
    ...(lane === undefined ? {} : { lane }),
    ...(at === undefined ? {} : { at }),
    ...(maxBody === undefined ? {} : { maxBody }),
  }
}

/** The explicit credential; the ticket is encoded, for a user name may hold what a cookie may not. */
export function credential(identity: Identity | undefined): Record<string, string> {
  return identity ? { Cookie: `PVEAuthCookie=${encodeURIComponent(identity.ticket)}` } : {}
}

/** An answer may have very many mistakes, and one is enough. */
const FIRST_ISSUE = { abortEarly: true }

async function exchange<S extends v.GenericSchema>(
  host: Callee,
  call: PveCall<S>,
  sent: Call,
): Promise<PveAnswer<v.InferOutput<S>>> {
  const answer = await host.send(sent)
  if (!isOfApi(answer)) {
    const { status, reason, contentType } = answer
    throw new Failure('not_pve', { cause: new Error(`${status} ${reason}, ${contentType}`) })
  }
  const json = parseJson(answer.body)
  if (answer.status !== 200) throw new PveRefusal(answer.status, reasonOf(answer.reason, json))
  const envelope = v.safeParse(v.object({ data: call.answer }), json, FIRST_ISSUE)
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
