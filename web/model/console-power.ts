import type { Guest, PowerAction } from '../../src/http/contract.ts'

/** Those that can lose what the guest has not saved: asked about first. */
const destructive: readonly PowerAction[] = ['reset', 'stop']

export function destroys(action: PowerAction): boolean {
  return destructive.includes(action)
}

/** What can be done to a guest in the state it is in; what destroys comes last. */
export function powerActions(
  guest: Pick<Guest, 'type' | 'status' | 'lock'>,
): readonly PowerAction[] {
  const { type, status, lock } = guest
  const isMachine = type === 'qemu'
  if (status === 'stopped') return lock === 'suspended' ? ['resume'] : ['start']
  if (status === 'running') {
    return isMachine
      ? ['shutdown', 'reboot', 'suspend', 'reset', 'stop']
      : ['shutdown', 'reboot', 'stop']
  }
  // Paused, or suspended to memory: PVE refuses to shut it down before it runs again.
  if (['paused', 'prelaunch', 'suspended'].includes(status)) {
    return isMachine ? ['resume', 'reset', 'stop'] : ['resume', 'stop']
  }
  return []
}
