import type { ConsolePlace } from '../pve/api.ts'
import type { ScreenServer } from '../rfb/idle-watch.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { LiveConsole } from './live-console.ts'
import { findReady } from './ready-guest.ts'

/** Where a console is opened, and what it will be. */
export interface ReadyPlace {
  readonly place: ConsolePlace
  /** The serial port of a terminal, where there is one to name. */
  readonly serial: number | undefined
  /** What a screen is drawn by: the VM itself, or what PVE shows a shell in. */
  readonly server: ScreenServer
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
  // Somebody waits for this console, and the host may be back.
  await signIn.host.revive()
  if (vmid === undefined) return { place: { node }, serial: undefined, server: 'vncterm' }
  const ready = await findReady(signIn, vmid, kind, serial)
  const isShell = ready.place.type === 'lxc' || typeof ready.config?.display === 'number'
  return { ...ready, server: isShell ? 'vncterm' : 'qemu' }
}
