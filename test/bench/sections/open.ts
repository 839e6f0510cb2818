/** How fast connections are made, and what a person waits for until the first pixel. */
import { type BrowserEnd, PHASES, type Phase } from '../browser-end.ts'
import { cpuSeconds } from '../cost.ts'
import { brief, type Figure, figure } from '../figures.ts'
import type { Peer } from '../peers.ts'
import { withPeers } from './relay.ts'
import type { Context } from './section.ts'

/** Connections that are being made at a time. */
const AT_A_TIME = 8

interface Rate {
  readonly peer: string
  /** Connections a second. */
  readonly rate: Figure
  /** Milliseconds of CPU time for each. */
  readonly cpu: Figure | null
}

export async function measureOpening(context: Context): Promise<void> {
  const { quick, report } = context
  const count = quick ? 160 : 480
  await withPeers(context.peers, false, async (peers) => {
    const taken = new Map(peers.map((peer) => [peer, [] as { rate: number; cpu: number }[]]))
    for (let round = 0; round <= (quick ? 3 : 7); round++) {
      for (const [peer, list] of taken) {
        const sample = await openMany(peer, count)
        // The first round warms both ends up.
        if (round > 0) list.push(sample)
      }
    }
    const rates = [...taken].map(
      ([peer, list]): Rate => ({
        peer: peer.name,
        rate: figure(list.map(({ rate }) => rate)),
        cpu: peer.pid === null ? null : figure(list.map(({ cpu }) => cpu)),
      }),
    )
    const rows = rates.map(({ peer, rate, cpu }) => [
      peer,
      brief(rate.median),
      cpu ? brief(cpu.median) : '',
    ])
    report.table(`opening, ${AT_A_TIME} at a time (ours with PVE's calls and the RFB handshake)`, [
      ['', 'connections/s', 'CPU ms each'],
      ...rows,
    ])
    report.keep('opening', rates)
    report.keep('first pixel', await measurePhases(context, peers))
  })
}

async function openMany(peer: Peer, count: number): Promise<{ rate: number; cpu: number }> {
  const before = peer.pid === null ? 0 : cpuSeconds(peer.pid)
  const start = performance.now()
  let left = count
  const opener = async (): Promise<void> => {
    while (left-- > 0) (await peer.open()).close()
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, opener))
  const seconds = (performance.now() - start) / 1000
  const cpu = peer.pid === null ? 0 : cpuSeconds(peer.pid) - before
  return { rate: count / seconds, cpu: (1000 * cpu) / count }
}

type Waited = Record<Phase | 'pixel', number>

/** One at a time: what one person waits for, over a far end that answers at once. */
async function measurePhases({ quick, report }: Context, peers: readonly Peer[]) {
  const rounds = quick ? 20 : 60
  const taken = new Map(peers.map((peer) => [peer, [] as Waited[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [peer, list] of taken) list.push(await waitForPixel(peer))
  }
  const names = [...PHASES, 'pixel'] as const
  const figures = [...taken].map(([peer, list]) => ({
    peer: peer.name,
    phases: Object.fromEntries(names.map((name) => [name, figure(list.map((each) => each[name]))])),
  }))
  report.table('ms to the first pixel, by phase (each from the start)', [
    ['', ...names],
    ...figures.map(({ peer, phases }) => [
      peer,
      ...names.map((name) => brief(phases[name]?.median ?? Number.NaN)),
    ]),
  ])
  return figures
}

async function waitForPixel(peer: Peer): Promise<Waited> {
  const start = performance.now()
  const browser: BrowserEnd = await peer.open()
  await browser.firstUpdate()
  const pixel = performance.now() - start
  const { phases } = browser
  browser.close()
  return { ...phases, pixel }
}
