import { useState } from 'hono/jsx/dom'
import type { ConsoleSummary } from '../../src/http/contract.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { plainLine } from '../model/format.ts'
import { guestKey } from '../model/live-list.ts'
import { byteAmount, clockTime } from '../model/rates.ts'
import { consolePath } from '../model/route.ts'
import { useApp, useStore } from '../state.ts'
import { useNow } from './clock.ts'
import { Dialog } from './dialog.tsx'
import { Icon, StatusGlyph } from './icon.tsx'
import { useOpenConsoles } from './use-open-consoles.ts'

/** All consoles of this session, in whatever window, each of which can be closed. */
export function OpenConsoles(props: {
  onClose: () => void
  /** The console that is behind the dialog. */
  here?: string | undefined
}) {
  const { api } = useApp()
  const { console: texts } = useConsoleTexts()
  const { list, ask } = useOpenConsoles('usual')
  const [closing, setClosing] = useState('')
  const close = async (id: string) => {
    setClosing(id)
    await api.closeConsole(id)
    await ask()
    setClosing('')
  }
  return (
    <Dialog
      id="open-consoles"
      class="open-consoles"
      title={texts.openConsoles}
      closeLabel={texts.close}
      onClose={props.onClose}
    >
      <div class="dialog-body">
        {!list || list.length === 0 ? (
          <p class="quiet-text">{list ? texts.noneOpen : texts.askingConsoles}</p>
        ) : (
          <table class="console-list">
            <thead>
              <tr>
                <th scope="col">{texts.guestColumn}</th>
                <th scope="col">{texts.kindColumn}</th>
                <th scope="col" class="figure">
                  {texts.openFor}
                </th>
                <th scope="col" class="figure only-wide">
                  {texts.received}
                </th>
                <th scope="col" class="figure only-wide">
                  {texts.roundTrip}
                </th>
                <th scope="col" class="figure only-wide">
                  {texts.viewers}
                </th>
                <th scope="col">
                  <span class="unseen">{texts.close}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.map((each) => (
                <Row
                  key={each.id}
                  console={each}
                  here={each.id === props.here}
                  busy={each.id === closing}
                  close={close}
                />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Dialog>
  )
}

function Row(props: {
  console: ConsoleSummary
  here: boolean
  busy: boolean
  close: (id: string) => Promise<void>
}) {
  const app = useApp()
  const { console: texts } = useConsoleTexts()
  const { list } = useStore(app.live.store)
  const { host, vmid, node, kind, since, viewers, kept } = props.console
  useNow(true, 1000)
  const guest = vmid === undefined ? undefined : list.guests.get(guestKey({ host, vmid }))
  const name =
    node === undefined
      ? plainLine(guest?.name ?? '') || fill(texts.guest, { vmid: vmid ?? '' })
      : fill(texts.node, { node })
  const target = node === undefined ? { host, vmid: vmid ?? 0 } : { host, node }
  const age = (Date.now() - Date.parse(since)) / 1000
  return (
    <tr data-console={props.console.id} data-here={props.here ? 'true' : undefined}>
      <td class="who">
        {props.here ? (
          <bdi>{name}</bdi>
        ) : (
          <a href={app.base + consolePath(target, { kind })}>
            <bdi>{name}</bdi>
          </a>
        )}{' '}
        <span class="hint">{host}</span>
      </td>
      <td>
        {texts.kind[kind]}
        {kept ? <span class="hint"> {texts.kept}</span> : null}
        {props.here ? <span class="hint"> {texts.thisOne}</span> : null}
      </td>
      <td class="figure mono">{clockTime(age)}</td>
      <td class="figure mono only-wide">{byteAmount(props.console.bytes_out)}</td>
      <td class="figure mono only-wide">
        {props.console.rtt_ms === undefined ? '' : `${Math.round(props.console.rtt_ms)} ms`}
      </td>
      <td class="figure mono only-wide">{viewers}</td>
      <td>
        <button
          type="button"
          class="button outline"
          disabled={props.busy}
          aria-label={fill(texts.closeOf, { guest: name })}
          onClick={() => void props.close(props.console.id)}
          data-action="close-console"
        >
          {props.busy ? <StatusGlyph glyph="wait" tone="wait" /> : <Icon name="close" />}
          {texts.close}
        </button>
      </td>
    </tr>
  )
}
