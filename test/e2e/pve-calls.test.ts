/**
 * What each action of a person costs PVE: the calls are counted at its end and compared with the table in
 * docs/pve-calls.md, so that none is added unseen.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Snapshot } from '../../src/http/contract.ts'
import { EventReader } from '../http/event-reader.ts'
import type { LabAccount, LabHost } from '../lab/lab.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const TABLE = join(import.meta.dirname, '../../docs/pve-calls.md')

/** Milliseconds for which what is known of a host is good for strangers. */
const PROBE_AGE = 5000
const START = 'The server starts'

interface Scene {
  readonly stage: Stage
  readonly host: LabHost
  readonly account: LabAccount
  /** Somebody who is signed in and is shown the list, as every page is. */
  enter(): Promise<{ visitor: Visitor; events: EventReader }>
  /** The same without following the list, whose looks come at times of their own after an action. */
  glance(): Promise<Visitor>
}

/** Does what comes before and answers what is counted. */
type Action = (scene: Scene) => Promise<() => Promise<unknown>>

const ACTIONS: Readonly<Record<string, Action>> = {
  'The sign-in page is shown': async ({ stage, host }) => {
    const visitor = new Visitor(stage.url)
    const { length } = host.requests
    const last = host.requests[length - 1]?.at ?? 0
    await until('what was asked before to be too old', () => Date.now() - last > PROBE_AGE)
    return async () => {
      await visitor.request('GET', '/api/hosts')
      await visitor.request('GET', `/api/hosts/${host.key}/realms`)
      // The page has its answer from memory, and the host is asked behind it.
      await until('the host to be asked', () => (host.requests[length]?.status ?? 0) > 0)
    }
  },
  'It is shown once more within five seconds': async ({ stage, host }) => {
    const visitor = new Visitor(stage.url)
    await visitor.request('GET', '/api/hosts')
    return async () => {
      await visitor.request('GET', '/api/hosts')
      await visitor.request('GET', `/api/hosts/${host.key}/realms`)
    }
  },
  'A person signs in': async ({ stage, host, account }) => {
    const visitor = new Visitor(stage.url)
    return () => visitor.signIn(host.key, account)
  },
  'A person signs in with a second factor': async ({ stage, host }) => {
    const account = host.accounts.find((each) => each.totpSecret !== undefined)
    assert.ok(account)
    const visitor = new Visitor(stage.url)
    const { user: username, realm, password, userid } = account
    return async () => {
      const path = `/api/hosts/${host.key}/session`
      const first = await visitor.request('POST', path, { username, realm, password })
      const { challenge } = (await first.json()) as { challenge: { id: string } }
      const answer = { id: challenge.id, method: 'totp', response: host.totp(userid) }
      const second = await visitor.request('POST', `${path}/challenge`, answer)
      assert.equal(second.status, 200)
    }
  },
  'The list is shown for the first time': async ({ stage, host, account }) => {
    const visitor = new Visitor(stage.url)
    await visitor.signIn(host.key, account)
    return async () => {
      const events = await listen(visitor)
      await events.nextOf('snapshot')
      await events.cancel()
    }
  },
  'It is shown in a second window': async ({ enter }) => {
    const { visitor } = await enter()
    return async () => {
      const events = await listen(visitor)
      await events.nextOf('snapshot')
      await events.cancel()
    }
  },
  'It is kept up to date, every four seconds': async ({ host, enter }) => {
    await enter()
    const lists = () => host.requests.filter(({ path }) => path === '/cluster/resources').length
    const seen = lists()
    return () => until('the next look', () => lists() > seen)
  },
  'One guest is looked at, as its console’s page does every five seconds': async ({
    host,
    enter,
  }) => {
    const { visitor } = await enter()
    // In the middle between two looks at the list, which is asked for by itself.
    const list = host.requests.findLast(({ path }) => path === '/cluster/resources')
    await until('the list to be a while old', () => Date.now() - (list?.at ?? 0) > 2100)
    return () => visitor.request('GET', `/api/hosts/${host.key}/guests/100`)
  },
  'The screen of a virtual machine is opened': async ({ host, enter }) => {
    const { visitor } = await enter()
    return async () => {
      const console = await visitor.console(host.key, 100)
      await console.handshake()
    }
  },
  'The terminal of a virtual machine is opened': async ({ host, enter }) => {
    const { visitor } = await enter()
    return () => openTerminal(visitor, host, 102)
  },
  'The terminal of a container is opened': async ({ host, enter }) => {
    const { visitor } = await enter()
    return () => openTerminal(visitor, host, 200)
  },
  'The shell of a node is opened': async ({ host, enter }) => {
    const { visitor } = await enter()
    return async () => {
      const [node] = host.nodes
      const path = `/api/hosts/${host.key}/nodes/${node?.name}/console?kind=terminal`
      const console = await visitor.socket(path)
      await until('it to be ready', () => console.bytes > 0)
    }
  },
  'A console of a guest that is off is asked for': async ({ host, enter }) => {
    const { visitor } = await enter()
    return async () => {
      const console = await visitor.console(host.key, 103)
      assert.equal((await console.closed).reason, 'guest_not_running')
    }
  },
  'A person leaves a console': async ({ host, enter }) => {
    const { visitor } = await enter()
    const console = await visitor.console(host.key, 100)
    await console.handshake()
    return async () => {
      console.close()
      await until('PVE’s end to be gone', () => host.consoles.at(-1)?.open === false)
    }
  },
  'PVE ends a screen, as its guest was stopped': async ({ host, enter }) => {
    await host.guest(101).start()
    host.publishResources()
    const { visitor } = await enter()
    const console = await visitor.console(host.key, 101)
    await console.handshake()
    return async () => {
      await host.guest(101).stop()
      assert.equal((await console.closed).reason, 'guest_not_running')
    }
  },
  'A guest is started': async ({ host, glance }) => {
    const visitor = await glance()
    return () => power(visitor, host, 'start')
  },
  'A guest is shut down, stopped, reset or resumed': async ({ host, glance }) => {
    const visitor = await glance()
    return () => power(visitor, host, 'stop')
  },
  'The task of an action is looked at, every second': async ({ host, glance }) => {
    const visitor = await glance()
    const { task } = await power(visitor, host, 'start')
    return () => visitor.request('GET', `/api/hosts/${host.key}/tasks/${encodeURIComponent(task)}`)
  },
  'A person signs out': async ({ enter }) => {
    const { visitor } = await enter()
    return () => visitor.request('DELETE', '/api/session')
  },
}

