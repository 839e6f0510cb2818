/** Turns of sign-ins at one host, whose PAM has no limits of its own. */
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'

/** Sign-ins that begin in a second. */
const RATE = 10
const SECOND = 1000
/** Sign-ins that PVE is thinking about, which takes it three seconds to refuse one. */
const UNDER_WAY = 8
/** Of those, from one address: whoever guesses there does not keep the others out. */
const UNDER_WAY_FROM_ONE = 4
/** Sign-ins that wait, and how many milliseconds each does at most. */
const WAITING = 20
const PATIENCE = 15_000

interface Waiter {
  readonly address: string
  go(): void
  refuse(): void
}

export class SignInTurns {
  readonly #clock: Clock
  /** When the latest began, oldest first, as many as fit in a second. */
  #begun: number[] = []
  /** How many are under way, by address. */
  readonly #underWay = new Map<string, number>()
  readonly #waiting: Waiter[] = []
  #isTimed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Runs a sign-in at its turn: first come, first served, but addresses that have fewer under way go first.
   *
   * Throws Failure too_many_logins when its turn does not come, and what `call` throws.
   */
  async run<T>(address: string, call: () => Promise<T>): Promise<T> {
    await this.#turn(address)
    try {
      return await call()
    } finally {
      this.#count(address, -1)
      this.#goOn()
    }
  }

  #turn(address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.schedule(() => this.#remove(waiter)?.refuse(), PATIENCE)
      const waiter: Waiter = {
        address,
        go() {
          cancel()
          resolve()
        },
        refuse() {
          cancel()
          reject(new Failure('too_many_logins', { retryAfter: 3 }))
        },
      }
      this.#waiting.push(waiter)
      this.#goOn()
      if (this.#waiting.length > WAITING) this.#remove(this.#onceTooMany())?.refuse()
    })
  }

  /** Lets go who may. */
  #goOn(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      const now = this.#clock.monotonic()
      const tenthLast = this.#begun.length < RATE ? undefined : this.#begun[0]
      if (tenthLast !== undefined && now - tenthLast < SECOND) {
        this.#goOnAfter(tenthLast + SECOND - now)
        return
      }
      this.#begun = [...this.#begun, now].slice(-RATE)
      this.#remove(next)
      this.#count(next.address, 1)
      next.go()
    }
  }

  #goOnAfter(ms: number): void {
    if (this.#isTimed) return
    this.#isTimed = true
    this.#clock.schedule(() => {
      this.#isTimed = false
      this.#goOn()
    }, ms)
  }

  /** Whose turn it would be. */
  #next(): Waiter | undefined {
    const all = [...this.#underWay.values()].reduce((sum, count) => sum + count, 0)
    if (all >= UNDER_WAY) return undefined
    return this.#waiting
      .filter(({ address }) => this.#from(address) < UNDER_WAY_FROM_ONE)
      .reduce<Waiter | undefined>(
        (best, each) =>
          best && this.#from(best.address) <= this.#from(each.address) ? best : each,
        undefined,
      )
  }

  /** Who has to give way: the latest of the address that has most waiting. */
  #onceTooMany(): Waiter | undefined {
    const counts = new Map<string, number>()
    for (const { address } of this.#waiting) counts.set(address, (counts.get(address) ?? 0) + 1)
    const most = Math.max(...counts.values())
    return this.#waiting.findLast(({ address }) => counts.get(address) === most)
  }

  #from(address: string): number {
    return this.#underWay.get(address) ?? 0
  }

  #count(address: string, change: number): void {
    const count = this.#from(address) + change
    if (count > 0) this.#underWay.set(address, count)
    else this.#underWay.delete(address)
  }

  #remove(waiter: Waiter | undefined): Waiter | undefined {
    const index = waiter ? this.#waiting.indexOf(waiter) : -1
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0]
  }
}
