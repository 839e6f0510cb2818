/**
 * PVE's side of its OpenID realms: where to send people, and who they are when they come back.
 *
 * What is waited for is kept by the node that was asked, in a file of its own (here: a list of its own): ten minutes,
 * about a hundred for each realm, each once. The other nodes of the cluster know nothing of it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { LabClock } from './clock.ts'
import type { IdentityProvider } from './identity-provider.ts'
import type { OpenIdRealm } from './lab.ts'

/** Seconds. */
const stateLifetime = 600
/** PVE looks whether there are more than that many, and then adds one. */
const pendingLimit = 100

interface Pending {
  readonly csrfToken: string
  readonly nonce: string
  readonly verifier: string
  readonly made: number
}

interface Discovery {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly userinfo_endpoint: string
  readonly jwks_uri: string
}

export class OpenIdDesk {
  readonly realms: readonly OpenIdRealm[]
  readonly #provider: IdentityProvider
  readonly #clock: LabClock
  /** By node and realm. */
  readonly #pending = new Map<string, Pending[]>()

  constructor(realms: readonly OpenIdRealm[], provider: IdentityProvider, clock: LabClock) {
    this.realms = realms
    this.#provider = provider
    this.#clock = clock
  }

  /** What the provider knows this host by. */
  credentials(): string[] {
    return this.realms.length > 0 ? [this.#provider.clientSecret] : []
  }

  /** The address to send a person to. Throws what PVE answers 500 with. */
  async authUrl(node: string, realm: string, redirect: string): Promise<string> {
    const { authorization_endpoint } = await this.#discover(redirect)
    const entry: Pending = {
      csrfToken: randomText(),
      nonce: randomText(),
      verifier: randomBytes(32).toString('base64url'),
      made: this.#clock.seconds(),
    }
    const key = `${node}/${realm}`
    const waiting = this.#waiting(key)
    if (waiting.length > pendingLimit) {
      throw new Error(`too many pending openid auth request for realm ${realm}`)
    }
    this.#pending.set(key, [...waiting, entry])
    const url = new URL(authorization_endpoint)
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.#provider.clientId,
      state: JSON.stringify({ csrf_token: entry.csrfToken, realm }),
      code_challenge: createHash('sha256').update(entry.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      redirect_uri: redirect,
      scope: 'openid email profile',
      nonce: entry.nonce,
      display: 'page',
    }).toString()
    return url.href
  }

  /** Who came back, as the realm calls them. Throws for every reason that PVE answers 401 for. */
  async signIn(node: string, state: string, code: string, redirect: string): Promise<string> {
    const { csrf_token, realm } = JSON.parse(state) as { csrf_token: string; realm: string }
    const key = `${node}/${realm}`
    const waiting = this.#waiting(key)
    const entry = waiting.find(({ csrfToken }) => csrfToken === csrf_token)
    if (!entry) throw new Error('no openid auth state found (possible timeout)')
    this.#pending.set(
      key,
      waiting.filter((each) => each !== entry),
    )
    const discovery = await this.#discover(redirect)
    const tokens = await this.#redeem(discovery, code, entry.verifier, redirect)
    const claims = await this.#verify(discovery, tokens.id_token, entry.nonce)
    const more = await getJson(discovery.userinfo_endpoint, `Bearer ${tokens.access_token}`)
    if ((more as JWTPayload).sub !== claims.sub) throw new Error('userinfo of somebody else')
    const claim = this.realms.find((each) => each.realm === realm)?.usernameClaim ?? 'sub'
    const name = { ...claims, ...more }[claim]
    if (typeof name !== 'string') throw new Error(`missing configured claim '${claim}'`)
    return `${name}@${realm}`
  }

  /** What has not expired, of one node and realm. */
  #waiting(key: string): Pending[] {
    const now = this.#clock.seconds()
    return (this.#pending.get(key) ?? []).filter(({ made }) => made + stateLifetime >= now)
  }

  /** PVE asks for it each time, and checks the redirect address on the way. */
  async #discover(redirect: string): Promise<Discovery> {
    if (!URL.canParse(redirect)) throw new Error('invalid redirect URL')
    const address = `${this.#provider.issuer}/.well-known/openid-configuration`
    return (await getJson(address)) as Discovery
  }

  async #redeem(
    { token_endpoint }: Discovery,
    code: string,
    verifier: string,
    redirect: string,
  ): Promise<{ id_token: string; access_token: string }> {
    const { clientId, clientSecret } = this.#provider
    const answer = await fetch(token_endpoint, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: redirect,
      }),
    })
    if (answer.status !== 200) throw new Error(`the provider refused the code: ${answer.status}`)
    return (await answer.json()) as { id_token: string; access_token: string }
  }

  async #verify({ jwks_uri }: Discovery, token: string, nonce: string): Promise<JWTPayload> {
    const keys = createLocalJWKSet((await getJson(jwks_uri)) as JSONWebKeySet)
    const { payload } = await jwtVerify(token, keys, {
      issuer: this.#provider.issuer,
      audience: this.#provider.clientId,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat', 'sub'],
    })
    if (payload.nonce !== nonce) throw new Error('another nonce')
    return payload
  }
}

function randomText(): string {
  return randomBytes(16).toString('base64url')
}

async function getJson(url: string, authorization?: string): Promise<object> {
  const headers: Record<string, string> = authorization ? { Authorization: authorization } : {}
  const answer = await fetch(url, { headers })
  if (answer.status !== 200) throw new Error(`${new URL(url).pathname}: ${answer.status}`)
  return (await answer.json()) as object
}
