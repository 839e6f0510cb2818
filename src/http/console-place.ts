import type { ConsolePlace } from '../pve/api.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { LiveConsole } from './live-console.ts'
import { findReady } from './ready-guest.ts'

/** Where a console is opened, and the serial port where there is one to name. */
export interface ReadyPlace {
  readonly place: ConsolePlace
  readonly serial: number | undefined
}

/** The place of a console's guest or node. Throws Failure unless a console can be opened there now. */
export async function findPlace(console: LiveConsole, signIn: SignIn): Promise<ReadyPlace> {
  const ready = await find(console, signIn)
  console.place = ready.place
  console.endPhase('status')
  // It may have ended meanwhile.
  console.signal.throwIfAborted()
  return ready
}

async function find({ target }: LiveConsole, signIn: SignIn): Promise<ReadyPlace> {
  const { vmid, node = '', kind, serial } = target
  if (vmid === undefined) return { place: { node }, serial: undefined }
  return findReady(signIn, vmid, kind, serial)
}
