/**
 * An identity provider as PVE's OpenID realms lead to: discovery, a page to sign in on, tokens, keys.
 *
 * OpenID Connect Core 1.0 with the code flow, PKCE (RFC 7636) and one confidential client. A code is good once, for a
 * minute, with the redirect address it was made for; a redirect address that is not registered gets an error page.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { LabProvider, ProviderSettings } from './lab.ts'

/** Milliseconds that a code can be exchanged. */
const codeLifetime = 60_000
/** Seconds that a token is good. */
const tokenLifetime = 300
const keyId = 'lab-1'

/** What a code stands for. */
interface Grant {
  readonly person: string
  readonly redirect: string
  readonly nonce: string
  readonly challenge: string
  readonly expires: number
}

interface Reply {
  readonly status: number
  readonly type?: string
  readonly body?: string
  readonly location?: string
}

type Keys = Awaited<ReturnType<typeof generateKeyPair>>

export class IdentityProvider implements LabProvider {
  readonly redirects = new Set<string>()
  readonly people = ['mina', 'nils', 'dora'] as const
  readonly codes: string[] = []
  readonly settings: ProviderSettings = { down: false, flaw: undefined }
  readonly clientId = 'pve'
  readonly clientSecret = randomBytes(24).toString('hex')
  readonly #keys: Keys
  /** Signs what its own key ring does not know. */
  readonly #strangeKeys: Keys
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #grants = new Map<string, Grant>()
  readonly #accessTokens = new Map<string, string>()

  private constructor(keys: Keys, strangeKeys: Keys) {
    this.#keys = keys
    this.#strangeKeys = strangeKeys
  }

  static async start(): Promise<IdentityProvider> {
    const [keys, strangeKeys] = await Promise.all([makeKeys(), makeKeys()])
    const provider = new IdentityProvider(keys, strangeKeys)
    provider.#server.listen(0, '127.0.0.1')
    await once(provider.#server, 'listening')
    return provider
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer)
    const form = new URLSearchParams(await textOf(request))
    const { status, type, body, location } = await this.#answer(request, url, form)
    const headers: Record<string, string> = { 'Cache-Control': 'no-store' }
    if (type) headers['Content-Type'] = type
    if (location) headers.Location = location
    response.writeHead(status, headers).end(body)
  }

  async #answer(request: IncomingMessage, url: URL, form: URLSearchParams): Promise<Reply> {
    if (this.settings.down) return { status: 503 }
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /.well-known/openid-configuration':
        return json(200, this.#discovery())
      case 'GET /keys':
        return json(200, { keys: [await publicKey(this.#keys)] })
      case 'GET /authorize':
        return this.#showForm(url.searchParams)
      case 'POST /authorize':
        return this.#decide(form)
      case 'POST /token':
        return this.#exchange(request.headers.authorization ?? '', form)
      case 'GET /userinfo':
        return this.#describe(request.headers.authorization ?? '')
      default:
        return { status: 404 }
    }
  }

  #discovery(): object {
    const { issuer } = this
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
      code_challenge_methods_supported: ['S256'],
    }
  }

  /** Why an authorisation request is refused with a page, for nobody knows whom to send back to. */
  #refusal(asked: URLSearchParams): string | undefined {
    if (asked.get('client_id') !== this.clientId) return 'unknown client'
    if (!this.redirects.has(asked.get('redirect_uri') ?? '')) return 'unregistered redirect_uri'
    if (asked.get('response_type') !== 'code') return 'unsupported response_type'
    if (!(asked.get('scope') ?? '').split(' ').includes('openid')) return 'no openid scope'
    if (!asked.get('nonce') || !asked.get('state')) return 'no nonce or state'
    if (asked.get('code_challenge_method') !== 'S256') return 'no PKCE'
    return /^[\w-]{43}$/.test(asked.get('code_challenge') ?? '') ? undefined : 'no PKCE'
  }

