/** /cluster/resources: what the nodes published last, which is late by up to ten seconds. */

import type { LabClock } from './clock.ts'
import type { Guest } from './guest.ts'

export interface PublishedGuest {
  readonly status: string
  readonly uptime: number
  readonly cpu: number
  readonly mem: number
}

export class ResourceFeed {
  readonly #clock: LabClock
  readonly #guests: () => Iterable<Guest>
  readonly #lagMs: () => number
  readonly #published = new Map<number, PublishedGuest>()
  #at = 0

  constructor(clock: LabClock, guests: () => Iterable<Guest>, lagMs: () => number) {
    this.#clock = clock
    this.#guests = guests
    this.#lagMs = lagMs
  }

  publish(): void {
    this.#at = this.#clock.now()
    for (const guest of this.#guests()) {
      this.#published.set(guest.vmid, {
        status: guest.running && guest.type === 'qemu' ? guest.qmpstatus : guest.status,
        uptime: guest.uptime,
        cpu: guest.running ? 0.02 : 0,
        mem: guest.running ? 27_028_573 : 0,
      })
    }
  }

  /** What is known about a guest now. */
  of(vmid: number): PublishedGuest | undefined {
    if (this.#clock.now() - this.#at >= this.#lagMs()) this.publish()
    return this.#published.get(vmid)
  }
}
