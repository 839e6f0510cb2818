/** What a relay adds to a round trip: a key up, one frame down, and nothing else under way. */
import type { BrowserEnd } from '../browser-end.ts'
import { type Figure, figure, quantile, sizeName } from '../figures.ts'
import type { Peer } from '../peers.ts'
import { withPeers } from './relay.ts'
import { type Context, FRAMES } from './section.ts'

/** Round trips of one peer before it is the next one's turn, how many turns make a round, and what comes first. */
const SLICE = 20
const SLICES = 75
const WARM_UP = 500
/** Below so many microseconds a difference is the scheduler's, and no peer's. */
const NOISE = 20

interface Cell {
  readonly tls: boolean
  readonly frame: number
  readonly peer: string
  /** Microseconds of the whole round trip. */
  readonly p50: Figure
  readonly p99: Figure
  /** The same less what the way has without a relay, of the same round. */
  readonly added50: Figure
  readonly added99: Figure
}

export async function measureLatency(context: Context): Promise<void> {
  const cells: Cell[] = []
  for (const tls of [false, true]) {
    await withPeers(context.peers, tls, async (peers) => {
      for (const frame of FRAMES) cells.push(...(await measure(context, tls, frame, peers)))
    })
    print(context, tls, cells)
  }
  context.report.keep('latency', cells)
  for (const cell of cells) judge(context, cell, cells)
}

interface Round {
  readonly p50: number
  readonly p99: number
}

async function measure({ quick }: Context, tls: boolean, frame: number, peers: readonly Peer[]) {
  const rounds = quick ? 5 : 15
  const browsers = new Map<Peer, BrowserEnd>()
  for (const peer of peers) {
    const browser = await peer.open()
    browser.order({ do: 'echo', frame, frames: 1 })
    await browser.roundTrips(WARM_UP, frame)
    browsers.set(peer, browser)
  }
  const taken = new Map(peers.map((peer) => [peer, [] as Round[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [peer, sample] of await takeRound(browsers, frame)) taken.get(peer)?.push(sample)
  }
  for (const browser of browsers.values()) browser.close()
  const base = [...taken].find(([peer]) => peer.pid === null)?.[1] ?? []
  return [...taken].map(([peer, list]): Cell => {
    const added = (key: keyof Round): Figure =>
      figure(list.map((round, at) => round[key] - (base[at]?.[key] ?? Number.NaN)))
    return {
      ...{ tls, frame, peer: peer.name },
      ...{ p50: figure(list.map(({ p50 }) => p50)), p99: figure(list.map(({ p99 }) => p99)) },
      ...{ added50: added('p50'), added99: added('p99') },
    }
  })
}

/** Slices of a round go to the peers in turn, so that what else the machine does falls on all of them. */
async function takeRound(browsers: ReadonlyMap<Peer, BrowserEnd>, frame: number) {
  const times = new Map([...browsers].map(([peer]) => [peer, [] as number[]]))
  for (let slice = 0; slice < SLICES; slice++) {
    for (const [peer, browser] of browsers) {
      times.get(peer)?.push(...(await browser.roundTrips(SLICE, frame)))
    }
  }
  return [...times].map(([peer, list]): [Peer, Round] => {
    const sorted = Float64Array.from(list).sort()
    return [peer, { p50: 1000 * quantile(sorted, 0.5), p99: 1000 * quantile(sorted, 0.99) }]
  })
}

function print({ report }: Context, tls: boolean, cells: readonly Cell[]): void {
  const names = [...new Set(cells.map(({ peer }) => peer))]
  const show = (peer: string, frame: number): string => {
    const cell = cells.find(
      (each) => each.tls === tls && each.peer === peer && each.frame === frame,
    )
    if (!cell) return ''
    const { p50, p99, added50, added99 } = cell
    const whole = `${p50.median.toFixed(0)} / ${p99.median.toFixed(0)}`
    return `${whole}, added ${added50.median.toFixed(0)} / ${added99.median.toFixed(0)}`
  }
  report.table(`round trip p50 / p99 in µs, ${tls ? 'browser TLS' : 'plain'}`, [
    ['', ...FRAMES.map(sizeName)],
    ...names.map((peer) => [peer, ...FRAMES.map((frame) => show(peer, frame))]),
  ])
}

function judge({ builds, report }: Context, cell: Cell, cells: readonly Cell[]): void {
  if (cell.peer !== builds[0].name) return
  const nginx = cells.find(
    (each) => each.peer === 'nginx' && each.tls === cell.tls && each.frame === cell.frame,
  )
  if (!nginx) return
  const where = `${cell.tls ? 'TLS' : 'plain'}, ${sizeName(cell.frame)}`
  // Of a difference between two noisy figures a ratio means nothing near zero.
  const value = Math.max(cell.added99.median, NOISE) / Math.max(nginx.added99.median, NOISE)
  report.floor({ what: `added p99 against nginx: ${where}`, value, limit: 1.25 })
}
