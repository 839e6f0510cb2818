/**
 * The bench: our compiled server beside the programs that people put there otherwise, in one run.
 *
 *   bun run bench -- [SECTION]... [--quick] [--vs PATH]
 *
 * `--quick` takes less than ten minutes, leaves `growth` out unless it is named, and exits with 1 when a floor is
 * missed. `--vs` measures another build of ours beside this one. Only ratios within one run mean anything.
 */
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMissing, installMissing } from '../setup.ts'
import {
  BUN_RELAY,
  HAPROXY,
  NGINX,
  NO_RELAY,
  ours,
  PEER_PACKAGES,
  type StartPeer,
  WEBSOCKIFY,
} from './peers.ts'
import { Report } from './report.ts'
import { measureBusy } from './sections/busy.ts'
import { measureFar } from './sections/far.ts'
import { measureGrowth } from './sections/growth.ts'
import { measureInBrowser } from './sections/in-browser.ts'
import { measureLatency } from './sections/latency.ts'
import { measureMemory } from './sections/memory.ts'
import { measureOpening } from './sections/open.ts'
import { measurePage } from './sections/page.ts'
import { measureRelay } from './sections/relay.ts'
import type { Build, Context, Section } from './sections/section.ts'
import { measureStart } from './sections/start.ts'

const ROOT = join(import.meta.dirname, '../..')
const SECTIONS: Readonly<Record<string, Section>> = {
  relay: measureRelay,
  latency: measureLatency,
  opening: measureOpening,
  browser: measureInBrowser,
  busy: measureBusy,
  memory: measureMemory,
  start: measureStart,
  page: measurePage,
  growth: measureGrowth,
  far: measureFar,
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, vs: { type: 'string' } },
    allowPositionals: true,
  })
  const unknown = positionals.filter((name) => !Object.hasOwn(SECTIONS, name))
  if (unknown.length > 0) {
    console.error(`no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`)
    return 2
  }
  const usual = Object.keys(SECTIONS).filter((name) => !(values.quick && name === 'growth'))
  const wanted = positionals.length > 0 ? positionals : usual
  const report = new Report()
  const context = makeContext(values.quick, values.vs, report)
  for (const name of wanted) await SECTIONS[name]?.(context)
  const about = { at: new Date().toISOString(), bun: Bun.version, processors: cpus().length }
  report.finish(join(ROOT, 'dist/bench.json'), { ...about, quick: values.quick })
  return values.quick && report.missed.length > 0 ? 1 : 0
}

function makeContext(quick: boolean, vs: string | undefined, report: Report): Context {
  const own: Build = { name: 'pve-console', path: join(ROOT, 'dist/pve-console') }
  const builds: [Build, ...Build[]] =
    vs === undefined ? [own] : [own, { name: 'the other build', path: resolve(vs) }]
  const rest = vs === undefined ? [...debianPeers(), BUN_RELAY] : debianPeers().slice(0, 1)
  const peers = [NO_RELAY, ...rest, ...builds.map(({ path, name }) => ours(path, name))]
  return { quick, builds, peers, report }
}

/** Those whose package is there or can be installed. */
function debianPeers(): StartPeer[] {
  const state = installMissing(PEER_PACKAGES, console.error)
  for (const line of describeMissing(state)) console.error(line)
  const missing = state.missing.map((each) => each.package)
  return [NGINX, HAPROXY, WEBSOCKIFY].filter(
    (_, at) => !missing.includes(PEER_PACKAGES[at]?.package ?? ''),
  )
}

process.exit(await main())
