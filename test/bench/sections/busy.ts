/**
 * Many people at work at once: each presses ten keys a second, and each key is answered with 16 KiB of
 * screen in PVE's frames of 4 KiB.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { BrowserEnd } from '../browser-end.ts'
import { cpuSeconds } from '../cost.ts'
import { brief, figure, quantile } from '../figures.ts'
import { NGINX, NO_RELAY, ours, type Peer } from '../peers.ts'
import { withPeers } from './relay.ts'
import type { Context } from './section.ts'

const CONSOLES = 250
/** Milliseconds between two keys of one console. */
const PERIOD = 100
const FRAME = 4096
const FRAMES = 4
/** Limits of the issue: of one core, and in milliseconds. */
const MOST_CPU = 0.6
const MOST_ADDED = 15

interface Load {
  readonly peer: string
  /** Of one core; null where nothing is in between. */
  readonly cpu: number | null
  /** Milliseconds of a round trip. */
  readonly p50: number
  readonly p99: number
}

export async function measureBusy(context: Context): Promise<void> {
  const { builds, quick, report } = context
  const starts = [NO_RELAY, NGINX, ...builds.map(({ path, name }) => ours(path, name))]
  await withPeers(starts, false, async (peers) => {
    const rounds = new Map(peers.map((peer) => [peer, [] as Load[]]))
    for (let round = 0; round < (quick ? 3 : 7); round++) {
      for (const [peer, list] of rounds) list.push(await load(peer, quick ? 4000 : 10_000))
    }
    const loads = [...rounds.values()].map(middle)
    const base = loads[0]
    report.table(`${CONSOLES} busy consoles`, [
      ['', 'of one core', 'p50 ms', 'p99 ms', 'p99 added'],
      ...loads.map(({ peer, cpu, p50, p99 }) => [
        peer,
        cpu === null ? '' : `${(100 * cpu).toFixed(0)} %`,
        brief(p50),
        brief(p99),
        brief(p99 - (base?.p99 ?? 0)),
      ]),
    ])
    report.keep('busy', loads)
    const own = loads.find(({ peer }) => peer === builds[0].name)
    if (!own || !base) return
    const what = `${CONSOLES} busy consoles`
    report.floor({ what: `${what}, of one core`, value: own.cpu ?? 1, limit: MOST_CPU })
    report.floor({ what: `${what}, ms added at p99`, value: own.p99 - base.p99, limit: MOST_ADDED })
  })
}

/** A slow moment of the machine falls on one round, and not on its neighbours. */
function middle(list: readonly Load[]): Load {
  const median = (pick: (load: Load) => number): number => figure(list.map(pick)).median
  const [{ peer, cpu } = { peer: '', cpu: null }] = list
  return {
    peer,
    cpu: cpu === null ? null : median((load) => load.cpu ?? 0),
    p50: median(({ p50 }) => p50),
    p99: median(({ p99 }) => p99),
  }
}

async function load(peer: Peer, forMs: number): Promise<Load> {
  const browsers: BrowserEnd[] = []
  for (let at = 0; at < CONSOLES; at++) {
    const browser = await peer.open()
    browser.order({ do: 'echo', frame: FRAME, frames: FRAMES })
    browsers.push(browser)
  }
  const before = peer.pid === null ? 0 : cpuSeconds(peer.pid)
  const start = performance.now()
  const all = await Promise.all(browsers.map((browser, at) => work(browser, at, start + forMs)))
  const seconds = (performance.now() - start) / 1000
  const cpu = peer.pid === null ? null : (cpuSeconds(peer.pid) - before) / seconds
  for (const browser of browsers) browser.close()
  const sorted = Float64Array.from(all.flat()).sort()
  return { peer: peer.name, cpu, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

/** Keys at their times until `end`; a person who waits for the screen does not press the next one. */
async function work(browser: BrowserEnd, at: number, end: number): Promise<number[]> {
  const times: number[] = []
  // Spread over the period, as people are.
  await wait((at * PERIOD) / CONSOLES)
  for (let due = performance.now(); due < end; due += PERIOD) {
    await wait(Math.max(0, due - performance.now()))
    const [time = 0] = await browser.roundTrips(1, FRAME * FRAMES)
    times.push(time)
  }
  return times
}
