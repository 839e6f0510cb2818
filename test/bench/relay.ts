/**
 * What the relay costs: `bun run bench [--quick]`.
 *
 * The same seeded stream is taken from the lab once straight and once through the server, in turn, so that
 * a slow moment of the machine falls on both. Printed are medians; only ratios mean anything.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { requestTicket } from '../../src/pve/api.ts'
import { Host } from '../../src/pve/host.ts'
import { openScreen } from '../../src/pve/open-console.ts'
import { runHandshake } from '../../src/rfb/run-handshake.ts'
import { PveHandshake, SHARED_CLIENT_INIT } from '../../src/rfb/security.ts'
import { runtime } from '../../src/runtime/bun.ts'
import { type Stage, setStage } from '../e2e/stage.ts'
import { Visitor } from '../e2e/visitor.ts'
import type { LabHost } from '../lab/lab.ts'

const MIB = 1024 * 1024
const VMID = 100
/** Bytes of one frame at the far end. */
const FRAMES = [65_536, 8192, 4096, 1024] as const

interface Sample {
  /** Megabytes a second. */
  readonly rate: number
  /** CPU seconds of the server for a gigabyte; null where there is no server in between. */
  readonly cpu: number | null
}

interface Row {
  readonly frame: number
  readonly straight: Sample
  readonly relayed: Sample
}

async function main(): Promise<void> {
  const quick = process.argv.includes('--quick')
  const stage = await setStage('binary', { lab: { screens: 'rfb' } })
  try {
    const rows: Row[] = []
    for (const frame of FRAMES)
      rows.push(await measure(stage, frame, quick ? 3 : 7, quick ? 32 : 128))
    console.table(rows.map(toLine))
    writeFileSync(
      'dist/bench.json',
      `${JSON.stringify({ runtime: runtime.name, rows }, null, 2)}\n`,
    )
  } finally {
    await stage.close()
  }
}

function toLine({ frame, straight, relayed }: Row) {
  return {
    'far-end frame': frame,
    'straight MB/s': Math.round(straight.rate),
    'relayed MB/s': Math.round(relayed.rate),
    'relayed / straight': (relayed.rate / straight.rate).toFixed(2),
    'relay CPU s/GB': relayed.cpu?.toFixed(2),
  }
}

async function measure(stage: Stage, frame: number, rounds: number, mib: number): Promise<Row> {
  const host = stage.lab.host('alpha')
  const straight: Sample[] = []
  const relayed: Sample[] = []
  // The first round warms both up and does not count.
  for (let round = 0; round <= rounds; round++) {
    const samples = [await takeStraight(host, frame, mib), await takeRelayed(stage, frame, mib)]
    if (round > 0) straight.push(samples[0] as Sample)
    if (round > 0) relayed.push(samples[1] as Sample)
  }
  return { frame, straight: median(straight), relayed: median(relayed) }
}

function median(samples: readonly Sample[]): Sample {
  const sorted = [...samples].sort((a, b) => a.rate - b.rate)
  return sorted[Math.floor(sorted.length / 2)] as Sample
}

async function takeStraight(host: LabHost, chunk: number, mib: number): Promise<Sample> {
  const bytes = mib * MIB
  const blast = host.blast(VMID, { bytes, seed: 1, chunk, end: true })
  const account = host.account('root@pam')
  const urls = [new URL(host.url)]
  const config = { key: host.key, label: '', urls, realm: '', ca: '', fingerprint: [] }
  const trust = { authorities: [host.caPem], verify: () => {}, latest: null, mended: false }
  const direct = new Host(config, trust, runtime)
  const answer = await requestTicket(direct, account.userid, account.password)
  if (answer.kind !== 'ticket') throw new Error('no ticket')
  const place = { node: host.guest(VMID).node, type: 'qemu', vmid: VMID } as const
  const signal = new AbortController().signal
  const screen = await openScreen({
    ...{ host: direct, identity: answer.identity, place, runtime, signal },
    onPhase() {},
  })
  const early = await runHandshake(screen.port, new PveHandshake(screen.password), signal)
  const start = performance.now()
  let received = early.length
  screen.port.send(SHARED_CLIENT_INIT)
  await new Promise<void>((resolve) => {
    screen.port.receive({
      data: (piece) => {
        received += piece.length
      },
      drain() {},
      end: () => resolve(),
    })
  })
  const seconds = (performance.now() - start) / 1000
  direct.close()
  blast.stop()
  if (received < bytes) throw new Error(`only ${received} bytes came`)
  return { rate: received / 1e6 / seconds, cpu: null }
}

async function takeRelayed(stage: Stage, chunk: number, mib: number): Promise<Sample> {
  const host = stage.lab.host('alpha')
  const bytes = mib * MIB
  const blast = host.blast(VMID, { bytes, seed: 1, chunk, end: true })
  const visitor = new Visitor(stage.url, { record: false })
  await visitor.signIn('alpha', host.account('root@pam'))
  const console = await visitor.console('alpha', VMID)
  await console.handshake()
  let received = 0
  console.stream((piece) => {
    received += piece.length
  })
  const cpuBefore = cpuSeconds(stage.server.pid)
  const start = performance.now()
  await console.closed
  const seconds = (performance.now() - start) / 1000
  const cpu = ((cpuSeconds(stage.server.pid) - cpuBefore) / received) * 1e9
  blast.stop()
  if (received < bytes) throw new Error(`only ${received} bytes came`)
  return { rate: received / 1e6 / seconds, cpu }
}

/** User and system time of a process; the kernel counts in hundredths of a second. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

await main()
