/** What the API of one host works on; `startHost` puts it together. */
import type { AccountBook } from './account-book.ts'
import type { Authority } from './authority.ts'
import type { LabClock } from './clock.ts'
import type { ConsoleDesk } from './console-desk.ts'
import type { Front } from './front.ts'
import type { Guest } from './guest.ts'
import type { HostOptions, LabSettings } from './lab.ts'
import type { OpenIdDesk } from './openid-desk.ts'
import type { ResourceFeed } from './resource-feed.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { TaskList } from './tasks.ts'
import type { TicketOffice } from './ticket-office.ts'

export interface World {
  readonly options: HostOptions
  readonly clock: LabClock
  readonly keys: SigningKeys
  readonly office: TicketOffice
  readonly book: AccountBook
  readonly openid: OpenIdDesk
  readonly tasks: TaskList
  readonly desk: ConsoleDesk
  readonly guests: ReadonlyMap<number, Guest>
  readonly feed: ResourceFeed
  readonly settings: LabSettings
  readonly fronts: readonly Front[]
  readonly authority: Authority
  /** Certificate by node name. */
  readonly certificates: ReadonlyMap<string, string>
  /** Calls answered with "not done yet". */
  readonly pending: string[]
  readonly startedAt: number
  /** Whether terminals are real shells, and where those of nodes are at home. */
  readonly shells: boolean
  readonly home: string
}

/** PVE's major version: 7, 8 or 9. */
export function major({ options }: Pick<World, 'options'>): number {
  return Number.parseInt(options.version, 10)
}

/** An error's words in its body: before PVE 8.3 they are in the reason phrase alone. */
export function messageOf(world: Pick<World, 'options'>, message: string): { message?: string } {
  return major(world) < 8 ? {} : { message }
}

export function isCluster(world: World): boolean {
  return world.options.nodes.length > 1
}

/** A node answers while its listening socket is open. */
export function isOnline(world: World, node: string): boolean {
  return world.fronts.some((front) => front.node === node && !front.refusing)
}
