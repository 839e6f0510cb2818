/** A host that answers from memory. */
import { systemClock } from '../../src/clock.ts'
import type { HostConfig } from '../../src/config/config.ts'
import type { HostAnswer, HostState } from '../../src/pve/host.ts'
import { Host } from '../../src/pve/host.ts'
import type { Call } from '../../src/pve/http-client.ts'
import type { Trust } from '../../src/pve/trust.ts'

type Answering = (call: Call) => HostAnswer | Promise<HostAnswer>

export function hostConfig(key: string): HostConfig {
  const urls = [new URL('https://192.0.2.1:8006')]
  return { key, label: key, urls, realm: '', ca: '', fingerprint: [] }
}

export class FakeHost extends Host {
  readonly calls: Call[] = []
  answering: Answering
  #state: HostState = 'ready'

  constructor(key = 'home', answering: Answering = () => ok(null), { urls } = hostConfig(key)) {
    const trust: Trust = {
      authorities: [],
      verify() {},
      latest: null,
      mended: false,
      withdrawn: false,
    }
    const connect = () => Promise.reject(new Error('there is no network'))
    super({ ...hostConfig(key), urls }, () => trust, { connect }, systemClock)
    this.answering = answering
  }

  override get state(): HostState {
    return this.#state
  }

  override async send(call: Call): Promise<HostAnswer> {
    this.calls.push(call)
    return this.answering(call)
  }
}

function answer(status: number, reason: string, body: string): HostAnswer {
  const url = new URL('https://192.0.2.1:8006')
  const address = '192.0.2.1'
  return { status, reason, contentType: 'application/json', date: null, body, address, url }
}

export function ok(data: unknown): HostAnswer {
  return answer(200, 'OK', JSON.stringify({ data }))
}

/** PVE says no: with a body since 8.3, before that in the reason phrase alone. */
export function no(status: number, reason: string, body = ''): HostAnswer {
  return answer(status, reason, body)
}

export function ticketFor(username: string, ticket: string): HostAnswer {
  return ok({ username, ticket, CSRFPreventionToken: `csrf-of-${ticket}` })
}

/** What a form said. */
export function form(call: Call | undefined): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(call?.body))
}

/** Something to be answered later. */
export function later<T>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>()
}
