/** The server inside the test's own process: real sockets and a real lab, but a clock that the test moves. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { HostMaker } from '../../src/cli/host-maker.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createApp } from '../../src/http/app.ts'
import { Assets } from '../../src/http/assets.ts'
import type { Deps } from '../../src/http/deps.ts'
import { LiveLists } from '../../src/http/live-list.ts'
import { Hosts } from '../../src/pve/hosts.ts'
import { runtime } from '../../src/runtime/bun.ts'
import { LoginLimits } from '../../src/session/login-limits.ts'
import { Sessions } from '../../src/session/sessions.ts'
import { TokenSigner } from '../../src/session/token.ts'
import { Rig } from '../http/rig.ts'
import { LabClock } from '../lab/clock.ts'
import type { Lab } from '../lab/lab.ts'
import { configFor } from '../start-server.ts'

/** Real milliseconds between two steps: what a call to the lab takes, as a rule. */
const SETTLE = 8

/** Goes with real time and is moved on beside it; its wall clock can be set to anything. */
export class MovedClock implements Clock {
  readonly #clock = new LabClock()
  #wallOffset = 0

  monotonic(): number {
    return this.#clock.now()
  }

  wall(): number {
    return this.#clock.now() + this.#wallOffset
  }

  schedule(run: () => void, ms: number): () => void {
    return this.#clock.after(ms, run)
  }

  advance(ms: number): void {
    this.#clock.advance(ms)
  }

  jumpWall(ms: number): void {
    this.#wallOffset += ms
  }

  stop(): void {
    this.#clock.stop()
  }
}

export interface Inside {
  readonly url: string
  readonly clock: MovedClock
  readonly deps: Deps
  /**
   * Lets `ms` pass for the server and every host of the lab, in steps of `step` ms, and calls `each` after
   * every one with the time passed so far. What a step starts has a few real milliseconds to be done.
   */
  pass(ms: number, step: number, each?: (passed: number) => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** The page as it was built. */
const PAGE = join(import.meta.dirname, '../../src/public')

/** Starts it for all hosts of the lab, with the page; `settings` is TOML in front of them. */
export async function startInside(lab: Lab, settings = ''): Promise<Inside> {
  const text = `${settings}\n${configFor(lab, lab.directory)}`
  const { config } = loadConfig({ file: { path: 'inside.toml', text }, hosts: [] })
  const clock = new MovedClock()
  // Calls over real sockets take real time, however fast the other clock goes.
  const made = new HostMaker({ of: () => [] }, runtime, systemClock).make(config)
  const hosts = made.map(({ host }) => host)
  const rest = new Rig().deps
  const deps: Deps = {
    ...rest,
    ...{ config, clock, runtime },
    assets: Assets.load(PAGE, '', runtime),
    lists: new LiveLists(clock, rest.log),
    hosts: new Hosts(hosts, clock),
    sessions: new Sessions(clock, { ...config.session, sessions: config.limits.sessions }),
    signer: new TokenSigner(clock),
    logins: new LoginLimits(config.limits, clock),
  }
  const listener = await runtime.serve({
    address: { kind: 'tcp', hostname: '127.0.0.1', port: 0 },
    fetch: createApp(deps),
    onError(error) {
      throw error
    },
  })
  const { address } = listener
  return {
    url: `http://127.0.0.1:${address.kind === 'tcp' ? address.port : 0}`,
    clock,
    deps,
    async pass(ms, step, each = async () => {}) {
      for (let passed = step; passed <= ms; passed += step) {
        clock.advance(step)
        for (const host of lab.hosts) host.advance(step)
        await wait(SETTLE)
        await each(passed)
      }
    },
    async close() {
      deps.sessions.endAll()
      clock.stop()
      await listener.stop(1000)
      deps.hosts.close()
    },
  }
}
