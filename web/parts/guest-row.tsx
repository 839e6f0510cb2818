import { memo } from 'hono/jsx/dom'
import type { Guest } from '../../src/http/contract.ts'
import type { Texts } from '../i18n/en.ts'
import { fill } from '../i18n/fill.ts'
import { amountOf, percent, plainLine, uptimeIn } from '../model/format.ts'
import { markOf, openness } from '../model/guest-status.ts'
import { consolePath } from '../model/route.ts'
import { Bar, Icon, StatusGlyph } from './icon.tsx'

interface RowProps {
  readonly guest: Guest
  readonly base: string
  readonly texts: Texts
}

/** One guest, one line. Only what changed since the last answer is written. */
export const GuestRow = memo(Row, (before, now) => {
  return before.texts === now.texts && sameGuest(before.guest, now.guest)
})

function sameGuest(one: Guest, other: Guest): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

function Row({ guest, base, texts }: RowProps) {
  const mark = markOf(guest, texts)
  const name = plainLine(guest.name) || String(guest.vmid)
  const href = base + consolePath({ host: guest.host, vmid: guest.vmid })
  const can = openness(guest)
  const uptime = guest.uptime > 0 ? uptimeText(guest.uptime, texts) : ''
  const why = can === 'no-right' ? texts.guests.noRight : texts.guests.noScreen
  return (
    <tr
      class={guest.status === 'running' ? 'row guest' : 'row guest still'}
      data-guest={`${guest.host}/${guest.vmid}`}
      data-status={guest.status}
    >
      <td class="cell cell-status">
        <StatusGlyph glyph={mark.glyph} tone={mark.tone} />
        <span
          class={mark.tone === 'run' || mark.tone === 'still' ? 'word' : `word tone-${mark.tone}`}
        >
          {mark.word}
        </span>
      </td>
      <td class="cell cell-vmid mono">
        {guest.vmid}
        <span class="only-phone">
          {' '}
          {[texts.kind[guest.type], uptime].filter(Boolean).join(', ')}
        </span>
      </td>
      <td class="cell cell-name" title={name}>
        {can === 'open' ? (
          <a class="row-link" href={href}>
            <bdi>{name}</bdi>
          </a>
        ) : (
          <bdi>{name}</bdi>
        )}
      </td>
      <td class="cell cell-type">{texts.kind[guest.type]}</td>
      <Tags tags={guest.tags} />
      <Load share={guest.cpu} shown={guest.status === 'running'} />
      <Memory guest={guest} />
      <td class="cell cell-uptime">{uptime}</td>
      <td class="cell cell-actions">
        {can === 'open' ? (
          <>
            <a class="button filled" href={href} tabindex={-1} data-action="open">
              {texts.guests.open}
            </a>
            <a
              class="button quiet square"
              href={href}
              target="_blank"
              rel="noreferrer"
              tabindex={-1}
              aria-label={`${texts.guests.openWindow}: ${name}`}
              title={texts.guests.openWindow}
            >
              <Icon name="window" />
            </a>
          </>
        ) : (
          <span class="hint">{why}</span>
        )}
      </td>
    </tr>
  )
}

function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <td class="cell cell-tags">
      {tags.map((tag) => (
        <span class="tag" key={tag}>
          <bdi>{plainLine(tag, 40)}</bdi>
        </span>
      ))}
    </td>
  )
}

/** Processor load: bar and number. */
export function Load({ share, shown }: { share: number; shown: boolean }) {
  const value = percent(share)
  return (
    <td class="cell cell-cpu">
      {shown ? <Bar percent={value} /> : null}
      <span class={value >= 90 ? 'figure tone-warn' : 'figure'}>{shown ? `${value}%` : ''}</span>
    </td>
  )
}

function Memory({ guest }: { guest: Guest }) {
  const running = guest.status === 'running' || guest.status === 'paused'
  return <Amount used={guest.mem} max={guest.maxmem} shown={running} />
}

/** Memory in use of what there is; only what there is while nothing runs. */
export function Amount(props: { used: number; max: number; shown: boolean }) {
  const { used, max, shown } = props
  const amount = amountOf(used, max)
  const share = percent(max > 0 ? used / max : 0)
  if (max <= 0) return <td class="cell cell-memory" />
  return (
    <td class="cell cell-memory">
      {shown ? <Bar percent={share} /> : null}
      <span class="figure">
        {shown ? <span class={share >= 90 ? 'tone-warn used' : 'used'}>{amount.used}</span> : null}{' '}
        <span class="only-phone">{shown ? amount.unit.slice(0, 1) : ''}</span>
        <span class="hint">
          {shown ? '/ ' : ''}
          {amount.max} {amount.unit}
        </span>
      </span>
    </td>
  )
}

export function uptimeText(seconds: number, texts: Texts): string {
  const { unit, n } = uptimeIn(seconds)
  return fill(texts.unit[unit], { n })
}
