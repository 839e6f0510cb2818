import type { Tone } from '../model/guest-status.ts'

const colours: Readonly<Record<Tone, string>> = {
  run: '#17723f',
  still: '#68655d',
  warn: '#e2b455',
  busy: '#6a3db0',
  bad: '#b0261d',
  wait: '#2744be',
}

let original: string | undefined

/** The mark with its block in the state's colour; without a tone the plain one again. */
export function showFavicon(tone: Tone | undefined): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  if (!link) return
  original ??= link.href
  link.href = tone ? `data:image/svg+xml,${encodeURIComponent(mark(colours[tone]))}` : original
}

function mark(colour: string): string {
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' +
    '<path fill="#faf9f6" stroke="#1b1a18" stroke-width="1.5" d="M1.75 2.75h12.5v10.5H1.75z"/>' +
    `<path fill="${colour}" d="M4 5h4v6H4z"/></svg>`
  )
}
