import { useEffect, useRef, useState } from 'hono/jsx/dom'
import { consolePath, parsePath } from '../model/route.ts'
import { useApp, useStore, useTexts } from '../state.ts'
import { Complaint } from './complaint.tsx'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'

/** Opens a guest that PVE does not list to this person, who knows its number. */
export function OpenByNumber({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { account, guests, signIn } = useTexts()
  const known = useStore(app.hosts)
  const hosts = known.known ? known.list.filter(({ user }) => user !== null) : []
  const [host, setHost] = useState(hosts[0]?.key ?? '')
  const [number, setNumber] = useState('')
  const [wrong, setWrong] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const open = (event: Event) => {
    event.preventDefault()
    const path = `/console/${host}/${number.trim()}`
    const route = parsePath(path)
    if (route.page !== 'console') return setWrong(true)
    onClose()
    app.go(consolePath(route.target))
  }
  return (
    <Dialog
      id="open-by-number"
      title={account.byNumber}
      closeLabel={account.close}
      onClose={onClose}
    >
      <form class="dialog-body" onSubmit={open} noValidate>
        <p class="quiet-text">{account.byNumberHint}</p>
        {hosts.length > 1 ? (
          <div class="field">
            <label for="number-host">{signIn.hosts}</label>
            <div class="input-row select-row">
              <select
                class="input"
                id="number-host"
                value={host}
                onChange={(event: Event) => setHost((event.target as HTMLSelectElement).value)}
              >
                {hosts.map(({ key, label }) => (
                  <option key={key} value={key}>
                    {label}
                  </option>
                ))}
              </select>
              <Icon name="chevron" />
            </div>
          </div>
        ) : null}
        <div class="field">
          <label for="number">{guests.vmid}</label>
          <input
            class="input"
            id="number"
            inputmode="numeric"
            autocomplete="off"
            maxLength={9}
            value={number}
            ref={field}
            aria-invalid={wrong ? 'true' : undefined}
            aria-describedby={wrong ? 'number-wrong' : undefined}
            onInput={(event: Event) => {
              setNumber((event.target as HTMLInputElement).value)
              setWrong(false)
            }}
          />
          {wrong ? <Complaint id="number-wrong" text={account.noNumber} /> : null}
        </div>
        <div class="dialog-foot">
          <button type="submit" class="button filled" data-action="open-number">
            {guests.open}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
