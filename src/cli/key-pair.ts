/** Whether this server's listener speaks TLS, and with which key pair. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/load.ts'
import type { Runtime, TlsPair } from '../runtime/runtime.ts'
import { isLoopbackName } from './banner.ts'
import { ownCertificate } from './own-certificate.ts'
import { readFile } from './read-file.ts'

/** Whether the listener is encrypted: by given files, or because other machines can reach it. */
export function speaksTls({ tls, listen }: Config): boolean {
  if (tls.mode !== 'auto') return tls.mode === 'files'
  return listen.kind === 'tcp' && !isLoopbackName(listen.hostname)
}

/** The key pair to listen with; null: plain HTTP. Throws ConfigError when it is none. */
export async function readKeyPair(
  config: Config,
  directory: string,
  runtime: Runtime,
  clock: Pick<Clock, 'wall'>,
): Promise<TlsPair | null> {
  if (config.tls.mode === 'files') return readGivenPair(config, runtime)
  return speaksTls(config) ? ownCertificate(config, directory, runtime, clock) : null
}

/** The files that the configuration names. Throws ConfigError when they are not a pair. */
export function readGivenPair(config: Config, runtime: Pick<Runtime, 'readText'>): TlsPair {
  const { tls } = config
  const cert = readFile('tls.cert', tls.cert, runtime)
  const key = readFile('tls.key', tls.key, runtime)
  const certificate = parsed('tls.cert', tls.cert, () => new X509Certificate(cert))
  const privateKey = parsed('tls.key', tls.key, () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigError([`tls.key: ${tls.key} is not the key of the certificate in ${tls.cert}`])
  }
  return { cert, key }
}

/** Throws ConfigError that names the option when its file cannot be understood. */
function parsed<T>(option: string, path: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new ConfigError([`${option}: ${path} is not PEM: ${(error as Error).message}`])
  }
}
