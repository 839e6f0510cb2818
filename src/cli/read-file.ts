import { ConfigError } from '../config/load.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** A file that an option names. Throws ConfigError that names the option. */
export function readFile(option: string, path: string, runtime: Pick<Runtime, 'readText'>): string {
  try {
    return runtime.readText(path)
  } catch (error) {
    throw new ConfigError([`${option}: ${path} cannot be read: ${(error as Error).message}`])
  }
}
