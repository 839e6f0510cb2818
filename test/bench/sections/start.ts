/** How long our binary takes until it answers, and what it takes while nobody is there. */
import { brief, briefFigure, figure } from '../figures.ts'
import { type Ground, prepareGround } from '../ground.ts'
import { startOurs } from '../ours.ts'
import { settledBytes } from './memory.ts'
import type { Build, Context } from './section.ts'

const MIB = 1024 * 1024
/** Limits of the issue. */
const MOST_MS = 150
const MOST_MIB = 80

export async function measureStart({ builds, quick, report }: Context): Promise<void> {
  const ground = await prepareGround({ guests: 1 })
  try {
    const taken = new Map(builds.map((build) => [build, [] as Start[]]))
    for (let round = 0; round < (quick ? 7 : 21); round++) {
      for (const [build, list] of taken) list.push(await startOnce(build, ground))
    }
    const rows = [...taken].map(([build, list]) => {
      const ms = figure(list.map((start) => start.ms))
      const resident = figure(list.map((start) => start.resident / MIB))
      return { build: build.name, ms, resident }
    })
    report.table('start', [
      ['', 'ms to the first answer', 'resident MiB then'],
      ...rows.map(({ build, ms, resident }) => [build, briefFigure(ms), briefFigure(resident)]),
    ])
    report.keep('start', rows)
    const [own] = rows
    if (!own) return
    report.floor({
      what: 'ms from the start to the first answer',
      value: own.ms.median,
      limit: MOST_MS,
    })
    const value = own.resident.median
    report.floor({ what: 'resident MiB without any session', value, limit: MOST_MIB })
    console.log(`the binary: ${brief(Bun.file(builds[0].path).size / MIB)} MiB`)
  } finally {
    await ground.close()
  }
}

interface Start {
  readonly ms: number
  readonly resident: number
}

async function startOnce(build: Build, ground: Ground): Promise<Start> {
  const server = await startOurs(build.path, ground, { tls: false })
  const resident = await settledBytes(server.pid)
  await server.stop()
  return { ms: server.startedIn, resident }
}
