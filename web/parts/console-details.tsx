import { useState } from 'hono/jsx/dom'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { reportOf } from '../model/console-facts.ts'
import { type OpeningStep, openingSteps } from '../model/opening-steps.ts'
import { byteRate, clockTime, linePoints } from '../model/rates.ts'
import type { ConsoleDesk } from './console-desk.ts'
import { copyText } from './copy-text.ts'
import { PopoverButton } from './popover.tsx'
import { type Figures, useFigures } from './use-figures.ts'

const line = { width: 300, height: 24 }

/** The console's figures at a glance, and behind them how it does in detail. */
export function ConsoleDetails({ desk }: { desk: ConsoleDesk }) {
  const { console: texts } = useConsoleTexts()
  const figures = useFigures(desk.element)
  const { own } = desk
  const { rates } = figures
  const isScreen = desk.chosen.kind === 'vnc'
  const size = desk.element.current?.pictureSize
  const received = byteRate(rates.received)
  const roundTrip = own?.rtt_ms === undefined ? '' : `${Math.round(own.rtt_ms)} ms`
  const glance = isScreen
    ? [roundTrip, `${Math.round(rates.updates)}/s`, `${received.value} ${received.unit}`]
    : [roundTrip, size ? `${size.width} × ${size.height}` : '']
  return (
    <PopoverButton
      id="console-details"
      class="button quiet bar-figures mono"
      letter="d"
      popoverClass="details"
      face={
        <>
          <span class="unseen">{texts.details}</span>
          {glance.filter(Boolean).map((each) => (
            <span key={each}>{each}</span>
          ))}
        </>
      }
    >
      <Rates figures={figures} roundTrip={own?.rtt_ms} />
      {own ? (
        <Opening
          steps={openingSteps(own.phases, desk.element.current?.openedIn ?? 0)}
          total={desk.element.current?.openedIn ?? 0}
        />
      ) : null}
      <Connection desk={desk} figures={figures} />
    </PopoverButton>
  )
}

function Rates(props: { figures: Figures; roundTrip: number | undefined }) {
  const { console: texts } = useConsoleTexts()
  const { rates, history } = props.figures
  const received = byteRate(rates.received)
  const big = [
    [texts.roundTrip, props.roundTrip === undefined ? '–' : props.roundTrip.toFixed(0), 'ms'],
    [texts.updates, rates.updates.toFixed(0), '/s'],
    [texts.received, received.value, received.unit],
  ] as const
  return (
    <section class="details-rates">
      <dl>
        {big.map(([name, value, unit]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="mono">
              <strong>{value}</strong> {unit}
            </dd>
          </div>
        ))}
      </dl>
      <svg
        class="details-line"
        viewBox={`0 0 ${line.width} ${line.height}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <polyline points={linePoints(history, line.width, line.height)} />
      </svg>
      <p class="details-axis hint" aria-hidden="true">
        <span>{texts.minuteAgo}</span>
        <span>{texts.now}</span>
      </p>
    </section>
  )
}

function Opening(props: { steps: readonly OpeningStep[]; total: number }) {
  const { console: texts } = useConsoleTexts()
  const { steps, total } = props
  if (steps.length === 0 || total === 0) return null
  const end = Math.max(total, ...steps.map(({ from, ms }) => from + ms))
  return (
    <section>
      <h2>{fill(texts.openedIn, { n: total })}</h2>
      <dl class="details-steps">
        {steps.map(({ name, ms, from }) => (
          <div key={name} data-step={name}>
            <dt>{texts.step[name]}</dt>
            <dd>
              <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect
                  x={String((100 * from) / end)}
                  width={String(Math.max(1, (100 * ms) / end))}
                  height="4"
                />
              </svg>
              <span class="mono">{ms} ms</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Connection({ desk, figures }: { desk: ConsoleDesk; figures: Figures }) {
  const { console: texts } = useConsoleTexts()
  const [copied, setCopied] = useState('')
  const { own, chosen } = desk
  const size = desk.element.current?.pictureSize
  const sent = byteRate(figures.rates.sent)
  const others = (own?.viewers ?? 1) - 1
  const facts: (readonly [string, string])[] = [
    [texts.kindColumn, texts.kind[chosen.kind]],
    [texts.size, size ? `${size.width} × ${size.height}` : '–'],
    [texts.sent, `${sent.value} ${sent.unit}`],
    [texts.watching, others > 0 ? fill(texts.others, { n: others }) : texts.nobody],
    [texts.openFor, own ? clockTime((Date.now() - Date.parse(own.since)) / 1000) : '–'],
  ]
  const copy = async () => {
    const received = byteRate(figures.rates.received)
    const steps = openingSteps(own?.phases ?? {}, desk.element.current?.openedIn ?? 0)
    const report = reportOf([
      ...facts,
      [texts.received, `${received.value} ${received.unit}`],
      [texts.roundTrip, own?.rtt_ms === undefined ? '–' : `${own.rtt_ms} ms`],
      ...steps.map(({ name, ms }) => [texts.step[name], `${ms} ms`] as const),
      [texts.browser, navigator.userAgent],
    ])
    setCopied((await copyText(report)) ? texts.copied : texts.copyFailed)
  }
  return (
    <section>
      <h2>{texts.connection}</h2>
      <dl class="details-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="mono">{value}</dd>
          </div>
        ))}
      </dl>
      <div class="details-foot">
        <button type="button" class="button outline" onClick={() => void copy()}>
          {texts.copyReport}
        </button>
        <button
          type="button"
          class="button quiet"
          data-closes
          onClick={() => desk.open('consoles')}
        >
          {texts.openConsoles}
        </button>
        <span class="hint" role="status">
          {copied || texts.reportHint}
        </span>
      </div>
    </section>
  )
}
