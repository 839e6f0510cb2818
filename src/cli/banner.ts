import { X509Certificate } from 'node:crypto'
import type { Config } from '../config/config.ts'
import type { Host } from '../pve/host.ts'
import { formatFingerprint } from '../pve/known-hosts.ts'
import type { ListenAddress, TlsPair } from '../runtime/runtime.ts'
import { version } from '../version.ts'

/** What `serve` prints once it listens: the address to open, and who can. */
export function bannerText(config: Config, bound: ListenAddress, tls: TlsPair | null): string {
  const address = config.publicUrl
    ? `${config.publicUrl.origin}${config.publicUrl.path}/`
    : addressOf(bound, tls !== null)
  const hosts = [...config.hosts.values()].map((host) => host.label).join(', ')
  const lines = [`pve-console ${version} for ${hosts}`, '', `  Open ${address}`]
  if (bound.kind === 'tcp' && isLoopbackName(bound.hostname) && !config.publicUrl) {
    lines.push('  Only this machine can reach it; for others, start with --listen :8443')
  }
  if (tls) {
    const { fingerprint256 } = new X509Certificate(tls.cert)
    lines.push(`  Its certificate has the SHA-256 fingerprint`, `  ${fingerprint256}`)
  }
  return `${lines.join('\n')}\n\n`
}

function addressOf(bound: ListenAddress, encrypted: boolean): string {
  if (bound.kind === 'unix') return `unix:${bound.path}`
  const everywhere = bound.hostname === '::' || bound.hostname === '0.0.0.0'
  const name = everywhere ? 'localhost' : bound.hostname
  const host = name.includes(':') ? `[${name}]` : name
  return `${encrypted ? 'https' : 'http'}://${host}:${bound.port}/`
}

/** Whether only this machine can reach an address. */
export function isLoopbackName(hostname: string): boolean {
  return /^(127\.|::1$|localhost$)/.test(hostname)
}

/** What `serve` prints about a host whose certificate nobody has confirmed: which one, and what to run. */
export function untrustedText(host: Host, trustCommand: string): string {
  const shown = host.judgement?.certificate.sha256 ?? ''
  return `  ${host.config.label} is not trusted: nothing is sent to it. It shows the SHA-256 fingerprint
  ${formatFingerprint(shown)}
  Compare it with what "pvenode cert info" prints there, then run
    ${trustCommand}

`
}
