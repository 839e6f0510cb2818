/** The certificates that an administrator confirmed: one `KEY sha256:HEX # comment` a line. */

/** A line that is none; the message names the line. */
export class KnownHostsError extends Error {
  override readonly name = 'KnownHostsError'
}

/** Host keys to the fingerprints (64 lower-case hex digits) that were confirmed for them. */
export type KnownHosts = ReadonlyMap<string, readonly string[]>

const LINE = /^([A-Za-z0-9_-]{1,32})\s+sha256:([0-9A-Fa-f:]+)\s*(?:#.*)?$/

/** Reads the file's text. Throws KnownHostsError for a line that is neither empty, comment nor entry. */
export function parseKnownHosts(text: string): KnownHosts {
  const known = new Map<string, string[]>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const [, key, digits] = LINE.exec(line) ?? []
    const sha256 = digits?.replaceAll(':', '').toLowerCase()
    if (key === undefined || sha256?.length !== 64) {
      throw new KnownHostsError(
        `line ${index + 1}: accepted is "KEY sha256:HEX # comment", and lines that begin with #`,
      )
    }
    known.set(key, [...(known.get(key) ?? []), sha256])
  }
  return known
}

/** The text with one more entry at its end; every line that was there stays as it was. */
export function addKnownHost(text: string, key: string, sha256: string, comment: string): string {
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${before}${key} sha256:${sha256} # ${comment.replace(/[^\x20-\x7e]/g, ' ')}\n`
}

/** A fingerprint as PVE prints it: upper case with colons. */
export function formatFingerprint(sha256: string): string {
  return (sha256.match(/../g) ?? []).join(':').toUpperCase()
}
