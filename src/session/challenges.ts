/** Sign-ins that wait for their second factor. */
import type { Clock } from '../clock.ts'
import type { Host } from '../pve/host.ts'
import { randomId } from './token.ts'
import { Waiting } from './waiting.ts'

/** Five minutes, and a thousand of everybody. */
const LIMITS = { lifetime: 300_000, most: 1000 }
/** Answers that one challenge takes; PVE locks the factor after eight wrong ones. */
const MAX_TRIES = 5

export interface Challenge {
  readonly host: Host
  readonly user: string
  /** PVE's half-ticket: good for nothing but the second step. */
  readonly ticket: string
}

/** One answer that may be given. */
export interface ChallengeTry extends Challenge {
  /** The answer was right. False when another one has been right meanwhile: a challenge is met once. */
  met(): boolean
}

interface Pending extends Challenge {
  tries: number
  isMet: boolean
}

export class Challenges {
  readonly #pending: Waiting<Pending>

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#pending = new Waiting(clock, LIMITS)
  }

  /** Keeps a half-done sign-in for a browser and returns the id to answer it under. */
  add(browser: string, challenge: Challenge): string {
    const id = randomId()
    this.#pending.add(id, browser, { ...challenge, tries: 0, isMet: false })
    return id
  }

  /** Counts a try; null when there is nothing to answer here, or not once more. */
  attempt(id: string, browser: string, host: Host): ChallengeTry | null {
    const pending = this.#pending.find(id, browser)
    if (!pending || pending.host !== host) return null
    if (++pending.tries >= MAX_TRIES) this.#pending.take(id, browser)
    const met = (): boolean => {
      this.#pending.take(id, browser)
      if (pending.isMet) return false
      pending.isMet = true
      return true
    }
    const { user, ticket } = pending
    return { host, user, ticket, met }
  }
}
