import type { Certificate } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import { dayOf, forceOf, holderOf, namesIn, pairLines, trustOf } from '../model/certificate.ts'
import { plainLine } from '../model/format.ts'
import { useApp, useStore, useTexts } from '../state.ts'
import { CopyButton } from './copy-button.tsx'

/** What a host shows; where another certificate was confirmed before, that one beside it. */
export function CertificateFacts(props: { certificate: Certificate; say: (note: string) => void }) {
  const { certificate, say } = props
  const { help } = useTexts()
  const [before] = certificate.expected ?? []
  const changed = trustOf(certificate) === 'changed' && before !== undefined
  return (
    <div class="certificate" data-trust={trustOf(certificate)}>
      <section class="certificate-part" data-part="shown">
        <h2>
          {help.shown} <span class="hint">SHA-256</span>
          <CopyButton text={certificate.fingerprint} of={help.fingerprint} say={say} worded />
        </h2>
        <Fingerprint text={certificate.fingerprint} other={before} />
        {changed ? <Facts certificate={certificate} /> : null}
      </section>
      {changed ? (
        <Expected certificate={certificate} />
      ) : (
        <section class="certificate-part">
          <Facts certificate={certificate} />
        </section>
      )}
    </div>
  )
}

function Expected({ certificate }: { certificate: Certificate }) {
  const { help } = useTexts()
  const all = certificate.expected ?? []
  const lines = pairLines(certificate.fingerprint, all[0])
  const n = lines.flat().filter(({ differs }) => differs).length
  return (
    <section class="certificate-part" data-part="expected">
      <h2>
        {help.expected} <span class="hint">SHA-256</span>
      </h2>
      {all.map((each) => (
        <Fingerprint key={each} text={each} other={certificate.fingerprint} />
      ))}
      <p class="quiet-text">
        {all.length === 1 ? fill(help.differing, { n }) : null} {help.onlyFingerprint}
      </p>
    </section>
  )
}

/** Read aloud as one text; for the eye in lines, and what differs is marked. */
function Fingerprint({ text, other }: { text: string; other: string | undefined }) {
  const lines = pairLines(text, other)
  return (
    <code class="fingerprint mono" data-fingerprint={text}>
      {lines.map((line, at) => (
        <span key={at} class="fingerprint-line">
          {line.map((pair, place) => (
            <span key={place}>
              {pair.differs ? <mark class="pair-differs">{pair.text}</mark> : pair.text}
              {at === lines.length - 1 && place === line.length - 1 ? '' : ':'}
            </span>
          ))}
        </span>
      ))}
    </code>
  )
}

function Facts({ certificate }: { certificate: Certificate }) {
  const app = useApp()
  const { help } = useTexts()
  const { locale } = useStore(app.preferences)
  const from = dayOf(certificate.valid_from, locale)
  const to = dayOf(certificate.valid_to, locale)
  const force = forceOf(certificate, Date.now())
  return (
    <dl class="facts">
      <Fact name={help.subject} value={holderOf(certificate.subject)} full={certificate.subject} />
      <Fact name={help.issuer} value={holderOf(certificate.issuer)} full={certificate.issuer} />
      <dt>{help.valid}</dt>
      <dd>
        {fill(help.validFromTo, { from, to })}
        {force === 'now' ? null : (
          <span class="tone-bad"> {force === 'expired' ? help.expired : help.early}</span>
        )}
      </dd>
      <Fact name={help.names} value={namesIn(certificate.sans).join(', ') || help.noNames} />
    </dl>
  )
}

/** Nobody has vouched for these words yet, so they are made harmless for one line. */
function Fact({ name, value, full = value }: { name: string; value: string; full?: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd title={plainLine(full, 300)}>
        <bdi>{plainLine(value, 300)}</bdi>
      </dd>
    </>
  )
}
