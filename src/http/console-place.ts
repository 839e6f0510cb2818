import type { ConsolePlace } from '../pve/api.ts'
import type { ScreenServer } from '../rfb/idle-watch.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { LiveConsole } from './live-console.ts'
import { requireReady } from './ready-guest.ts'

/** Where a console is opened, and what it will be. */
export interface ReadyPlace {
  readonly place: ConsolePlace
  /** The serial port of a terminal, where there is one to name. */
  readonly serial: number | undefined
  /** What a screen is drawn by: the VM itself, or what PVE shows a shell in. */
  readonly server: ScreenServer
}

/**
 * Opens a console where its guest or node is. Where PVE says that the guest is not there after all, it has
 * moved a moment ago, or it is one that PVE does not list to this user: then it is opened where it can be.
 *
 * Throws Failure unless a console can be opened now, and as `open` does.
 */
export async function openAtPlace<T>(
  console: LiveConsole,
  signIn: SignIn,
  open: (ready: ReadyPlace) => Promise<T>,
): Promise<T> {
  const { vmid, node = '', kind, serial } = console.target
  // Somebody waits for this console, and the host may be back.
  await signIn.host.revive()
  const openHere = (ready: ReadyPlace): Promise<T> => {
    console.place = ready.place
    console.endPhase('status')
    // It may have ended meanwhile.
    console.signal.throwIfAborted()
    return open(ready)
  }
  if (vmid === undefined) return openHere({ place: { node }, serial: undefined, server: 'vncterm' })
  return signIn.inventory.at(vmid, async (place) => {
    const ready = await requireReady(signIn, place, kind, serial)
    const isShell = place.type === 'lxc' || typeof ready.config?.display === 'number'
    return openHere({ place, serial: ready.serial, server: isShell ? 'vncterm' : 'qemu' })
  })
}
