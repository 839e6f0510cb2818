/**
 * What one console takes of memory: while nothing happens, while a desktop is worked at, and while its browser
 * reads nothing of a stream that never ends.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { BrowserEnd } from '../browser-end.ts'
import { residentBytes } from '../cost.ts'
import { brief } from '../figures.ts'
import type { Peer, StartPeer } from '../peers.ts'
import { BUN_RELAY, HAPROXY, NGINX, ours } from '../peers.ts'
import { withPeers } from './relay.ts'
import type { Context } from './section.ts'

const KIB = 1024
const MIB = 1024 * KIB
const COUNTS = [10, 100, 1000] as const
/** Limits of the issue, in bytes for one console. */
const MOST = { idle: 64 * KIB, stalled: 1.2 * MIB } as const
const STATES = ['idle', 'active', 'stalled'] as const
type State = (typeof STATES)[number]

/** Milliseconds without growth after which memory counts as settled, and how long that is waited for. */
const SETTLED = 500
const PATIENCE = 10_000
/** Bytes of a screen's update, as each of an active console gets after each key. */
const UPDATE = 4096
const KEYS = 50

interface Sample {
  readonly peer: string
  readonly state: State
  readonly consoles: number
  /** Of the whole process, in bytes. */
  readonly resident: number
  /** What each console added since the count before; the first count's holds what the first console brings. */
  readonly each: number
}

export async function measureMemory(context: Context): Promise<void> {
  const samples: Sample[] = []
  const others: readonly StartPeer[] = context.quick ? [] : [NGINX, HAPROXY, BUN_RELAY]
  for (const start of [...others, ...context.builds.map(({ path, name }) => ours(path, name))]) {
    for (const state of STATES) {
      // A fresh process each time: what a runtime has once taken it does not always give back.
      await withPeers([start], false, async ([peer]) => {
        if (peer) samples.push(...(await measure(peer, state)))
      })
    }
  }
  print(context, samples)
  context.report.keep('memory', samples)
  for (const sample of samples) judge(context, sample)
}

async function measure(peer: Peer, state: State): Promise<Sample[]> {
  const pid = peer.pid ?? 0
  let before = await settledBytes(pid)
  const browsers: BrowserEnd[] = []
  const samples: Sample[] = []
  for (const consoles of COUNTS) {
    const added = consoles - browsers.length
    for (let at = 0; at < added; at++) {
      const browser = await peer.open()
      await bring(browser, state)
      browsers.push(browser)
    }
    const resident = await settledBytes(pid)
    const each = (resident - before) / added
    samples.push({ peer: peer.name, state, consoles, resident, each })
    before = resident
  }
  const lost = browsers.filter(({ closed }) => closed).length
  if (lost > 0) throw new Error(`${lost} consoles have ended`)
  for (const browser of browsers) browser.close()
  return samples
}

async function bring(browser: BrowserEnd, state: State): Promise<void> {
  if (state === 'active') {
    browser.order({ do: 'echo', frame: UPDATE, frames: 1 })
    await browser.roundTrips(KEYS, UPDATE)
  } else if (state === 'stalled') {
    browser.stall()
    // More than all buffers on the way take together.
    browser.order({ do: 'blast', frame: UPDATE, bytes: 64 * MIB })
  }
}

/** The resident memory once it has stopped to grow. */
export async function settledBytes(pid: number): Promise<number> {
  let most = residentBytes(pid)
  let since = performance.now()
  const start = since
  while (performance.now() - since < SETTLED && performance.now() - start < PATIENCE) {
    await wait(50)
    const now = residentBytes(pid)
    if (now > most + 256 * KIB) {
      most = now
      since = performance.now()
    }
  }
  return residentBytes(pid)
}

function print({ report }: Context, samples: readonly Sample[]): void {
  const peers = [...new Set(samples.map(({ peer }) => peer))]
  const rows = peers.flatMap((peer) =>
    STATES.map((state) => {
      const own = samples.filter((sample) => sample.peer === peer && sample.state === state)
      const resident = own.map((sample) => brief(sample.resident / MIB))
      return [`${peer}, ${state}`, ...resident, brief((own.at(-1)?.each ?? Number.NaN) / KIB)]
    }),
  )
  report.table('resident MiB, by the number of consoles', [
    ['', ...COUNTS.map(String), 'KiB for each further one'],
    ...rows,
  ])
}

/** Of the last step, which has the most consoles: below it, the process itself is most of what is seen. */
function judge({ builds, report }: Context, { peer, state, consoles, each }: Sample): void {
  if (peer !== builds[0].name || state === 'active' || consoles !== COUNTS.at(-1)) return
  report.floor({
    what: `KiB for each ${state} console`,
    value: each / KIB,
    limit: MOST[state] / KIB,
  })
}
