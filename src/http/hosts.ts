/** The hosts, as the sign-in form needs them. */
import type { Handler } from 'hono'
import { within } from '../clock.ts'
import type { Host } from '../pve/host.ts'
import { formatFingerprint } from '../pve/known-hosts.ts'
import type { Session } from '../session/sessions.ts'
import type { Certificate, HostSummary, Realm } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireSignIn } from './guard.ts'
import { param } from './input.ts'

/** Milliseconds that the list of hosts waits for a host's version. */
const VERSION_PATIENCE = 500

export function listHosts(deps: Deps): Handler<Env> {
  return async (c) => {
    const session = c.get('session')
    const hosts = deps.hosts.all().map((host) => summarize(host, session, deps))
    return c.json(await Promise.all(hosts))
  }
}

async function summarize(host: Host, session: Session | null, deps: Deps): Promise<HostSummary> {
  const { key, label, realm } = host.config
  const signIn = session?.signIns.get(key)
  // A nicety, for which a slow host must not hold up the others.
  const version = signIn && (await within(signIn.version(), VERSION_PATIENCE, deps.clock))
  return {
    key,
    label,
    ...(realm === '' ? {} : { realm }),
    state: await deps.hosts.state(host),
    user: signIn?.user ?? null,
    ...(version === undefined ? {} : { version }),
  }
}

/** To strangers only while it keeps them from signing in: a trusted certificate says names of a network. */
export function showCertificate(deps: Deps): Handler<Env> {
  return async (c) => {
    const host = deps.hosts.get(param(c, 'host'))
    // One node of a cluster may be refused while another one works.
    if ((await deps.hosts.state(host)) === 'ready') requireSignIn(c, deps, host.config.key)
    const { certificate, trusted, expected } = await deps.hosts.judgement(host)
    if (trusted) requireSignIn(c, deps, host.config.key)
    const body: Certificate = {
      trusted,
      fingerprint: formatFingerprint(certificate.sha256),
      subject: certificate.subject,
      issuer: certificate.issuer,
      sans: [...certificate.sans],
      valid_from: certificate.validFrom,
      valid_to: certificate.validTo,
      ...(expected.length > 0 ? { expected: expected.map(formatFingerprint) } : {}),
      ...(trusted ? {} : { confirm: deps.howToConfirm(host.config.key) }),
    }
    return c.json(body)
  }
}

export function listRealms(deps: Deps): Handler<Env> {
  return async (c) => {
    const host = deps.hosts.get(param(c, 'host'))
    const realms: Realm[] = [...(await deps.hosts.realms(host))]
    return c.json(realms)
  }
}
