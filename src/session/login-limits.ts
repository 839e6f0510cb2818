/** How often sign-ins may be tried: enough for people, too seldom for guessing. */
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'

/** Milliseconds for which a failure of one person at one address counts. */
const PAIR_WINDOW = 300_000
/** Milliseconds for which a failure from one address counts, whoever it was for. */
const ADDRESS_WINDOW = 600_000
/** Failures from one address in that time; a household, or an office behind one address. */
const ADDRESS_FAILURES = 20
/** Milliseconds of the first refusal, doubled by each further one up to the longest. */
const FIRST_BLOCK = 60_000
const LONGEST_BLOCK = 900_000
/** Sign-ins toward one host in a second: its PAM has no limits of its own. */
const HOST_RATE = 10
/** Milliseconds that a sign-in waits for its turn at a host at most: twenty others are before it then. */
const HOST_PATIENCE = 2000
/** Pairs and addresses that are remembered; the longest unseen go first. */
const MAX_ENTRIES = 10_000

interface Entry {
  /** When each failure was counted. */
  failures: number[]
  blocks: number
  blockedUntil: number
}

/** A sign-in that was let through; exactly one of these says how it went. */
export interface LoginAttempt {
  succeeded(): void
  /** PVE refused it. */
  failed(): void
  /** PVE did not say: nothing is counted. */
  undecided(): void
}

export class LoginLimits {
  readonly #clock: Clock
  readonly #pairFailures: number
  readonly #pairs = new Map<string, Entry>()
  readonly #addresses = new Map<string, Entry>()
  /** When the latest sign-ins toward a host went or will go, oldest first, as many as fit in a second. */
  readonly #turns = new Map<string, number[]>()

  /** `pairFailures` in five minutes are what one person at one address has. */
  constructor(pairFailures: number, clock: Clock) {
    this.#pairFailures = pairFailures
    this.#clock = clock
  }

  /** Entries in memory. */
  get size(): number {
    return this.#pairs.size + this.#addresses.size
  }

  /**
   * Lets a sign-in through, after its turn at the host. It is counted as failed until it says otherwise, so
   * that many at once are not many free tries.
   *
   * `address` is an IP address or an IPv6 /64; `user` is as typed, and null where it is not known yet; `host`
   * is null where no host is to be asked. Throws Failure too_many_logins with the seconds to wait.
   */
  async admit(address: string, user: string | null, host: string | null): Promise<LoginAttempt> {
    const now = this.#clock.monotonic()
    const pairKey = `${address} ${user}`
    const pair = user === null ? null : this.#entry(this.#pairs, pairKey)
    const single = this.#entry(this.#addresses, address)
    if (pair) this.#require(pair, this.#pairFailures, PAIR_WINDOW, now)
    this.#require(single, ADDRESS_FAILURES, ADDRESS_WINDOW, now)
    const turn = host === null ? now : this.#takeTurn(host, now)
    const counted = pair ? [pair, single] : [single]
    for (const entry of counted) entry.failures.push(now)
    await this.#wait(turn - now)
    return {
      succeeded: () => {
        takeBack(single, now)
        if (pair) this.#pairs.delete(pairKey)
      },
      failed: () => {},
      undecided: () => {
        for (const entry of counted) takeBack(entry, now)
      },
    }
  }

  /** Waits for a turn at a host for somebody who was let through before. Throws as `admit` does. */
  async turn(host: string): Promise<void> {
    const now = this.#clock.monotonic()
    await this.#wait(this.#takeTurn(host, now) - now)
  }

  async #wait(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((go) => this.#clock.schedule(go, ms))
  }

  #require(entry: Entry, limit: number, window: number, now: number): void {
    entry.failures = entry.failures.filter((at) => now - at < window)
    // Who has kept quiet for as long again begins anew.
    if (now - entry.blockedUntil > window) entry.blocks = 0
    if (entry.failures.length >= limit) {
      entry.blockedUntil = now + Math.min(FIRST_BLOCK * 2 ** entry.blocks, LONGEST_BLOCK)
      entry.blocks++
      entry.failures = []
    }
    if (entry.blockedUntil <= now) return
    throw tooMany((entry.blockedUntil - now) / 1000)
  }

  #takeTurn(host: string, now: number): number {
    const turns = this.#turns.get(host) ?? []
    const tenthLast = turns.length < HOST_RATE ? Number.NEGATIVE_INFINITY : (turns[0] as number)
    const turn = Math.max(now, tenthLast + 1000)
    if (turn - now > HOST_PATIENCE) throw tooMany((turn - now) / 1000)
    this.#turns.set(host, [...turns, turn].slice(-HOST_RATE))
    return turn
  }

  /** The entry, made the newest; the map's order is that of use. */
  #entry(entries: Map<string, Entry>, key: string): Entry {
    const entry = entries.get(key) ?? {
      failures: [],
      blocks: 0,
      blockedUntil: Number.NEGATIVE_INFINITY,
    }
    entries.delete(key)
    entries.set(key, entry)
    const oldest = entries.keys().next()
    if (entries.size > MAX_ENTRIES && !oldest.done) entries.delete(oldest.value)
    return entry
  }
}

function takeBack(entry: Entry, at: number): void {
  const index = entry.failures.indexOf(at)
  if (index >= 0) entry.failures.splice(index, 1)
}

function tooMany(seconds: number): Failure {
  return new Failure('too_many_logins', { retryAfter: Math.max(1, Math.ceil(seconds)) })
}
