import type { Child } from 'hono/jsx'
import { useApp, useTexts } from '../state.ts'
import { Mark } from './icon.tsx'

/** The frame of every page but the console: top bar, content, status line. */
export function Frame(props: {
  page: string
  nav?: Child
  tools: Child
  status: Child
  keys?: Child
  children: Child
}) {
  const { base } = useApp()
  const texts = useTexts()
  return (
    <div class="frame" data-page={props.page}>
      <a class="skip button filled" href="#content">
        {texts.nav.skip}
      </a>
      <header class="top-bar">
        <a class="brand" href={`${base}/`}>
          <Mark />
          <span class="mono">pve-console</span>
        </a>
        {props.nav ? <nav class="nav">{props.nav}</nav> : null}
        <div class="tools">{props.tools}</div>
      </header>
      <main class="content" id="content" tabindex={-1}>
        {props.children}
      </main>
      <footer class="status-line">
        <div class="status-text" role="status" data-status>
          {props.status}
        </div>
        {props.keys ? (
          <div class="keys" aria-hidden="true">
            {props.keys}
          </div>
        ) : null}
      </footer>
    </div>
  )
}
