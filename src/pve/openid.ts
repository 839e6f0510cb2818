/** Sign-in through the identity provider of a realm of type openid. */
import { Failure } from '../errors.ts'
import type { SignInAnswer } from './api.ts'
import { apiPath, PveRefusal, post } from './call.ts'
import type { Host } from './host.ts'
import type { Place } from './http-client.ts'
import { OpenIdUrl, TicketAnswer } from './schemas.ts'
import { identityOf } from './ticket.ts'

/** Characters of a state that PVE takes back. */
const MAX_STATE = 1024

/** A person has been sent to the identity provider. */
export interface OpenIdStart {
  readonly url: string
  /** Names this sign-in; the provider sends it back. */
  readonly state: string
  /** PVE keeps what it waits for on the node that was asked (PVE 7 to 9): the second call goes there. */
  readonly place: Place
}

/** What the provider sent back. */
export interface OpenIdReturn {
  readonly state: string
  readonly code: string
}

/**
 * Asks PVE for the address of the identity provider. PVE asks the provider itself before it answers, and
 * waits ten minutes for about a hundred people at a time.
 *
 * `redirect` has 255 characters at most. Throws Failure openid_unavailable where PVE refuses, whatever the
 * reason: realms that do not exist, are of another kind, or whose provider cannot be reached.
 */
export async function startOpenId(
  host: Host,
  realm: string,
  redirect: string,
): Promise<OpenIdStart> {
  try {
    const { data, url, address } = await post(host, {
      path: apiPath('access', 'openid', 'auth-url'),
      lane: 'sign-in',
      parameters: { realm, 'redirect-url': redirect },
      answer: OpenIdUrl,
    })
    return { ...readProviderUrl(data), place: { url, address } }
  } catch (error) {
    if (!(error instanceof PveRefusal)) throw error
    throw new Failure('openid_unavailable', { cause: error })
  }
}

/**
 * The provider's address and the state in it. A browser is sent there, so it has to be https; plain http is
 * taken on this machine alone.
 */
function readProviderUrl(text: string): { url: string; state: string } {
  const url = URL.parse(text)
  const states = url?.searchParams.getAll('state') ?? []
  const [state = ''] = states
  const isOneState = states.length === 1 && state.length > 0 && state.length <= MAX_STATE
  if (!url || !isOneState || url.username !== '' || url.password !== '') {
    throw new Failure('pve_error', {
      detail: 'The host’s answer has an unexpected form.',
      cause: new Error('the address of the identity provider'),
    })
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isThisMachine(url.hostname))) {
    throw new Failure('openid_unavailable', {
      detail: 'The identity provider of this realm has no https address.',
    })
  }
  return { url: url.href, state }
}

/** The URL parser has one way of writing each address. */
function isThisMachine(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

/**
 * Exchanges what the provider sent back for a ticket, at the place where the sign-in began.
 *
 * Throws Failure login_failed for every refusal: PVE says why only in its log.
 */
export async function finishOpenId(
  host: Host,
  { state, code }: OpenIdReturn,
  redirect: string,
  place: Place,
): Promise<SignInAnswer> {
  try {
    const answer = await post(host, {
      path: apiPath('access', 'openid', 'login'),
      lane: 'sign-in',
      at: place,
      parameters: { state, code, 'redirect-url': redirect },
      answer: TicketAnswer,
    })
    return { kind: 'ticket', user: answer.data.username, identity: identityOf(answer) }
  } catch (error) {
    if (!(error instanceof PveRefusal) || (error.status !== 401 && error.status !== 400))
      throw error
    throw new Failure('login_failed', {
      detail: 'Proxmox VE did not accept what the identity provider said.',
      hint: 'Ask whoever manages Proxmox VE whether your account may sign in.',
      cause: error,
    })
  }
}
