/** Asks a running server whether it is alive. */
import { loadConfig } from '../config/load.ts'
import type { ListenAddress, Runtime } from '../runtime/runtime.ts'
import { UsageError } from './arguments.ts'
import { findConfigFile } from './find-config.ts'
import { speaksTls } from './key-pair.ts'

/** Milliseconds that a healthy server never needs. */
const TIMEOUT = 5000

/** Resolves with 0 when /healthz answers 200, else 1. The server's certificate does not matter here. */
export async function healthcheck(
  args: { readonly config?: string; readonly url?: string },
  runtime: Runtime,
): Promise<number> {
  const url = args.url === undefined ? configuredUrl(args.config, runtime) : givenUrl(args.url)
  try {
    const status = await runtime.probe(url, TIMEOUT)
    if (status === 200) return 0
    runtime.writeError(`pve-console: ${url} answered ${status}\n`)
  } catch (error) {
    runtime.writeError(`pve-console: ${url} does not answer: ${(error as Error).message}\n`)
  }
  return 1
}

/** The path is ours, but a unix socket's path is its address. */
function givenUrl(given: string): URL {
  const url = URL.parse(given)
  if (!url)
    throw new UsageError(
      'healthcheck --url: accepted is an address such as "http://localhost:8080"',
    )
  return url.protocol === 'unix:' ? url : new URL('/healthz', url)
}

function configuredUrl(named: string | undefined, runtime: Runtime): URL {
  // What is asked for is the listener, so a host need not be configured for it.
  const { config } = loadConfig({
    file: findConfigFile(named, runtime),
    hosts: ['healthcheck=127.0.0.1'],
  })
  return listenerUrl(config.listen, speaksTls(config))
}

function listenerUrl(address: ListenAddress, encrypted: boolean): URL {
  if (address.kind === 'unix') return new URL(`unix:${address.path}`)
  const everywhere = address.hostname === '::' || address.hostname === '0.0.0.0'
  const name = everywhere ? 'localhost' : address.hostname
  const host = name.includes(':') ? `[${name}]` : name
  return new URL(`${encrypted ? 'https' : 'http'}://${host}:${address.port}/healthz`)
}
