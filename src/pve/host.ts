/** One configured host: its addresses, and which of them is asked. */
import type { Clock } from '../clock.ts'
import type { HostConfig } from '../config/config.ts'
import { Failure } from '../errors.ts'
import type { DialTarget, Runtime } from '../runtime/runtime.ts'
import { Address, CALL_TIMEOUT, failureOf, type HostAnswer, type HostState } from './address.ts'
import { type Call, CallCut, type Place } from './http-client.ts'
import type { Judgement, Trust } from './trust.ts'

export type { HostAnswer, HostState } from './address.ts'

export class Host {
  /** May get another label or realm while the server runs, and nothing else. */
  config: HostConfig
  /** As configured; a cluster has one for each node, say. */
  readonly addresses: readonly Address[]
  readonly #clock: Clock
  /** The one that answered last; it is asked first. */
  #preferred: Address

  /** `newTrust` makes what judges one address. */
  constructor(
    config: HostConfig,
    newTrust: () => Trust,
    runtime: Pick<Runtime, 'connect'>,
    clock: Clock,
  ) {
    this.config = config
    this.addresses = config.urls.map((url) => new Address(url, newTrust(), runtime, clock))
    this.#clock = clock
    this.#preferred = this.addresses[0] as Address
  }

  /** Whether it can be reached, as connections and probes found it; null before the first. */
  get state(): HostState | null {
    const states = this.addresses.map(({ state }) => state)
    // A certificate that is not trusted says more than an address that does not answer.
    for (const state of ['ready', 'untrusted', 'unreachable'] as const) {
      if (states.includes(state)) return state
    }
    return null
  }

  /**
   * What was made of its certificate: one that is refused, of whichever address, else the one in use.
   * Null before the first connection.
   */
  get judgement(): Judgement | null {
    const refused = this.addresses.find((address) => address.refused)
    return (refused ?? this.#preferred).trust.latest
  }

  /** The first judgement that would be another one by now: somebody confirmed what was refused. */
  get mended(): Judgement | null {
    return this.addresses.find(({ trust }) => trust.mended)?.trust.latest ?? null
  }

  /**
   * Sends a call to the first address that takes it. The next is tried while nothing has been sent, and for
   * a GET as long as there is time. One that is bound to a place goes there or nowhere.
   *
   * Throws Failure: host_unreachable, host_timeout, gateway_down, gateway_timeout, host_untrusted,
   * certificate_changed, pve_error.
   */
  async send(call: Call): Promise<HostAnswer> {
    if (call.at) return this.#sendAt(call.at, call)
    // A person waits for this, and may know that the host is back.
    if (call.lane === 'sign-in') await this.revive()
    const deadline = this.#clock.monotonic() + CALL_TIMEOUT
    const refusals: Failure[] = []
    for (const address of this.#inTurn()) {
      const left = deadline - this.#clock.monotonic()
      if (left <= 0) break
      try {
        const answer = await address.send(call, left)
        this.#preferred = address
        return answer
      } catch (error) {
        const failure = failureOf(error)
        if (!failure) throw error
        // It may have been carried out.
        if (error instanceof CallCut && call.method !== 'GET') throw failure
        refusals.push(failure)
      }
    }
    throw (
      refusals.find(({ kind }) => kind.close === 4495) ??
      refusals.at(-1) ??
      new Failure('host_timeout')
    )
  }

  /**
   * Where calls would fail at once, finds out whether they still would, until one address takes them again;
   * those who wait at a time share the questions. Never throws.
   */
  async revive(): Promise<void> {
    if (this.addresses.some(({ resting }) => !resting)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const all = this.addresses.map(async (address) => {
      await address.revive()
      if (!address.resting) resolve()
    })
    await Promise.race([promise, Promise.all(all)])
  }

  /** Looks again at certificates that were refused at least `age` milliseconds ago. Never throws. */
  async rejudge(age: number): Promise<void> {
    const now = this.#clock.monotonic()
    const old = this.addresses.filter(
      ({ refused, trust }) => refused && now - (trust.latest?.at ?? now) >= age,
    )
    await Promise.all(old.map((address) => address.revive()))
  }

  /** What to dial where an answer came from: what a call opened there exists only there. */
  target(place: Place): DialTarget {
    return this.#addressOf(place).target(place.address)
  }

  close(): void {
    for (const address of this.addresses) address.close()
  }

  async #sendAt(place: Place, call: Call): Promise<HostAnswer> {
    const address = this.#addressOf(place)
    try {
      await address.revive()
      return await address.send(call, CALL_TIMEOUT)
    } catch (error) {
      throw failureOf(error) ?? error
    }
  }

  #addressOf({ url }: Place): Address {
    const address = this.addresses.find((each) => each.url.href === url.href)
    if (!address) throw new TypeError('an address of another host')
    return address
  }

  #inTurn(): Address[] {
    const others = this.addresses.filter((address) => address !== this.#preferred)
    return [this.#preferred, ...others]
  }
}
