import { useConsoleTexts } from '../i18n/console-texts.ts'
import type { Band, BandAction } from '../model/band.ts'
import { BandLogin, type LoginProps } from './band-login.tsx'
import { StatusGlyph } from './icon.tsx'

/** What the console waits for or why it ended, over the last picture, with what can be done. */
export function StateBand(props: {
  band: Band
  dropped: boolean
  act: (action: BandAction) => void
  login: LoginProps | undefined
}) {
  const { band } = props
  const texts = useConsoleTexts()
  return (
    <section class="band" data-band={band.label}>
      {band.progress === undefined ? null : (
        <span class="band-progress" style={{ transform: `scaleX(${band.progress.toFixed(3)})` }} />
      )}
      <div class="band-inner">
        <p class={`band-label tone-${band.tone}`}>
          <StatusGlyph glyph={band.glyph} tone={band.tone} />
          {band.label}
        </p>
        <div class="band-body">
          <h2 class="band-title">{band.title}</h2>
          <p class="band-detail">
            {band.detail}{' '}
            {band.keysLost || props.dropped ? (
              <span class={props.dropped ? 'keys-lost now' : 'keys-lost'}>
                {texts.band.notSent}
              </span>
            ) : null}
          </p>
          {band.form && props.login ? <BandLogin {...props.login} /> : null}
          {band.actions.length > 0 ? (
            <div class="band-actions">
              {band.actions.map((action, index) => (
                <button
                  key={action}
                  type="button"
                  class={buttonClass(action, index)}
                  data-action={action}
                  onClick={() => props.act(action)}
                >
                  {texts.band.action[action]}
                </button>
              ))}
            </div>
          ) : null}
        </div>
      </div>
    </section>
  )
}

function buttonClass(action: BandAction, index: number): string {
  if (action === 'back') return 'button quiet'
  return index === 0 && action !== 'check' ? 'button filled' : 'button outline'
}
