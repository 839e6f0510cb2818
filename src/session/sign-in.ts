/** A user's sign-in on one host: PVE's ticket, kept alive as long as PVE renews it. */
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { readVersion, requestTicket } from '../pve/api.ts'
import { type Identity, PveRefusal } from '../pve/call.ts'
import type { Host } from '../pve/host.ts'
import { TICKET_LIFE } from '../pve/ticket.ts'
import { Inventory } from './inventory.ts'

/** The first wait after a renewal that failed on the way, as a share of a ticket's life: a minute of two hours. */
const FIRST_RETRY = 1 / 120
/** The longest wait between tries: they double up to eight minutes of two hours. */
const LONGEST_RETRY = 1 / 15
/**
 * Share by which waits are longer than they have to be, each by another, so that neither a busy morning nor
 * an outage is repeated by all at once.
 */
const JITTER = 0.1

export interface SignInOptions {
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  /** Called once, when PVE refuses to go on with this user. */
  readonly onLost: (signIn: SignIn) => void
}

export class SignIn {
  readonly host: Host
  readonly user: string
  /** What PVE shows to this user. */
  readonly inventory: Inventory
  readonly #options: SignInOptions
  #identity: Identity
  #issued: number
  /** Tries of the renewal that failed on the way, since one has not. */
  #failures = 0
  #renewing: Promise<void> | null = null
  #version: Promise<string | undefined> | undefined
  #cancel: () => void = () => {}
  #over = false

  constructor(host: Host, user: string, identity: Identity, options: SignInOptions) {
    this.host = host
    this.user = user
    this.#options = options
    this.#identity = identity
    this.#issued = options.clock.monotonic()
    this.inventory = new Inventory(host, (run) => this.use(run), options.clock)
    this.#scheduleAtHalfLife()
  }

  /**
   * Runs calls with the ticket; where PVE does not accept it, renews it and runs them once more.
   *
   * Throws Failure session_expired when PVE accepts neither, and what `run` throws.
   */
  async use<T>(run: (identity: Identity) => Promise<T>): Promise<T> {
    if (this.#over) throw new Failure('session_expired')
    const used = this.#identity
    try {
      return await run(used)
    } catch (error) {
      if (!isUnauthorized(error)) throw error
    }
    // Somebody else may have renewed it while this call was under way.
    if (this.#identity === used) await this.renew()
    try {
      return await run(this.#identity)
    } catch (error) {
      if (!isUnauthorized(error)) throw error
      this.#lose()
      throw new Failure('session_expired', { cause: error })
    }
  }

  /** PVE's version, undefined while it cannot be had. */
  version(): Promise<string | undefined> {
    this.#version ??= this.use((identity) => readVersion(this.host, identity)).catch(() => {
      // A version is a nicety: it is asked for again next time.
      this.#version = undefined
      return undefined
    })
    return this.#version
  }

  /** Exchanges the ticket for a new one; callers at the same time share one exchange. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null
    })
    return this.#renewing
  }

  /** Forgets the ticket. PVE has no way to revoke it; it ends within two hours. */
  end(): void {
    this.#over = true
    this.#cancel()
    this.#identity = { ticket: '', csrf: '' }
  }

  async #renew(): Promise<void> {
    this.#cancel()
    try {
      await this.#exchange()
    } catch (error) {
      if (!isRefused(error)) return this.#retryLater(error)
      try {
        // PVE's answer is the same for a passing fault of its user database.
        await this.#exchange()
      } catch (again) {
        if (!isRefused(again)) return this.#retryLater(again)
        this.#lose()
        throw new Failure('session_expired', { cause: again })
      }
    }
    this.#scheduleAtHalfLife()
  }

  async #exchange(): Promise<void> {
    if (this.#over) throw new Failure('session_expired')
    const answer = await requestTicket(this.host, this.user, this.#identity.ticket)
    if (this.#over) throw new Failure('session_expired')
    if (answer.kind !== 'ticket') throw new Failure('login_failed')
    this.#identity = answer.identity
    this.#issued = this.#options.clock.monotonic()
    this.#failures = 0
  }

  /**
   * The old ticket is good until its end; only the caller's own call has failed. After its end nothing is
   * tried by itself: the next call asks PVE, which says whether that was the end of the sign-in.
   */
  #retryLater(error: unknown): never {
    const life = this.#life
    const left = this.#issued + life - this.#options.clock.monotonic()
    const first = FIRST_RETRY * life
    const wait = Math.min(first * 2 ** this.#failures++, LONGEST_RETRY * life, left / 2)
    if (left > first) this.#schedule(wait)
    throw error
  }

  #scheduleAtHalfLife(): void {
    this.#schedule(this.#life / 2)
  }

  get #life(): number {
    return this.#identity.life ?? TICKET_LIFE
  }

  /** Renews in about `ms`. */
  #schedule(ms: number): void {
    if (this.#over) return
    const spread = 1 + JITTER * this.#options.random()
    this.#cancel = this.#options.clock.schedule(() => {
      // Its outcome is kept in this object; nobody waits for this one.
      this.renew().catch(() => {})
    }, ms * spread)
  }

  #lose(): void {
    if (this.#over) return
    this.end()
    this.#options.onLost(this)
  }
}

function isUnauthorized(error: unknown): boolean {
  // The same status for a console's own ticket says nothing about the sign-in.
  return error instanceof PveRefusal && error.status === 401 && !error.reason.includes('PVEVNC')
}

function isRefused(error: unknown): boolean {
  return error instanceof Failure && error.code === 'login_failed'
}
