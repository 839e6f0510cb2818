/** Sign-ins that wait for their second factor. */
import type { Clock } from '../clock.ts'
import type { Host } from '../pve/host.ts'
import { randomId } from './token.ts'

/** Milliseconds that a half-done sign-in is kept. */
const LIFETIME = 300_000
/** Answers that one challenge takes; PVE locks the factor after eight wrong ones. */
const MAX_TRIES = 5
/** Half-done sign-ins at a time, of everybody; the oldest goes first. */
const MAX_PENDING = 1000

export interface Challenge {
  readonly host: Host
  readonly user: string
  /** PVE's half-ticket: good for nothing but the second step. */
  readonly ticket: string
}

interface Pending extends Challenge {
  readonly expires: number
  tries: number
}

export class Challenges {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #pending = new Map<string, Pending>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Keeps a half-done sign-in and returns the id to answer it under. */
  add(challenge: Challenge): string {
    this.#forgetOld(MAX_PENDING - 1)
    const id = randomId()
    const expires = this.#clock.monotonic() + LIFETIME
    this.#pending.set(id, { ...challenge, expires, tries: 0 })
    return id
  }

  /** Counts a try and returns what it is for; null when there is none, or no more of them. */
  attempt(id: string, host: Host): Challenge | null {
    this.#forgetOld(MAX_PENDING)
    const pending = this.#pending.get(id)
    if (!pending || pending.host !== host) return null
    if (++pending.tries >= MAX_TRIES) this.#pending.delete(id)
    return pending
  }

  /** The challenge was met: it counts once. */
  finish(id: string): void {
    this.#pending.delete(id)
  }

  /** Drops what is past its time, and the oldest of what is more than `room`. */
  #forgetOld(room: number): void {
    const now = this.#clock.monotonic()
    for (const [id, pending] of this.#pending) {
      if (pending.expires > now && this.#pending.size <= room) break
      this.#pending.delete(id)
    }
  }
}
