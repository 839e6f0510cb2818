import type { Runtime } from '../runtime/runtime.ts'
import type { ServeArguments } from './arguments.ts'

/**
 * What an administrator types to confirm the certificate of a host that was configured by these arguments:
 * with the same configuration, and so with the same state directory.
 */
export function trustCommand(
  key: string,
  args: Pick<ServeArguments, 'config' | 'hosts'>,
  runtime: Pick<Runtime, 'env'>,
): string {
  const config = args.config ?? runtime.env('PVE_CONSOLE_CONFIG')
  const flags = args.hosts
    .filter((host) => host.startsWith(`${key}=`))
    .flatMap((host) => ['--host', host])
  if (config !== undefined) flags.unshift('--config', config)
  return ['pve-console trust', key, ...flags.map(quoted)].join(' ')
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
