/** Small charts as SVG text, readable on light and on dark paper. */
import { brief } from './figures.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** One measured quantity over a number of things. */
export interface Panel {
  readonly title: string
  /** Points by growing `x`; `x` is above zero. */
  readonly points: readonly Point[]
}

export interface Chart {
  readonly title: string
  /** What `x` counts. */
  readonly count: string
  readonly panels: readonly Panel[]
}

const WIDTH = 300
const HEIGHT = 230
/** Room around the drawing in each panel: for words above, figures at the left and below. */
const MARGIN = { left: 52, right: 16, top: 34, bottom: 40 } as const
const HEAD = 34

/**
 * Draws each panel with both axes logarithmic, so that growth in proportion is a straight line of slope one:
 * the dashed one, which begins where the measured one does.
 */
export function drawChart({ title, count, panels }: Chart): string {
  const width = WIDTH * panels.length
  const height = HEAD + HEIGHT
  const drawn = panels.map((panel, at) => drawPanel(panel, count, at * WIDTH, HEAD))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="head" x="16" y="24">${escapeText(title)}</text>`,
    `<text x="${width - MARGIN.right}" y="24" text-anchor="end">dashed: in proportion</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n')
}

const STYLE = [
  'text{font:11px ui-sans-serif,system-ui,sans-serif;fill:#1b1a18}',
  '.head{font-size:14px;font-weight:600}',
  '.paper{fill:#faf9f6}',
  '.grid{stroke:#1b1a18;stroke-opacity:.15}',
  '.line{fill:none;stroke:#2744be;stroke-width:2}',
  '.dot{fill:#2744be}',
  '.even{stroke:#68655d;stroke-dasharray:4 4}',
  '@media(prefers-color-scheme:dark){text{fill:#efece4}.paper{fill:#1b1a18}.grid{stroke:#efece4}',
  '.line{stroke:#9db0ff}.dot{fill:#9db0ff}.even{stroke:#b3aea2}}',
].join('')

interface Scale {
  readonly low: number
  readonly high: number
  /** Where a value lies, from 0 to 1. */
  at(value: number): number
}

function drawPanel({ title, points }: Panel, count: string, left: number, top: number): string {
  const x = scaleOf(points.map((point) => point.x))
  const y = wholeScaleOf(points.map((point) => point.y))
  const [x0, x1] = [left + MARGIN.left, left + WIDTH - MARGIN.right]
  const [y0, y1] = [top + HEIGHT - MARGIN.bottom, top + MARGIN.top]
  const across = (value: number): string => (x0 + (x1 - x0) * x.at(value)).toFixed(1)
  const up = (value: number): string => (y0 + (y1 - y0) * y.at(value)).toFixed(1)
  const place = (point: Point): string => `${across(point.x)},${up(point.y)}`
  return [
    `<text x="${x0}" y="${top + 18}">${escapeText(title)}</text>`,
    ...decades(y).map(
      (value) =>
        `<line class="grid" x1="${x0}" x2="${x1}" y1="${up(value)}" y2="${up(value)}"/>` +
        `<text x="${x0 - 6}" y="${up(value)}" dy="4" text-anchor="end">${short(value)}</text>`,
    ),
    ...points.map(
      (point) =>
        `<text x="${across(point.x)}" y="${y0 + 16}" text-anchor="middle">${short(point.x)}</text>`,
    ),
    `<text x="${(x0 + x1) / 2}" y="${y0 + 32}" text-anchor="middle">${escapeText(count)}</text>`,
    evenLine(points, x, y, place),
    `<polyline class="line" points="${points.map(place).join(' ')}"/>`,
    ...points.map(
      (point) =>
        `<circle class="dot" cx="${across(point.x)}" cy="${up(point.y)}" r="3"><title>${short(point.x)}: ${brief(point.y)}</title></circle>`,
    ),
  ].join('\n')
}

/** What twice as many would cost twice as much for, as far as it stays on the paper. */
function evenLine(
  points: readonly Point[],
  x: Scale,
  y: Scale,
  place: (point: Point) => string,
): string {
  const [first] = points
  if (!first) return ''
  const furthest = Math.min(x.high, (first.x * y.high) / first.y)
  const last = { x: furthest, y: (first.y * furthest) / first.x }
  const [from, to] = [place(first).split(','), place(last).split(',')]
  return `<line class="even" x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}"/>`
}

/** Logarithmic, from the least value to the greatest. */
function scaleOf(values: readonly number[]): Scale {
  return scale(Math.min(...values), Math.max(...values))
}

/** Logarithmic, from the power of ten below the values to the one above. */
function wholeScaleOf(values: readonly number[]): Scale {
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)))
  return scale(low, Math.max(10 ** Math.ceil(Math.log10(Math.max(...values))), low * 10))
}

function scale(low: number, high: number): Scale {
  const length = Math.log10(high / low)
  return { low, high, at: (value) => Math.log10(value / low) / length }
}

function decades({ low, high }: Scale): number[] {
  const values: number[] = []
  for (let value = low; value <= high * 1.001; value *= 10) values.push(value)
  return values
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`
  if (value >= 1000) return `${value / 1000}k`
  return String(Number(value.toPrecision(3)))
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
