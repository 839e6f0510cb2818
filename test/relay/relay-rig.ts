/** A relay between two ports in memory. */
import assert from 'node:assert/strict'
import { Relay, type RelayEnd, type RelayOptions } from '../../src/relay/relay.ts'
import { FakeClock } from '../session/fake-clock.ts'
import { MemoryPort, type MemoryPortOptions } from './memory-port.ts'

export const NOTHING = new Uint8Array()
export const STALL = 30_000

export class Rig {
  readonly clock = new FakeClock()
  readonly browser: MemoryPort
  readonly pve: MemoryPort
  readonly relay: Relay
  readonly ends: RelayEnd[] = []
  readonly typed: Uint8Array[] = []

  constructor(ports: MemoryPortOptions = {}, options: Partial<RelayOptions> = {}) {
    this.browser = new MemoryPort(ports)
    this.pve = new MemoryPort(ports)
    this.relay = new Relay(this.browser, this.pve, {
      stallMs: STALL,
      maxMessages: 10,
      schedule: (run, ms) => this.clock.schedule(run, ms),
      now: () => this.clock.monotonic(),
      onBrowserData: (bytes) => this.typed.push(bytes.slice()),
      onEnd: (end) => this.ends.push(end),
      ...options,
    })
  }

  started(fromBrowser: Uint8Array = NOTHING, fromPve: Uint8Array = NOTHING): this {
    this.relay.start(fromBrowser, fromPve)
    return this
  }

  /** How it ended, in a word; undefined while it runs. */
  get by(): string | undefined {
    const [end, ...more] = this.ends
    assert.deepEqual(more, [], 'it ended twice')
    return end?.by
  }
}
