import type { Glyph, Tone } from '../model/guest-status.ts'

const paths = {
  search: 'M7 2.75a4.25 4.25 0 1 0 0 8.5 4.25 4.25 0 0 0 0-8.5M10.2 10.2 14 14',
  chevron: 'm4 6 4 4 4-4',
  back: 'M10 3 5 8l5 5',
  close: 'm4 4 8 8M12 4l-8 8',
  plus: 'M8 3v10M3 8h10',
  more: 'M2.5 7h2v2h-2zM7 7h2v2H7zM11.5 7h2v2h-2z',
  node: 'M2 3.25h12v9.5H2zM2 8h12M4.5 5.6h2M4.5 10.4h2',
  window: 'M9 2.75h4.25V7M13.25 2.75 7.5 8.5M6.5 3.75H2.75v9.5h9.5V9.5',
  user: 'M8 2.75a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M2.75 14v-1.5c0-1.5 1.2-2.5 2.7-2.5h5.1c1.5 0 2.7 1 2.7 2.5V14',
  keyboard: 'M1.75 4h12.5v8.25H1.75zM4 6.75h1M7.5 6.75h1M11 6.75h1M4.5 9.75h7',
  fit: 'M1.75 3h12.5v10H1.75zM4.5 5.75h7v4.5h-7z',
  eye: 'M1.5 8C3 5 5.3 3.75 8 3.75S13 5 14.5 8C13 11 10.7 12.25 8 12.25S3 11 1.5 8M8 6.25a1.75 1.75 0 1 0 0 3.5 1.75 1.75 0 0 0 0-3.5',
  'eye-off': 'M1.5 8C3 5 5.3 3.75 8 3.75S13 5 14.5 8C13 11 10.7 12.25 8 12.25S3 11 1.5 8M3 13 13 3',
  fullscreen: 'M2.75 6V2.75H6M10 2.75h3.25V6M13.25 10v3.25H10M6 13.25H2.75V10',
  copy: 'M5.75 5.75h7.5v7.5h-7.5zM10.25 5.5V2.75h-7.5v7.5H5.5',
  check: 'm3 8.5 3.2 3.2L13 5',
  reload: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3.25H9.75',
  signout: 'M9.5 2.75H2.75v10.5H9.5M6.5 8h7.25M11 5.25 13.75 8 11 10.75',
} as const

export type IconName = keyof typeof paths

/** A 16 px drawing for eyes only; whoever uses it gives the control its name. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={paths[name]}
        fill={name === 'more' ? 'currentColor' : 'none'}
        stroke={name === 'more' ? 'none' : 'currentColor'}
        stroke-width="1.5"
      />
    </svg>
  )
}

/** Half dark, half light: the theme. */
export function ThemeIcon() {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path d="M8 2.75a5.25 5.25 0 0 1 0 10.5z" fill="currentColor" />
    </svg>
  )
}

/** The mark: a screen with a block cursor. */
export function Mark() {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M1.75 2.75h12.5v10.5H1.75z" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path class="mark-block" d="M4 5h3v6H4z" />
    </svg>
  )
}

/** A state as a 12 px shape; its word stands beside it. */
export function StatusGlyph({ glyph, tone }: { glyph: Glyph; tone: Tone }) {
  return (
    <svg
      class={`glyph glyph-${glyph} tone-${tone}`}
      width="12"
      height="12"
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      {shapes[glyph]()}
    </svg>
  )
}

const shapes: Readonly<Record<Glyph, () => unknown>> = {
  run: () => <circle cx="6" cy="6" r="4" fill="currentColor" />,
  stop: () => (
    <path d="M2.75 2.75h6.5v6.5h-6.5z" fill="none" stroke="currentColor" stroke-width="1.5" />
  ),
  pause: () => <path d="M2.5 2.5h2.5v7H2.5zM7 2.5h2.5v7H7z" fill="currentColor" />,
  lock: () => (
    <path
      d="M3.75 5.5V3.75a2.25 2.25 0 0 1 4.5 0V5.5h1.25v5.25h-7V5.5zm1.5 0h1.5V3.75a.75.75 0 0 0-1.5 0z"
      fill="currentColor"
      fill-rule="evenodd"
    />
  ),
  unknown: () => (
    <circle
      cx="6"
      cy="6"
      r="4"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-dasharray="1.6 1.54"
    />
  ),
  problem: () => (
    <path
      d="M6 .9 11.7 11H.3zM5.35 4.4v3.1h1.3V4.4zm0 3.9v1.3h1.3V8.3z"
      fill="currentColor"
      fill-rule="evenodd"
    />
  ),
  wait: () => <path d="M4 1.5h4v9H4z" fill="currentColor" />,
}

/** A share as a neutral bar; from 90 % on it is warm. The number stands beside it. */
export function Bar({ percent }: { percent: number }) {
  return (
    <svg
      class={percent >= 90 ? 'bar tone-warn' : 'bar'}
      width="56"
      height="4"
      viewBox="0 0 56 4"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect class="bar-track" width="56" height="4" />
      <rect class="bar-fill" width={String(Math.round(percent * 0.56))} height="4" />
    </svg>
  )
}
