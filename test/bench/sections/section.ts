import type { StartPeer } from '../peers.ts'
import type { Report } from '../report.ts'

/** A build of our server. */
export interface Build {
  readonly name: string
  readonly path: string
}

/** What a section is given. */
export interface Context {
  /** Fewer rounds and smaller ones. */
  readonly quick: boolean
  /** Ours; with `--vs` another build too. */
  readonly builds: readonly [Build, ...Build[]]
  /** What the builds are measured against, the builds among them, in the order of the rounds. */
  readonly peers: readonly StartPeer[]
  readonly report: Report
}

export type Section = (context: Context) => Promise<void>

/** Bytes of payload of one frame at the far end, and of one message of the browser's. */
export const FRAMES = [65_536, 8192, 4096, 1024] as const