  #showForm(asked: URLSearchParams): Reply {
    const refusal = this.#refusal(asked)
    if (refusal) return page(400, 'This request cannot be answered', `<p>${refusal}</p>`)
    const kept = [...asked].map(([name, value]) => hidden(name, value)).join('')
    const buttons = this.people.map(
      (person) => `<button name="person" value="${person}">Sign in as ${person}</button>`,
    )
    const cancel = '<button name="person" value="">Cancel</button>'
    const form = `<form method="post" action="/authorize">${kept}${buttons.join('')}${cancel}</form>`
    return page(200, 'Lab identity provider', form)
  }

  #decide(form: URLSearchParams): Reply {
    const refusal = this.#refusal(form)
    if (refusal) return page(400, 'This request cannot be answered', `<p>${refusal}</p>`)
    const person = form.get('person') ?? ''
    const redirect = form.get('redirect_uri') ?? ''
    const back = new URL(redirect)
    back.searchParams.set('state', form.get('state') ?? '')
    if (person === '') {
      back.searchParams.set('error', 'access_denied')
      back.searchParams.set('error_description', '<b>Mr Lab</b> pressed "Cancel".')
      return { status: 303, location: back.href }
    }
    if (!(this.people as readonly string[]).includes(person)) return { status: 403 }
    const code = randomBytes(32).toString('base64url')
    this.codes.push(code)
    this.#grants.set(code, {
      person,
      redirect,
      nonce: form.get('nonce') ?? '',
      challenge: form.get('code_challenge') ?? '',
      expires: Date.now() + codeLifetime,
    })
    back.searchParams.set('code', code)
    return { status: 303, location: back.href }
  }

  async #exchange(authorization: string, form: URLSearchParams): Promise<Reply> {
    const basic = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')
    if (authorization !== `Basic ${basic}`) return json(401, { error: 'invalid_client' })
    if (form.get('grant_type') !== 'authorization_code') {
      return json(400, { error: 'unsupported_grant_type' })
    }
    const code = form.get('code') ?? ''
    const grant = this.#grants.get(code)
    this.#grants.delete(code)
    const verifier = form.get('code_verifier') ?? ''
    const good =
      grant !== undefined &&
      grant.expires > Date.now() &&
      grant.redirect === form.get('redirect_uri') &&
      grant.challenge === createHash('sha256').update(verifier).digest('base64url')
    if (!good) return json(400, { error: 'invalid_grant' })
    const accessToken = randomBytes(24).toString('base64url')
    this.#accessTokens.set(accessToken, grant.person)
    return json(200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: tokenLifetime,
      id_token: await this.#idToken(grant),
    })
  }

  #idToken(grant: Grant): Promise<string> {
    const { flaw } = this.settings
    const now = Math.floor(Date.now() / 1000) - (flaw === 'expired' ? 2 * tokenLifetime : 0)
    const { privateKey } = flaw === 'key' ? this.#strangeKeys : this.#keys
    return new SignJWT({
      ...claimsOf(grant.person),
      nonce: flaw === 'nonce' ? 'another' : grant.nonce,
    })
      .setProtectedHeader({ alg: 'RS256', kid: keyId })
      .setIssuer(flaw === 'issuer' ? 'http://127.0.0.1:1' : this.issuer)
      .setAudience(flaw === 'audience' ? 'another' : this.clientId)
      .setIssuedAt(now)
      .setExpirationTime(now + tokenLifetime)
      .sign(privateKey)
  }

  #describe(authorization: string): Reply {
    const person = this.#accessTokens.get(authorization.replace(/^Bearer /, ''))
    return person === undefined ? { status: 401 } : json(200, claimsOf(person))
  }
}

function claimsOf(person: string): { sub: string; preferred_username: string; email: string } {
  return { sub: `lab-${person}`, preferred_username: person, email: `${person}@lab.example` }
}

function makeKeys(): Promise<Keys> {
  return generateKeyPair('RS256', { extractable: true })
}

async function publicKey({ publicKey }: Keys): Promise<object> {
  return { ...(await exportJWK(publicKey)), kid: keyId, use: 'sig', alg: 'RS256' }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

function json(status: number, value: object): Reply {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

function page(status: number, title: string, content: string): Reply {
  const body = `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${content}`
  return { status, type: 'text/html; charset=utf-8', body }
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

/**
 * Signs a person in without a browser: opens the page, presses the button of that name ('' cancels) and answers the
 * address it leads back to. Throws where the provider shows an error page.
 */
export async function signInAtProvider(url: string, person: string): Promise<URL> {
  const shown = await fetch(url)
  if (shown.status !== 200) throw new Error(`the provider's page: ${shown.status}`)
  const fields = [
    ...(await shown.text()).matchAll(/<input type="hidden" name="(.*?)" value="(.*?)">/g),
  ]
  const form = new URLSearchParams(
    fields.map(([, name = '', value = '']) => [name, unescapeHtml(value)]),
  )
  form.set('person', person)
  const body = form.toString()
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const target = new URL('/authorize', url)
  const answer = await fetch(target, { method: 'POST', body, headers, redirect: 'manual' })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`the provider sends nobody back: ${answer.status}`)
  return new URL(location)
}

function unescapeHtml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
