const paths = {
  camera:
    'M1.75 4.75h3l1.25-2h4l1.25 2h3v8.5H1.75zM8 6.5a2.25 2.25 0 1 0 0 4.5 2.25 2.25 0 0 0 0-4.5',
  paste: 'M5.5 3.25H3.25v10.5h9.5V3.25H10.5M5.5 1.75h5v3h-5zM5.5 8h5M5.5 10.75h5',
  power: 'M8 1.75V8M4.75 3.9a5.25 5.25 0 1 0 6.5 0',
  hide: 'M2.5 2.75h11M4 10.5 8 6.5l4 4',
  save: 'M8 2v7.5M4.75 6.75 8 10l3.25-3.25M2.75 13.25h10.5',
  screen: 'M1.75 2.75h12.5v8.5H1.75zM5.5 13.75h5M8 11.25v2.5',
  terminal: 'M1.75 2.75h12.5v10.5H1.75zM4.25 5.75 6.5 8l-2.25 2.25M8 10.5h3.5',
  info: 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5M8 7v4M8 4.5v1.25',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.25 4h1.5M2.25 8h1.5M2.25 12h1.5',
  up: 'm4 10 4-4 4 4',
} as const

type ConsoleIconName = keyof typeof paths

/** A 16 px drawing that only consoles need; the control has the name. */
export function ConsoleIcon({ name }: { name: ConsoleIconName }) {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  )
}
