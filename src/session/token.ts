/** The session cookie's content: a JWT that names a session and says nothing else (RFC 7519, RFC 8725). */
import { randomBytes } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'

const ISSUER = 'pve-console'
const AUDIENCE = 'pve-console'
const TYPE = 'pve-console-session+jwt'

/** jose tolerates padding and spaces that RFC 7515 does not allow, so the form is checked first. */
const FORM = /^[A-Za-z0-9_-]{1,400}\.[A-Za-z0-9_-]{1,800}\.[A-Za-z0-9_-]{43}$/
/** Header fields through which a token could name its own key. */
const FORBIDDEN = ['jku', 'jwk', 'x5u', 'x5c', 'kid', 'crit', 'zip'] as const

/** A token that this process signed. Only the session store knows whether its session lives. */
export interface SessionToken {
  readonly sid: string
}

export class TokenSigner {
  readonly #key = randomBytes(32)
  readonly #clock: Pick<Clock, 'wall'>

  /** The key is made here and dies with the process. */
  constructor(clock: Pick<Clock, 'wall'>) {
    this.#clock = clock
  }

  /** A token for a session that ends `lifetime` milliseconds from now at the latest. */
  sign(sid: string, lifetime: number): Promise<string> {
    const now = Math.floor(this.#clock.wall() / 1000)
    return new SignJWT({ sid })
      .setProtectedHeader({ alg: 'HS256', typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(now + Math.ceil(lifetime / 1000))
      .sign(this.#key)
  }

  /**
   * The session that a token names, or null unless this process signed it.
   *
   * A token past its date still names its session: who holds it may be told that it is over.
   */
  async verify(token: string): Promise<SessionToken | null> {
    if (!FORM.test(token)) return null
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['iat', 'exp', 'sid'],
        clockTolerance: 30,
        currentDate: new Date(this.#clock.wall()),
      })
      if (FORBIDDEN.some((field) => field in protectedHeader)) return null
      return readSid(payload.sid)
    } catch (error) {
      if (error instanceof errors.JWTExpired) return readSid(error.payload.sid)
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }
}

function readSid(sid: unknown): SessionToken | null {
  return typeof sid === 'string' && /^[A-Za-z0-9_-]{22}$/.test(sid) ? { sid } : null
}

/** 128 random bits as 22 characters: for sessions, challenges and consoles. */
export function randomId(): string {
  return randomBytes(16).toString('base64url')
}
