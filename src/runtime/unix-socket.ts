/** Listening on a unix socket: the same on both runtimes, before and after they bind. */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { ListenAddress } from './runtime.ts'

/** The owner and the group may connect, for that is what a proxy on this machine is (octal). */
const MODE = 0o660

/**
 * Takes away what a process that was killed has left at a socket's path. A socket that somebody listens
 * on stays, and so does anything that is no socket: binding fails then, and says so.
 */
export async function clearStaleSocket(address: ListenAddress): Promise<void> {
  if (address.kind !== 'unix') return
  if (!lstatSync(address.path, { throwIfNoEntry: false })?.isSocket()) return
  if (!(await isAnswered(address.path))) unlinkSync(address.path)
}

/** Gives a bound socket its permissions, whatever the umask is. */
export function openToGroup(address: ListenAddress): void {
  if (address.kind === 'unix') chmodSync(address.path, MODE)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
