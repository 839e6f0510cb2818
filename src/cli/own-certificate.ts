/** The certificate this server shows where nobody gave it one. */
import { X509Certificate } from 'node:crypto'
import { issueCertificate, keyPem, makeKeyPair } from '../certificate.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/load.ts'
import type { Runtime, TlsPair } from '../runtime/runtime.ts'

/** What a certificate can carry; a machine's name may also have underscores. */
const DNS_NAME = /^(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)*$/
const ADDRESS = /^(\d+(\.\d+){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/

const DAY = 86_400_000
/** Days; browsers refuse leaves that are meant for longer than 398. */
const LIFETIME = 397 * DAY
/** A certificate with less left than this is made anew at the next start. */
const RENEW_BEFORE = 30 * DAY

/**
 * The certificate in `directory`, made anew where there is none, or it is about to end, or it
 * lacks a name or address that this machine has now.
 *
 * Throws ConfigError when it can be neither read nor written.
 */
export async function ownCertificate(
  config: Config,
  directory: string,
  runtime: Runtime,
  clock: Pick<Clock, 'wall'>,
): Promise<TlsPair> {
  const paths = { cert: `${directory}/tls.crt`, key: `${directory}/tls.key` }
  const names = ownNames(config, runtime)
  try {
    if (runtime.fileExists(paths.cert) && runtime.fileExists(paths.key)) {
      const kept = { cert: runtime.readText(paths.cert), key: runtime.readText(paths.key) }
      if (isGood(new X509Certificate(kept.cert), names, clock.wall())) return kept
    }
    const made = await makeCertificate(names, clock.wall())
    runtime.writeText(paths.key, made.key, 0o600)
    runtime.writeText(paths.cert, made.cert, 0o644)
    return made
  } catch (error) {
    throw new ConfigError([
      `state_dir: the certificate in ${directory} cannot be kept: ${(error as Error).message}`,
    ])
  }
}

function ownNames(config: Config, runtime: Runtime): string[] {
  const machine = runtime.machineName.toLowerCase()
  const short = machine.split('.', 1)[0] ?? machine
  const addresses = runtime.addresses().filter((address) => !address.startsWith('fe80:'))
  const configured = [config.publicUrl?.origin, ...config.origins].map((origin) =>
    origin === undefined ? '' : new URL(origin).hostname.replace(/^\[|\]$/g, ''),
  )
  const all = ['localhost', machine, short, `${short}.local`, ...configured, ...addresses]
  return [...new Set(all)].filter((name) => DNS_NAME.test(name) || ADDRESS.test(name))
}

function isGood(certificate: X509Certificate, names: readonly string[], now: number): boolean {
  if (Date.parse(certificate.validTo) - now < RENEW_BEFORE) return false
  // Addresses come and go, and people have confirmed the fingerprint: only a new name is worth a new one.
  return names.filter((name) => DNS_NAME.test(name)).every((name) => certificate.checkHost(name))
}

async function makeCertificate(names: readonly string[], now: number): Promise<TlsPair> {
  const keys = await makeKeyPair('ec-p256')
  const spec = {
    subject: [['CN', names[1] ?? 'pve-console']] as const,
    names,
    // A browser whose clock is a little late should not find it too young.
    notBefore: new Date(now - DAY),
    notAfter: new Date(now - DAY + LIFETIME),
  }
  return { cert: issueCertificate(spec, keys), key: keyPem(keys) }
}
