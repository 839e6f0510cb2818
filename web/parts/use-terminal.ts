import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { ConsoleElement } from '../elements/console-element.ts'
import { PveTerminal } from '../elements/pve-terminal.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { guardPaste } from '../model/paste-guard.ts'
import { byteAmount } from '../model/rates.ts'
import { copyText } from './copy-text.ts'

/** What a terminal wants to be asked about first. */
export type TerminalQuestion =
  | { readonly kind: 'paste'; readonly text: string; readonly byHand: boolean }
  | { readonly kind: 'link'; readonly url: URL }

/** A terminal's clipboard, links and search, as far as they are the page's. */
export function useTerminal(props: {
  element: { current: ConsoleElement | null }
  copyOnSelect: boolean
  say: (note: string) => void
  search: () => void
  toConsole: () => void
}) {
  const { element, copyOnSelect, say, search, toConsole } = props
  const { console: texts } = useConsoleTexts()
  const [question, setQuestion] = useState<TerminalQuestion | undefined>(undefined)
  const paste = (text: string) => {
    const guarded = guardPaste(text)
    if (guarded.asks) setQuestion({ kind: 'paste', text, byHand: false })
    else pasteNow(guarded.text)
  }
  const pasteNow = (text: string) => {
    if (element.current instanceof PveTerminal) element.current.paste(text)
    toConsole()
  }
  const copy = async (text: string, byPointer: boolean) => {
    if (byPointer && !copyOnSelect) return
    if (!(await copyText(text))) say(texts.copyFailed)
    else if (!byPointer) say(texts.copied)
  }
  useLayoutEffect(() => {
    const { current } = element
    if (!(current instanceof PveTerminal)) return
    current.words = {
      skipped: (bytes) => fill(texts.skipped, { amount: byteAmount(bytes) }),
      anew: texts.anew,
    }
    current.asks = {
      copy: (text, byPointer) => void copy(text, byPointer),
      paste,
      link: (url) => setQuestion({ kind: 'link', url }),
      search,
    }
  })
  /** From the toolbar: what the browser gives of the clipboard, else by the person's own hand. */
  const pasteFromClipboard = async () => {
    const text = await readClipboard()
    if (text === undefined) setQuestion({ kind: 'paste', text: '', byHand: true })
    else if (text !== '') paste(text)
  }
  return { question, answer: () => setQuestion(undefined), pasteNow, pasteFromClipboard }
}

/** Undefined where this page gets no clipboard: over plain HTTP, or because the person said no. */
async function readClipboard(): Promise<string | undefined> {
  try {
    return await navigator.clipboard.readText()
  } catch {
    // Both are answered the same way: one pastes into a field by hand.
    return undefined
  }
}
