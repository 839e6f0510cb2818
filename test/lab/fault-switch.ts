/** Faults that tests switch on. */

import { pause } from './clock.ts'
import type { ConsoleDesk } from './console-desk.ts'
import type { Front } from './front.ts'
import type { Guest } from './guest.ts'
import { answer, type Outcome } from './http-session.ts'
import type { AnswerFault, LabFaults } from './lab.ts'

interface ActiveAnswer {
  readonly fault: AnswerFault
  left: number
}

export class FaultSwitch implements LabFaults {
  readonly #fronts: readonly Front[]
  readonly #desk: ConsoleDesk
  readonly #guests: ReadonlyMap<number, Guest>
  readonly #answers = new Set<ActiveAnswer>()

  constructor(fronts: readonly Front[], desk: ConsoleDesk, guests: ReadonlyMap<number, Guest>) {
    this.#fronts = fronts
    this.#desk = desk
    this.#guests = guests
  }

  async refuseConnections(node?: string): Promise<() => Promise<void>> {
    const fronts = this.#of(node)
    for (const front of fronts) await front.refuse(true)
    return async () => {
      for (const front of fronts) await front.refuse(false)
    }
  }

  async failNode(node: string): Promise<() => Promise<void>> {
    const back = await this.refuseConnections(node)
    for (const front of this.#of(node)) front.cut()
    // What another node had tunnelled from there ends too.
    for (const console of this.#desk.consoles) {
      if (console.open && console.home === node) console.destroy('its node is gone')
    }
    return back
  }

  hangConnections(node?: string): () => void {
    const fronts = this.#of(node)
    for (const front of fronts) front.hanging = true
    return () => {
      for (const front of fronts) front.hanging = false
    }
  }

  answer(fault: AnswerFault): () => void {
    const active = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
    this.#answers.add(active)
    return () => void this.#answers.delete(active)
  }

  failRfbAuth(vmid: number, times = 1): void {
    const guest = this.#guests.get(vmid)
    if (!guest) throw new Error(`there is no guest ${vmid}`)
    guest.refusals = times
  }

  dropConsoles(vmid: number): number {
    const open = this.#desk.openOf(vmid)
    for (const bridge of open) bridge.destroy('dropped by a fault')
    return open.length
  }

  stallConsoles(vmid: number): () => void {
    this.#desk.stall(vmid, true)
    return () => this.#desk.stall(vmid, false)
  }

  cutConnections(): number {
    return this.#fronts.reduce((count, front) => count + front.cut(), 0)
  }

  async clear(): Promise<void> {
    this.#answers.clear()
    this.#desk.releaseAll()
    for (const front of this.#fronts) {
      front.hanging = false
      await front.refuse(false)
    }
  }

  /** What a fault makes of a call, if one fits; each use counts. */
  async intercept(node: string, method: string, path: string): Promise<Outcome | undefined> {
    const active = [...this.#answers].find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method ?? method) === method &&
        (fault.node ?? node) === node &&
        (typeof fault.path === 'string' ? fault.path === path : fault.path.test(path)),
    )
    if (!active) return undefined
    active.left -= 1
    const { fault } = active
    if (fault.delayMs) await pause(fault.delayMs)
    await fault.until
    if (fault.hang) return { kind: 'never' }
    if (fault.cut) return { kind: 'cut' }
    if (fault.status === undefined) return undefined // only late
    return answer({
      status: fault.status,
      reason: fault.reason ?? 'OK',
      ...(fault.body === undefined ? {} : { body: fault.body }),
      ...(fault.contentType === undefined ? {} : { contentType: fault.contentType }),
    })
  }

  #of(node: string | undefined): Front[] {
    return this.#fronts.filter((front) => node === undefined || front.node === node)
  }
}
