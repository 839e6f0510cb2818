import type {
  Certificate,
  ChallengeAnswer,
  ChallengeRequest,
  CloseReason,
  ConsoleSummary,
  Guest,
  GuestList,
  HostSummary,
  OpenIdAnswer,
  OpenIdRequest,
  OpenIdReturn,
  OwnSession,
  PowerAction,
  PowerAnswer,
  ProblemCode,
  Realm,
  SessionSummary,
  SignedIn,
  SignInRequest,
  Task,
} from '../src/http/contract.ts'

/** A call that did not work. `code` is the server's stable one, or what only the browser noticed. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly code: CloseReason | ProblemCode | 'network' | 'unreadable' | (string & {})
  readonly id: string
  /** Seconds after which trying again makes sense; 0 when the server did not say. */
  readonly retryAfter: number

  constructor(status: number, code: string, detail: string, id = '', retryAfter = 0) {
    super(detail)
    this.status = status
    this.code = code
    this.id = id
    this.retryAfter = retryAfter
  }
}

export type Answer<T> =
  | { readonly ok: true; readonly status: number; readonly value: T }
  | { readonly ok: false; readonly error: ApiError }

/** Longer than the server's own patience with a host, in ms, so that its reason is heard. */
const patience = 30_000
/** For what the server answers by itself, in ms: its line is down when this passes. */
const impatience = 4000

/** As much of the browser's fetch as is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Our HTTP API. Nothing here throws: every call resolves to a value or to an ApiError. */
export interface Api {
  hosts(): Promise<Answer<HostSummary[]>>
  certificate(host: string): Promise<Answer<Certificate>>
  realms(host: string): Promise<Answer<Realm[]>>
  signIn(host: string, body: SignInRequest): Promise<Answer<SignedIn | ChallengeAnswer>>
  answerChallenge(host: string, body: ChallengeRequest): Promise<Answer<SignedIn | ChallengeAnswer>>
  startOpenId(host: string, body: OpenIdRequest): Promise<Answer<OpenIdAnswer>>
  finishOpenId(body: OpenIdReturn): Promise<Answer<SignedIn>>
  session(): Promise<Answer<SessionSummary>>
  /** The person is there, though nothing else says so. */
  stayActive(): Promise<Answer<SessionSummary>>
  /** The sessions of the same person, this one marked. */
  ownSessions(): Promise<Answer<OwnSession[]>>
  endSession(id: string): Promise<Answer<unknown>>
  signOut(host: string): Promise<Answer<unknown>>
  signOutAll(): Promise<Answer<unknown>>
  guests(): Promise<Answer<GuestList>>
  /** The stream of events, as long as it lasts. */
  events(signal: AbortSignal): Promise<Answer<ReadableStream<Uint8Array>>>
  guest(host: string, vmid: number): Promise<Answer<Guest>>
  power(host: string, vmid: number, action: PowerAction): Promise<Answer<PowerAnswer>>
  task(host: string, upid: string): Promise<Answer<Task>>
  /** The session's open consoles: answered from memory, so that silence means something. */
  consoles(): Promise<Answer<ConsoleSummary[]>>
  closeConsole(id: string): Promise<Answer<unknown>>
}

/** `base` is the sub-path the server lives under: empty or like `/pve`. */
export function createApi(base: string, fetch: Fetch): Api {
  const call = <T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) =>
    ask<T>(fetch, method, `${base}/api${path}`, body)
  return {
    hosts: () => call('GET', '/hosts'),
    certificate: (host) => call('GET', `/hosts/${host}/certificate`),
    realms: (host) => call('GET', `/hosts/${host}/realms`),
    signIn: (host, body) => call('POST', `/hosts/${host}/session`, body),
    answerChallenge: (host, body) => call('POST', `/hosts/${host}/session/challenge`, body),
    startOpenId: (host, body) => call('POST', `/hosts/${host}/session/openid`, body),
    finishOpenId: (body) => call('POST', '/signin', body),
    session: () => call('GET', '/session'),
    stayActive: () => call('POST', '/session/activity', {}),
    ownSessions: () => call('GET', '/sessions'),
    endSession: (id) => call('DELETE', `/sessions/${id}`),
    signOut: (host) => call('DELETE', `/hosts/${host}/session`),
    signOutAll: () => call('DELETE', '/session'),
    guests: () => call('GET', '/guests'),
    events: (signal) => open(fetch, `${base}/api/events`, signal),
    guest: (host, vmid) => call('GET', `/hosts/${host}/guests/${vmid}`),
    power: (host, vmid, action) => call('POST', `/hosts/${host}/guests/${vmid}/power`, { action }),
    consoles: () => ask(fetch, 'GET', `${base}/api/consoles`, undefined, impatience),
    closeConsole: (id) => call('DELETE', `/consoles/${id}`),
    task: (host, upid) => call('GET', `/hosts/${host}/tasks/${encodeURIComponent(upid)}`),
  }
}

async function ask<T>(
  fetch: Fetch,
  method: string,
  url: string,
  body: unknown,
  limit = patience,
): Promise<Answer<T>> {
  let response: Response
  try {
    response = await fetch(url, {
      method,
      headers: method === 'GET' ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(limit),
    })
  } catch (cause) {
    // fetch says TypeError for no network and TimeoutError for too long: the person sees one thing.
    return { ok: false, error: new ApiError(0, 'network', String(cause)) }
  }
  const value = await readJson(response)
  if (!response.ok) {
    return { ok: false, error: problemOf(response, value) }
  }
  if (value === unreadable) {
    return { ok: false, error: new ApiError(response.status, 'unreadable', 'not JSON') }
  }
  return { ok: true, status: response.status, value: value as T }
}

/** A GET whose answer is read as it comes. */
async function open(
  fetch: Fetch,
  url: string,
  signal: AbortSignal,
): Promise<Answer<ReadableStream<Uint8Array>>> {
  let response: Response
  try {
    response = await fetch(url, { method: 'GET', signal })
  } catch (cause) {
    return { ok: false, error: new ApiError(0, 'network', String(cause)) }
  }
  if (!response.ok) return { ok: false, error: problemOf(response, await readJson(response)) }
  if (!response.body) {
    return { ok: false, error: new ApiError(response.status, 'unreadable', 'no body') }
  }
  return { ok: true, status: response.status, value: response.body }
}

const unreadable = Symbol('unreadable')

async function readJson(response: Response): Promise<unknown> {
  try {
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    // Not JSON, or cut off: said as such instead of guessed at.
    return unreadable
  }
}

function problemOf(response: Response, body: unknown): ApiError {
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const text = (key: string) => (typeof problem[key] === 'string' ? problem[key] : '')
  const after = Number(response.headers.get('retry-after') ?? 0)
  const code = text('code') || (response.status === 404 ? 'not_found' : 'unreadable')
  return new ApiError(
    response.status,
    code,
    text('detail'),
    text('id'),
    Number.isFinite(after) ? after : 0,
  )
}
