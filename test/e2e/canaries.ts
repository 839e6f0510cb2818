/** The secrets that a lab handed out, and how to find them where they must not be. */
import { Buffer } from 'node:buffer'
import type { Lab } from '../lab/lab.ts'

/** What must not be found, each under the name to complain with. */
export function canaries(lab: Lab): Map<string, string> {
  const wanted = new Map<string, string>()
  for (const host of lab.hosts) {
    const groups = {
      ticket: host.secrets.tickets,
      'CSRF token': host.secrets.csrfTokens,
      'VNC ticket': host.secrets.vncTickets,
      'VNC password': host.secrets.vncPasswords,
      credential: host.secrets.credentials,
      address: host.nodes.map(({ url }) => url.replace('https://', '')),
    }
    for (const [kind, values] of Object.entries(groups)) {
      for (const value of values) wanted.set(value, `${host.key}: ${kind}`)
    }
    // Signatures alone would do harm as well, whatever stands before them.
    for (const ticket of [...host.secrets.tickets, ...host.secrets.vncTickets]) {
      wanted.set(ticket.slice(ticket.indexOf('::') + 2), `${host.key}: signature`)
    }
  }
  return wanted
}

/** A value as it is, and as it could be written down. */
function spellings(value: string): string[] {
  // Inside a longer text, base64 has three forms; the groups that mix with neighbours are left out.
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('\0'.repeat(shift) + value).toString('base64')
    return encoded.slice(shift === 0 ? 0 : 4, -4)
  })
  return [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), ...base64].filter(
    (spelling) => spelling.length >= 8 || spelling === value,
  )
}

/** Which of them a pile of bytes holds, in any spelling; shortened, for a message. */
export function findCanaries(lab: Lab, haystack: Buffer): string[] {
  return [...canaries(lab)]
    .filter(([value]) => spellings(value).some((spelling) => haystack.includes(spelling)))
    .map(([value, kind]) => `${kind} ${JSON.stringify(value.slice(0, 24))}`)
}
