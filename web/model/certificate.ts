import type { Certificate } from '../../src/http/contract.ts'

/** Pairs of hex digits in one line of a fingerprint: four lines of them are compared by eye. */
const pairsInLine = 8

export interface Pair {
  readonly text: string
  /** It is another one than at the same place of the fingerprint it is compared with. */
  readonly differs: boolean
}

/** A fingerprint in lines of pairs, each told from the one at its place in `other`. */
export function pairLines(fingerprint: string, other = fingerprint): readonly (readonly Pair[])[] {
  const theirs = other.split(':')
  const pairs = fingerprint.split(':').map((text, at) => ({ text, differs: text !== theirs[at] }))
  const lines: Pair[][] = []
  for (let at = 0; at < pairs.length; at += pairsInLine) {
    lines.push(pairs.slice(at, at + pairsInLine))
  }
  return lines
}

/** Whether another certificate was confirmed before, or none ever. */
export function trustOf(certificate: Certificate): 'trusted' | 'changed' | 'new' {
  if (certificate.trusted) return 'trusted'
  return (certificate.expected?.length ?? 0) > 0 ? 'changed' : 'new'
}

/** What people call the holder of a distinguished name: its common name, then its organisation. */
export function holderOf(name: string): string {
  // A comma within a value is followed by no KEY=, so it does not part the name.
  const parts = name.split(/, ?(?=[A-Za-z]+=)/).map((part) => part.split(/=(.*)/s))
  const values = ['CN', 'O'].flatMap((key) =>
    parts.filter(([found]) => found === key).map(([, value = '']) => value),
  )
  return values.join(', ') || name
}

/** The names and addresses it stands for, without the kind of each. */
export function namesIn(sans: readonly string[]): readonly string[] {
  return [...new Set(sans.map((entry) => entry.replace(/^(DNS|IP Address|IP):/, '')))]
}

/** Whether a certificate is in force at `now`, in ms since the epoch; unreadable dates are no reason. */
export function forceOf(
  { valid_from, valid_to }: Pick<Certificate, 'valid_from' | 'valid_to'>,
  now: number,
): 'now' | 'expired' | 'early' {
  if (Date.parse(valid_to) < now) return 'expired'
  return Date.parse(valid_from) > now ? 'early' : 'now'
}

/** A certificate's date for people; as it stands where it cannot be read. */
export function dayOf(date: string, locale: string): string {
  const at = Date.parse(date)
  if (Number.isNaN(at)) return date
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(at)
}
