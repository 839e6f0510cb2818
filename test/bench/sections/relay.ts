/**
 * What passing bytes on costs: CPU seconds of the relaying process for a gigabyte, and megabytes a second.
 *
 * Rounds go round the peers (A B C A B C …), so that a slow moment of the machine falls on all. Their first
 * one warms up and does not count.
 */
import type { BrowserEnd } from '../browser-end.ts'
import { cpuSeconds } from '../cost.ts'
import { brief, briefFigure, type Figure, figure, sizeName } from '../figures.ts'
import { type Ground, prepareGround } from '../ground.ts'
import { GUESTS } from '../ours.ts'
import type { Peer, StartPeer } from '../peers.ts'
import { type Context, FRAMES } from './section.ts'

const MIB = 1024 * 1024
const DIRECTIONS = ['down', 'up'] as const
type Direction = (typeof DIRECTIONS)[number]

/** Parts of the bytes for peers so slow that less is enough to know what they cost. */
const SLOW: Readonly<Record<string, number>> = { websockify: 8, 'Bun relay': 2 }

interface Cell {
  readonly tls: boolean
  readonly direction: Direction
  readonly connections: number
  readonly frame: number
  readonly peer: string
  /** Megabytes a second. */
  readonly rate: Figure
  /** CPU seconds for a gigabyte; null where nothing is in between. */
  readonly cpu: Figure | null
}

interface Setting {
  readonly tls: boolean
  readonly direction: Direction
  readonly connections: number
  readonly frame: number
  readonly rounds: number
  /** Of all connections together. */
  readonly bytes: number
}

export async function measureRelay(context: Context): Promise<void> {
  const { quick, report } = context
  const cells: Cell[] = []
  for (const tls of [false, true]) {
    for (const connections of quick ? [4] : [1, 4, 16]) {
      await withPeers(context.peers, tls, async (peers) => {
        for (const direction of DIRECTIONS) {
          for (const frame of FRAMES) {
            const amount = { rounds: quick ? 5 : 9, bytes: (quick ? 128 : 512) * MIB }
            const setting = { tls, direction, connections, frame, ...amount }
            cells.push(...(await measure(setting, peers)))
          }
          print(context, cells.filter(same({ tls, direction, connections })))
        }
      })
    }
  }
  report.keep('relay', cells)
  for (const cell of cells) judge(context, cell, cells)
}

/** Starts every peer on one ground and ends them whatever happens. */
export async function withPeers(
  starts: readonly StartPeer[],
  tls: boolean,
  run: (peers: readonly Peer[], ground: Ground) => Promise<void>,
): Promise<void> {
  const ground = await prepareGround({ guests: GUESTS })
  const peers: Peer[] = []
  try {
    for (const start of starts) peers.push(await start(ground, tls))
    await run(peers, ground)
  } finally {
    for (const peer of peers) await peer.stop()
    await ground.close()
  }
}

async function measure(setting: Setting, peers: readonly Peer[]): Promise<Cell[]> {
  const samples = new Map(peers.map((peer) => [peer, { rate: [], cpu: [] } as Samples]))
  for (let round = 0; round <= setting.rounds; round++) {
    for (const [peer, { rate, cpu }] of samples) {
      const sample = await take(setting, peer)
      if (round === 0) continue
      rate.push(sample.rate)
      if (sample.cpu !== null) cpu.push(sample.cpu)
    }
  }
  const { tls, direction, connections, frame } = setting
  return [...samples].map(([peer, { rate, cpu }]) => ({
    ...{ tls, direction, connections, frame, peer: peer.name, rate: figure(rate) },
    cpu: peer.pid === null ? null : figure(cpu),
  }))
}

interface Samples {
  rate: number[]
  cpu: number[]
}

async function take({ direction, connections, frame, bytes }: Setting, peer: Peer) {
  const each = bytes / (SLOW[peer.name] ?? 1) / connections
  const browsers: BrowserEnd[] = []
  for (let at = 0; at < connections; at++) browsers.push(await peer.open())
  const before = peer.pid === null ? 0 : cpuSeconds(peer.pid)
  const start = performance.now()
  await Promise.all(browsers.map((browser) => browser[direction](frame, each)))
  const seconds = (performance.now() - start) / 1000
  const cpu = peer.pid === null ? null : cpuSeconds(peer.pid) - before
  for (const browser of browsers) browser.close()
  const megabytes = (each * connections) / 1e6
  return { rate: megabytes / seconds, cpu: cpu === null ? null : (cpu / megabytes) * 1000 }
}

function same(wanted: Partial<Cell>): (cell: Cell) => boolean {
  const keys = Object.keys(wanted) as (keyof Cell)[]
  return (cell) => keys.every((key) => cell[key] === wanted[key])
}

function print({ report }: Context, cells: readonly Cell[]): void {
  const [{ tls, direction, connections } = { tls: false, direction: '', connections: 0 }] = cells
  const where = `${direction}, ${tls ? 'browser TLS' : 'plain'}, ${connections} at a time`
  const names = [...new Set(cells.map(({ peer }) => peer))]
  const head = ['', ...FRAMES.map(sizeName)]
  const rows = (show: (cell: Cell) => string): string[][] =>
    names.map((peer) => [
      peer,
      ...FRAMES.map((frame) => cells.filter(same({ peer, frame })).map(show)[0] ?? ''),
    ])
  report.table(`CPU s/GB, ${where}`, [
    head,
    ...rows(({ cpu }) => (cpu === null ? '' : briefFigure(cpu))),
  ])
  report.table(`MB/s, ${where}`, [head, ...rows(({ rate }) => briefFigure(rate))])
}

/** The floors: against nginx as a bare proxy, in the same rounds. */
function judge({ builds, report }: Context, cell: Cell, cells: readonly Cell[]): void {
  if (cell.peer !== builds[0].name || cell.cpu === null) return
  const { tls, direction, connections, frame } = cell
  const others = cells.filter(same({ tls, direction, connections, frame }))
  const nginx = others.find(({ peer }) => peer === 'nginx')
  if (!nginx?.cpu) return
  const where = `${direction}, ${tls ? 'TLS' : 'plain'}, ${connections} × ${sizeName(frame)}`
  const cpu = cell.cpu.median / nginx.cpu.median
  const rate = cell.rate.median / nginx.rate.median
  report.floor({ what: `CPU against nginx: ${where}`, value: cpu, limit: 1.25 })
  report.floor({ what: `MB/s against nginx: ${where}`, value: rate, limit: 0.9, least: true })
  const simple = others.find(({ peer }) => peer === 'Bun relay')?.cpu
  if (!simple || direction === 'up' || frame > 4096) return
  const saved = brief(simple.median / cell.cpu.median)
  console.log(`CPU of the plain Bun relay, ${where}: ${saved} times ours`)
}
