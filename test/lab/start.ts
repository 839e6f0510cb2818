/** Starts a lab; see lab.ts for what it is. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Host } from './host.ts'
import { IdentityProvider } from './identity-provider.ts'
import type { Lab, LabOptions } from './lab.ts'
import { hasQemu } from './qemu.ts'
import { alpha, beta } from './worlds.ts'

/** PVE's own delay of every 401, in ms. */
const authFailureDelayMs = 3000

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  // Short, because unix socket paths end at 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'lab-'))
  const screens = options.screens ?? (hasQemu() ? 'qemu' : 'rfb')
  const worlds = options.hosts ?? [alpha(), beta()]
  const provider = await IdentityProvider.start()
  const starting = worlds.map((world) => {
    const own = join(directory, world.key)
    mkdirSync(own)
    const delay = options.authFailureDelayMs ?? authFailureDelayMs
    const { shells = true } = options
    const setup = { options: world, directory: own, screens, provider, shells }
    return Host.start({ ...setup, authFailureDelayMs: delay })
  })
  const settled = await Promise.allSettled(starting)
  const hosts = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed) {
    await close(hosts, provider, directory)
    throw failed.reason
  }
  return {
    hosts,
    provider,
    directory,
    realQemu: screens === 'qemu',
    host: (key) => {
      const host = hosts.find((host) => host.key === key)
      if (!host) throw new Error(`there is no host ${key}`)
      return host
    },
    close: () => close(hosts, provider, directory),
  }
}

async function close(
  hosts: readonly Host[],
  provider: IdentityProvider,
  directory: string,
): Promise<void> {
  await Promise.all(hosts.map((host) => host.close()))
  provider.close()
  rmSync(directory, { recursive: true, force: true })
}
