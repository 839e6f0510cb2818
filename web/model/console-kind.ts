import type { ConsoleKind, Guest } from '../../src/http/contract.ts'
import type { ConsoleTarget } from './route.ts'

/** Which console of a guest or node: its screen, or a terminal; of a VM's serial ports, which one. */
export interface ChosenKind {
  readonly kind: ConsoleKind
  readonly serial?: number
}

/** Reads the query of a console page; undefined where it says no kind. */
export function readKind(query: string): ChosenKind | undefined {
  const parameters = new URLSearchParams(query)
  const kind = parameters.get('kind')
  if (kind !== 'vnc' && kind !== 'terminal') return undefined
  const serial = parameters.get('serial') ?? ''
  return kind === 'terminal' && /^[0-3]$/.test(serial) ? { kind, serial: Number(serial) } : { kind }
}

/** The query of a console page or socket, with its question mark. */
export function kindQuery({ kind, serial }: ChosenKind): string {
  return `?kind=${kind}${serial === undefined ? '' : `&serial=${serial}`}`
}

/** What a console of this target can be, the default first. Nodes have both, as PVE's own page. */
export function offeredKinds(
  target: ConsoleTarget,
  guest: Pick<Guest, 'consoles'> | undefined,
): readonly ConsoleKind[] {
  return 'node' in target ? ['terminal', 'vnc'] : (guest?.consoles ?? [])
}

/** The kind that was not asked for, where there is one. */
export function otherKind(
  offered: readonly ConsoleKind[],
  { kind }: ChosenKind,
): ConsoleKind | undefined {
  return offered.find((each) => each !== kind)
}
