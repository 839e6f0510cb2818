/**
 * The opening of RFB 3.8 (RFC 6143 section 7.1) toward both ends, as machines over bytes.
 *
 * Toward PVE this server answers VNC Authentication; toward the browser it offers security type None. So
 * the password never leaves the server, and what follows the handshake can be passed on untouched.
 */
import { ByteQueue } from './byte-queue.ts'
import { answerChallenge } from './vnc-auth.ts'

const VERSION = new TextEncoder().encode('RFB 003.008\n')
const NONE = 1
const VNC_AUTHENTICATION = 2

/** Longest reason a server may give; QEMU's has 22 bytes. */
const LIMIT = 4096

/** Why a handshake failed: `refused` is the password's case and worth a second try, the others are not. */
export class RfbError extends Error {
  override readonly name = 'RfbError'
  readonly kind: 'version' | 'security' | 'refused' | 'too_long'
  constructor(kind: RfbError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

/** One side of the handshake. */
export interface RfbHandshake {
  /**
   * Takes bytes that arrived and returns what to send, or null for nothing.
   * Throws RfbError, also when the peer sends more than a handshake can have.
   */
  read(bytes: Uint8Array): Uint8Array | null
  readonly done: boolean
  /** What arrived behind the handshake; empties it. */
  takeRest(): Uint8Array
}

type Step = () => Uint8Array | null

abstract class Handshake implements RfbHandshake {
  protected readonly queue = new ByteQueue(LIMIT)
  /** The step that waits for bytes: it returns null and stays when there are too few. */
  protected step: Step | null = null

  get done(): boolean {
    return this.step === null
  }

  read(bytes: Uint8Array): Uint8Array | null {
    try {
      return this.#advance(bytes)
    } catch (error) {
      if (error instanceof RangeError) throw new RfbError('too_long', error.message)
      throw error
    }
  }

  #advance(bytes: Uint8Array): Uint8Array | null {
    this.queue.push(bytes)
    const out: number[] = []
    while (this.step) {
      const answer = this.step()
      if (!answer) break
      out.push(...answer)
    }
    return out.length > 0 ? Uint8Array.from(out) : null
  }

  takeRest(): Uint8Array {
    return this.queue.takeAll()
  }
}

const NOTHING = new Uint8Array()

/** The client's side, toward QEMU or vncterm: done when the server accepted the password. */
export class PveHandshake extends Handshake {
  readonly #password: string

  /** The password's first eight characters count. */
  constructor(password: string) {
    super()
    this.#password = password
    this.step = this.#version
  }

  readonly #version: Step = () => {
    const version = this.queue.take(VERSION.length)
    if (!version) return null
    if (!equal(version, VERSION)) throw new RfbError('version', 'the screen does not speak RFB 3.8')
    this.step = this.#types
    return VERSION
  }

  readonly #types: Step = () => {
    const count = this.queue.take(1)?.[0]
    if (count === undefined) return null
    this.step = count === 0 ? this.#reason : this.#choice(count)
    return NOTHING
  }

  #choice(count: number): Step {
    return () => {
      const types = this.queue.take(count)
      if (!types) return null
      if (types.includes(VNC_AUTHENTICATION)) {
        this.step = this.#challenge
        return Uint8Array.of(VNC_AUTHENTICATION)
      }
      if (!types.includes(NONE)) {
        throw new RfbError('security', `the screen offers only security types ${types.join(', ')}`)
      }
      this.step = this.#result
      return Uint8Array.of(NONE)
    }
  }

  readonly #challenge: Step = () => {
    const challenge = this.queue.take(16)
    if (!challenge) return null
    this.step = this.#result
    return answerChallenge(challenge, this.#password)
  }

  readonly #result: Step = () => {
    const result = this.queue.take(4)
    if (!result) return null
    this.step = result.every((byte) => byte === 0) ? null : this.#reason
    return NOTHING
  }

  readonly #reason: Step = () => {
    const reason = this.queue.takeCounted()
    if (!reason) return null
    throw new RfbError('refused', new TextDecoder().decode(reason).replace(/[^\x20-\x7e]/g, ''))
  }
}

/** The server's side, toward the browser: done when its ClientInit has come, which is swallowed. */
export class BrowserHandshake extends Handshake {
  constructor() {
    super()
    this.step = this.#version
  }

  /** What to send before anything has arrived. */
  get greeting(): Uint8Array {
    return VERSION
  }

  readonly #version: Step = () => {
    const version = this.queue.take(VERSION.length)
    if (!version) return null
    if (!equal(version, VERSION))
      throw new RfbError('version', 'the browser does not speak RFB 3.8')
    this.step = this.#choice
    return Uint8Array.of(1, NONE)
  }

  readonly #choice: Step = () => {
    const choice = this.queue.take(1)?.[0]
    if (choice === undefined) return null
    if (choice !== NONE) throw new RfbError('security', `the browser chose security type ${choice}`)
    this.step = this.#clientInit
    return Uint8Array.of(0, 0, 0, 0)
  }

  readonly #clientInit: Step = () => {
    if (!this.queue.take(1)) return null
    this.step = null
    return NOTHING
  }
}

/** ClientInit with the shared flag: without it QEMU throws every other viewer out. */
export const SHARED_CLIENT_INIT: Uint8Array = Uint8Array.of(1)

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
