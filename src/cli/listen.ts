import type { ListenAddress, Listener, Runtime, ServeOptions } from '../runtime/runtime.ts'

/** Listens where the configuration says. Throws an Error that says why it cannot. */
export async function listen(
  runtime: Pick<Runtime, 'serve'>,
  options: ServeOptions,
): Promise<Listener> {
  const { address } = options
  try {
    return await runtime.serve(options)
  } catch (error) {
    if (isEverywhere(address) && isNoIpv6(error)) {
      return runtime.serve({ ...options, address: { ...address, hostname: '0.0.0.0' } })
    }
    throw new Error(`cannot listen: ${(error as Error).message}`, { cause: error })
  }
}

/** Every address, on a machine that may be without IPv6. */
function isEverywhere(address: ListenAddress): address is ListenAddress & { kind: 'tcp' } {
  return address.kind === 'tcp' && address.hostname === '::'
}

function isNoIpv6(error: unknown): boolean {
  return /EAFNOSUPPORT|EADDRNOTAVAIL|address family|not available/i.test(String(error))
}
