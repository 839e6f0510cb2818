import type { ConfigSource } from '../config/load.ts'
import { ConfigError } from '../config/load.ts'
import type { Runtime } from '../runtime/runtime.ts'

const PLACES = ['./pve-console.toml', '/etc/pve-console/config.toml'] as const

/**
 * The configuration file: the one named, else the first that exists; null where there is none.
 * Throws ConfigError when a named file is missing or a file cannot be read.
 */
export function findConfigFile(
  named: string | undefined,
  runtime: Pick<Runtime, 'env' | 'readText' | 'fileExists'>,
): ConfigSource['file'] {
  const path = named ?? runtime.env('PVE_CONSOLE_CONFIG') ?? PLACES.find(runtime.fileExists)
  if (path === undefined) return null
  try {
    return { path, text: runtime.readText(path) }
  } catch (error) {
    throw new ConfigError([`${path}: cannot be read: ${(error as Error).message}`])
  }
}
