import { useLayoutEffect } from 'hono/jsx/dom'
import { Frame } from '../parts/frame.tsx'
import { StatusGlyph } from '../parts/icon.tsx'
import { LanguageSwitch, ThemeSwitch } from '../parts/preference-switches.tsx'
import { useApp, useTexts } from '../state.ts'

function PlainPage(props: { page: string; title: string; detail: string }) {
  const { base } = useApp()
  const texts = useTexts()
  useLayoutEffect(() => {
    document.title = `${props.title} - pve-console`
  }, [props.title])
  return (
    <Frame
      page={props.page}
      tools={
        <>
          <LanguageSwitch />
          <span class="divider" />
          <ThemeSwitch />
        </>
      }
      status={null}
    >
      <div class="plain">
        <StatusGlyph glyph="unknown" tone="still" />
        <h1>{props.title}</h1>
        <p class="quiet-text">{props.detail}</p>
        <a class="button filled" href={`${base}/`}>
          {texts.notFound.toStart}
        </a>
      </div>
    </Frame>
  )
}

export function NotFoundPage() {
  const { notFound } = useTexts()
  return <PlainPage page="not-found" title={notFound.title} detail={notFound.detail} />
}

export function WallPage() {
  const { wall } = useTexts()
  return <PlainPage page="wall" title={wall.title} detail={wall.detail} />
}
