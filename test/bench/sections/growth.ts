/**
 * How cost grows with guests, hosts, sessions and consoles: measured, drawn into docs/, and held to growing no
 * faster than what is counted.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { BrowserEnd } from '../browser-end.ts'
import { cpuSeconds, residentBytes } from '../cost.ts'
import { EventReader } from '../event-reader.ts'
import { brief } from '../figures.ts'
import { type Ground, type GroundOptions, prepareGround } from '../ground.ts'
import { GUESTS, type Ours, startOurs } from '../ours.ts'
import { drawChart, type Point } from '../svg.ts'
import { settledBytes } from './memory.ts'
import type { Context } from './section.ts'

const DOCS = join(import.meta.dirname, '../../../docs')
const KIB = 1024
const MIB = 1024 * KIB
/** How much dearer the last of them may be than they are on the average. */
const LINEAR = 1.5
/** Questions to PVE that a watcher's cost is taken over, and milliseconds between two of them. */
const LOOKS = 3
const PACE = 4000

/** A quantity over a number of things. `even`: it does not depend on the number at all. */
interface Curve {
  readonly title: string
  readonly points: readonly Point[]
  readonly even?: boolean
}

interface Growth {
  readonly name: string
  /** What is counted, for the axis. */
  readonly count: string
  readonly curves: readonly Curve[]
}

export async function measureGrowth(context: Context): Promise<void> {
  const all: Growth[] = []
  for (const measure of [growGuests, growHosts, growSessions, growConsoles]) {
    const growth = await measure(context)
    all.push(growth)
    print(context, growth)
    draw(growth)
    for (const curve of growth.curves) judge(context, growth, curve)
  }
  await shareOneFlight(context)
  context.report.keep('growth', all)
}

async function withOurs(
  { builds }: Context,
  options: GroundOptions & { readonly hosts?: number },
  run: (server: Ours, ground: Ground) => Promise<void>,
): Promise<void> {
  const ground = await prepareGround(options)
  try {
    const { hosts = 1 } = options
    const server = await startOurs(builds[0].path, ground, { tls: false, hosts })
    try {
      await run(server, ground)
    } finally {
      await server.stop()
    }
  } finally {
    await ground.close()
  }
}

/** What one browser's stream of events costs while PVE's list goes on changing in ten places. */
async function watch(server: Ours) {
  const events = await EventReader.open(server)
  await events.snapshot
  const snapshot = events.bytes
  await events.changes(1)
  const [before, start] = [events.bytes, cpuSeconds(server.pid)]
  await events.changes(1 + LOOKS)
  const cpu = (1000 * (cpuSeconds(server.pid) - start)) / LOOKS
  const change = (events.bytes - before) / LOOKS
  events.close()
  return { snapshot, cpu, change }
}

async function growGuests(context: Context): Promise<Growth> {
  const cpu: Point[] = []
  const change: Point[] = []
  const snapshot: Point[] = []
  const memory: Point[] = []
  for (const x of [10, 100, 1000, 5000, 20_000]) {
    await withOurs(context, { guests: x }, async (server) => {
      await server.signIn()
      const cost = await watch(server)
      cpu.push({ x, y: cost.cpu })
      change.push({ x, y: cost.change })
      snapshot.push({ x, y: cost.snapshot / KIB })
      memory.push({ x, y: residentBytes(server.pid) / MIB })
    })
  }
  return {
    name: 'guests',
    count: 'guests',
    curves: [
      { title: 'CPU ms for each look at PVE’s list', points: cpu },
      { title: 'bytes of a change in ten guests', points: change, even: true },
      { title: 'KiB of the first answer', points: snapshot },
      { title: 'resident MiB', points: memory },
    ],
  }
}

async function growHosts(context: Context): Promise<Growth> {
  const cpu: Point[] = []
  const memory: Point[] = []
  for (const x of [1, 2, 5, 10, 20]) {
    await withOurs(context, { guests: 100, hosts: x }, async (server) => {
      let cookie = ''
      for (let at = 0; at < x; at++) cookie = await server.signIn(`far${at}`, cookie)
      const events = await EventReader.open(server)
      await events.snapshot
      await wait(PACE)
      const start = cpuSeconds(server.pid)
      await wait(LOOKS * PACE)
      cpu.push({ x, y: (1000 * (cpuSeconds(server.pid) - start)) / LOOKS })
      memory.push({ x, y: residentBytes(server.pid) / MIB })
      events.close()
    })
  }
  return {
    name: 'hosts',
    count: 'hosts of 100 guests each',
    curves: [
      { title: 'CPU ms for a look at all of them', points: cpu },
      { title: 'resident MiB', points: memory },
    ],
  }
}

/** Sign-ins toward one host are held to ten a second, and from one address to twenty at a time. */
const DOORS = 10

