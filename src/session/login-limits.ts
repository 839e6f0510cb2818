/** How often sign-ins may be tried: enough for people, too seldom for guessing. */
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { SignInTurns } from './sign-in-turns.ts'

/** Milliseconds for which a failure of one person at one address counts. */
const PAIR_WINDOW = 300_000
/** Milliseconds for which a failure from one address counts, whoever it was for. */
const ADDRESS_WINDOW = 600_000
/** Failures from one address in that time; a household, or an office behind one address. */
const ADDRESS_FAILURES = 20
/** Milliseconds of the first refusal, doubled by each further one up to the longest. */
const FIRST_BLOCK = 60_000
const LONGEST_BLOCK = 900_000
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

export interface LoginCaps {
  /** Failures that one person at one address has in five minutes. */
  readonly loginFailures: number
}

export class LoginLimits {
  readonly #clock: Clock
  readonly #caps: LoginCaps
  readonly #pairs = new Map<string, Entry>()
  readonly #addresses = new Map<string, Entry>()
  readonly #turns = new Map<string, SignInTurns>()

  constructor(caps: LoginCaps, clock: Clock) {
    this.#caps = caps
    this.#clock = clock
  }

  /** Entries in memory. */
  get size(): number {
    return this.#pairs.size + this.#addresses.size
  }

  /**
   * Lets a sign-in through. It is counted as failed until it says otherwise, so that many at once are not
   * many free tries.
   *
   * `address` is an IP address or an IPv6 /64; `user` is as typed, and null where it is not known yet. Throws
   * Failure too_many_logins with the seconds to wait.
   */
  admit(address: string, user: string | null): LoginAttempt {
    const now = this.#clock.monotonic()
    // PVE does not mind how a realm is written.
    const pairKey = `${address} ${user?.toLowerCase()}`
    const pair = user === null ? null : this.#entry(this.#pairs, pairKey)
    const single = this.#entry(this.#addresses, address)
    if (pair) this.#require(pair, this.#caps.loginFailures, PAIR_WINDOW, now)
    this.#require(single, ADDRESS_FAILURES, ADDRESS_WINDOW, now)
    const counted = pair ? [pair, single] : [single]
    for (const entry of counted) entry.failures.push(now)
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

  /** Runs a sign-in that was let through at its turn at the host. Throws as `SignInTurns.run` does. */
  atHost<T>(host: string, address: string, call: () => Promise<T>): Promise<T> {
    const turns = this.#turns.get(host) ?? new SignInTurns(this.#clock)
    this.#turns.set(host, turns)
    return turns.run(address, call)
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
    const retryAfter = Math.max(1, Math.ceil((entry.blockedUntil - now) / 1000))
    throw new Failure('too_many_logins', { retryAfter })
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