async function listen(visitor: Visitor): Promise<EventReader> {
  const headers = { Cookie: visitor.cookie }
  return new EventReader(await fetch(`${visitor.url}/api/events`, { headers }))
}

async function openTerminal(visitor: Visitor, host: LabHost, vmid: number): Promise<void> {
  const console = await visitor.console(host.key, vmid, '?kind=terminal')
  await until('it to be ready', () => console.bytes > 0)
}

/** Once the action before it has taken effect. */
async function power(
  visitor: Visitor,
  host: LabHost,
  action: 'start' | 'stop',
): Promise<{ task: string }> {
  const needed = action === 'start' ? 'stopped' : 'running'
  await until(`it to be ${needed}`, () => host.guest(103).status === needed)
  const path = `/api/hosts/${host.key}/guests/103/power`
  const answer = await visitor.request('POST', path, { action })
  assert.equal(answer.status, 202)
  return (await answer.json()) as { task: string }
}

/** Calls in the words of the table, sorted: those that go out at the same time arrive in any order. */
function describeCalls(host: LabHost, from: number): string[] {
  return host.requests
    .slice(from)
    .map(({ method, path }) => `${method} ${generalize(path)}`)
    .sort()
}

function generalize(path: string): string {
  return path
    .replace(/^\/nodes\/[^/]+/, '/nodes/{node}')
    .replace(/\/(qemu|lxc)\/\d+/, '/$1/{vmid}')
    .replace(/\/tasks\/[^/]+/, '/tasks/{upid}')
}

/** The rows of the table: what happens, and the calls in code spans. */
function readTable(): Record<string, string[]> {
  const rows = readFileSync(TABLE, 'utf8').matchAll(/^\| ([^|`]+?) +\| ([^|]*?) *\|$/gm)
  const all = [...rows].map(([, what = '', calls = '']): [string, string[]] => [
    what,
    [...calls.matchAll(/`([^`]+)`/g)].map(([, call = '']) => call).sort(),
  ])
  // The first row is the head, and the second the line below it.
  return Object.fromEntries(all.filter(([what]) => what !== 'What happens' && !/^-+$/.test(what)))
}

describe('calls to PVE', () => {
  let stage: Stage
  const streams: EventReader[] = []

  before(async () => {
    stage = await setStage('binary', { lab: { screens: 'rfb', authFailureDelayMs: 0 } })
  })
  after(() => stage.close())

  it(`${START}: as many as the table says`, async () => {
    const host = stage.lab.host('alpha')
    await until('the host to be asked', () => host.requests.some(({ status }) => status > 0))
    assert.deepEqual(describeCalls(host, 0), readTable()[START])
  })

  for (const [what, action] of Object.entries(ACTIONS)) {
    it(`${what}: as many as the table says`, async () => {
      const host = stage.lab.host('alpha')
      const account = host.account('root@pam')
      const glance = async () => {
        const visitor = new Visitor(stage.url, { record: false })
        await visitor.signIn(host.key, account)
        await visitor.request('GET', '/api/guests')
        return visitor
      }
      const enter = async () => {
        const visitor = await glance()
        const events = await listen(visitor)
        await events.nextOf<Snapshot>('snapshot')
        streams.push(events)
        return { visitor, events }
      }
      const run = await action({ stage, host, account, enter, glance })
      const from = host.requests.length
      await run()
      const calls = describeCalls(host, from)
      for (const events of streams.splice(0)) await events.cancel()
      assert.deepEqual(calls, readTable()[what] ?? 'this row is missing')
    })
  }

  it('has a row for each action, and no other', () => {
    assert.deepEqual(Object.keys(readTable()), [START, ...Object.keys(ACTIONS)])
  })
})