async function growSessions(context: Context): Promise<Growth> {
  const memory: Point[] = []
  const cpu: Point[] = []
  await withOurs(context, { guests: 100, hosts: DOORS }, async (server) => {
    const cookies: string[] = []
    for (const x of [1, 10, 100, 1000]) {
      while (cookies.length < x) {
        const start = performance.now()
        const doors = Array.from({ length: Math.min(DOORS, x - cookies.length) }, (_, at) => at)
        // Each person has a few sessions at most.
        const signIn = (at: number) => server.signIn(`far${at}`, '', `user${cookies.length + at}`)
        cookies.push(...(await Promise.all(doors.map(signIn))))
        await wait(Math.max(0, 110 - (performance.now() - start)))
      }
      memory.push({ x, y: (await settledBytes(server.pid)) / MIB })
      // The same number of requests each time: what changes is among how many sessions they are.
      const asked = 2000
      const before = cpuSeconds(server.pid)
      for (let at = 0; at < asked; at++) {
        await (await server.request('GET', '/api/session', undefined, cookies[at % x])).text()
      }
      cpu.push({ x, y: (1000 * (cpuSeconds(server.pid) - before)) / asked })
    }
  })
  return {
    name: 'sessions',
    count: 'sessions',
    curves: [
      { title: 'resident MiB', points: memory },
      { title: 'CPU ms of one request', points: cpu, even: true },
    ],
  }
}

/** Bytes of screen that each console gets after its key, once a second. */
const UPDATE = 4096

async function growConsoles(context: Context): Promise<Growth> {
  const memory: Point[] = []
  const cpu: Point[] = []
  await withOurs(context, { guests: GUESTS }, async (server) => {
    await server.signIn()
    const browsers: BrowserEnd[] = []
    for (const x of [1, 10, 100, 250, 500, 1000]) {
      while (browsers.length < x) {
        const browser = await server.console()
        browser.order({ do: 'echo', frame: UPDATE, frames: 1 })
        browsers.push(browser)
      }
      memory.push({ x, y: (await settledBytes(server.pid)) / MIB })
      const seconds = x < 100 ? 20 : 8
      const before = cpuSeconds(server.pid)
      await Promise.all(browsers.map((browser, at) => press(browser, at / x, seconds)))
      cpu.push({ x, y: (100 * (cpuSeconds(server.pid) - before)) / seconds })
    }
  })
  // Of one console nothing can be measured: the clock counts in hundredths of a second.
  const seen = cpu.filter(({ y }) => y > 0)
  return {
    name: 'consoles',
    count: 'consoles',
    curves: [
      { title: 'resident MiB', points: memory },
      { title: '% of one core, a key a second each', points: seen },
    ],
  }
}

/** One key a second, `offset` of a second late, for so many seconds. */
async function press(browser: BrowserEnd, offset: number, seconds: number): Promise<void> {
  const start = performance.now() + offset * 1000
  for (let at = 0; at < seconds; at++) {
    await wait(Math.max(0, start + at * 1000 - performance.now()))
    await browser.roundTrips(1, UPDATE)
  }
}

/** However many watch and ask at once: toward PVE one list of one person is under way at a time. */
async function shareOneFlight(context: Context): Promise<void> {
  await withOurs(context, { guests: 1000, latencyMs: 300 }, async (server, ground) => {
    await server.signIn()
    const streams = await Promise.all(Array.from({ length: 8 }, () => EventReader.open(server)))
    const lists = Array.from({ length: 50 }, () => server.request('GET', '/api/guests'))
    for (const list of lists) await (await list).text()
    await Promise.all(streams.map((events) => events.changes(2)))
    for (const events of streams) events.close()
    const { most } = await ground.calls()
    const value = most['GET cluster/resources'] ?? 0
    context.report.floor({ what: 'lists of one person under way at a time', value, limit: 1 })
  })
}

function print({ report }: Context, { name, curves }: Growth): void {
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))]
  report.table(`growth with ${name}`, [
    ['', ...xs.map(String)],
    ...curves.map(({ title, points }) => [
      title,
      ...xs.map((x) => brief(points.find((point) => point.x === x)?.y ?? Number.NaN)),
    ]),
  ])
}

function draw({ name, count, curves }: Growth): void {
  const panels = curves.map(({ title, points }) => ({ title, points }))
  const chart = drawChart({ title: `Growth with ${name}`, count, panels })
  writeFileSync(join(DOCS, `growth-${name}.svg`), chart)
}

/**
 * What one more of them costs at the end, against what each costs on the average. Nothing that is even may
 * depend on their number.
 */
function judge({ report }: Context, { name }: Growth, { title, points, even }: Curve): void {
  const [first, before, last] = [points[0], points.at(-2), points.at(-1)]
  if (!first || !before || !last) return
  const what = `growth with ${name}: ${title}`
  if (even) {
    report.floor({ what, value: last.y / first.y, limit: LINEAR })
    return
  }
  const each = (last.y - first.y) / (last.x - first.x)
  const further = (last.y - before.y) / (last.x - before.x)
  report.floor({ what, value: further / each, limit: LINEAR })
}
