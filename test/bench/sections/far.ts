/**
 * Our page beside noVNC as it comes, in a real Chromium, before a real QEMU, over a line of a certain length:
 * how many pictures a second, how soon a key shows, and what an idle screen costs.
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { VncScreen } from '../../../web/elements/vnc-screen.ts'
import { hasChromium, startBrowser } from '../../e2e/browser.ts'
import { type Stage, setStage } from '../../e2e/stage.ts'
import { alpha } from '../../lab/worlds.ts'
import { DelayLine, type LineOptions } from '../delay-line.ts'
import { type Figure, figure } from '../figures.ts'
import type { Context } from './section.ts'

const BUSY = 130
const ECHO = 131
const STILL = 132
const FAR = join(import.meta.dirname, '../stock-novnc.ts')

type Side = 'stock' | 'ours'

interface Lines {
  readonly name: string
  readonly line: LineOptions
  /** How many times as many updates a second as the stock client; 0: no floor. */
  readonly times: number
}

const LINES: readonly Lines[] = [
  { name: '2 ms', line: { roundTrip: 2 }, times: 0.9 },
  { name: '100 ms', line: { roundTrip: 100 }, times: 4.5 },
  { name: '200 ms', line: { roundTrip: 200 }, times: 8 },
]
const NARROW: LineOptions = { roundTrip: 50, rate: 300_000 }

export async function measureFar({ quick, report }: Context): Promise<void> {
  if (!hasChromium()) throw new Error('this section wants Chromium')
  const machine = (vmid: number, program: 'busy' | 'echo' | 'none') => {
    return { vmid, name: program, node: 'a', running: true, vga: 'std', program } as const
  }
  const guests = [machine(BUSY, 'busy'), machine(ECHO, 'echo'), machine(STILL, 'none')]
  const lab = { hosts: [alpha({ guests })], authFailureDelayMs: 0, screens: 'qemu' } as const
  const stage = await setStage('binary', { lab })
  try {
    const far = new Far(stage, await stockCode(), quick ? 1 : 3, quick ? 6000 : 12_000)
    const updates = await far.updates()
    const echoes = await far.echoes()
    const idle = await far.idle()
    const narrow = await far.narrow()
    report.keep('far', { updates, echoes, idle, narrow })
    report.table('updates a second of a screen that never rests', [
      ['', 'stock', 'ours', 'times'],
      ...updates.map(({ name, stock, ours }) => row(name, stock, ours, 1)),
    ])
    report.table('milliseconds from a key to its picture', [
      ['', 'stock', 'ours', 'times'],
      ...echoes.map(({ name, stock, ours }) => row(name, stock, ours, 0)),
    ])
    report.table('an idle screen, and a line of 300 kB/s', [
      ['', 'stock', 'ours', 'times'],
      row('bytes a second, idle', idle.stock, idle.ours, 0),
      row('ms that bytes waited at most', narrow.stock, narrow.ours, 0),
    ])
    for (const { name, stock, ours, times } of updates) {
      const value = ours.median / stock.median
      report.floor({ what: `updates over ${name} against stock`, value, limit: times, least: true })
    }
    for (const { name, stock, ours } of echoes) {
      const value = ours.median / stock.median
      report.floor({ what: `key to picture over ${name} against stock`, value, limit: 1.1 })
    }
    const value = idle.ours.median / idle.stock.median
    report.floor({ what: 'bytes of an idle screen against stock', value, limit: 1.05 })
    report.floor({ what: 'ms on a full line', value: narrow.ours.median, limit: 1000 })
  } finally {
    await stage.close()
  }
}

interface Pair {
  readonly stock: Figure
  readonly ours: Figure
}

function row(name: string, stock: Figure, ours: Figure, digits: number): string[] {
  const ratio = (ours.median / stock.median).toFixed(2)
  return [name, stock.median.toFixed(digits), ours.median.toFixed(digits), ratio]
}

async function stockCode(): Promise<string> {
  const { outputs } = await Bun.build({ entrypoints: [FAR], target: 'browser', minify: true })
  return (await outputs[0]?.text()) ?? ''
}

/** One server and one guest after the other, over one line after the other. */
class Far {
  readonly #stage: Stage
  readonly #stock: string
  readonly #rounds: number
  readonly #ms: number

  constructor(stage: Stage, stock: string, rounds: number, ms: number) {
    this.#stage = stage
    this.#stock = stock
    this.#rounds = rounds
    this.#ms = ms
  }

  async updates() {
    const all: (Lines & Pair)[] = []
    for (const each of LINES) all.push({ ...each, ...(await this.#pair(each.line, BUSY, rate)) })
    return all
  }

  async echoes() {
    const all: (Lines & Pair)[] = []
    for (const each of LINES) all.push({ ...each, ...(await this.#pair(each.line, ECHO, echo)) })
    return all
  }

  idle(): Promise<Pair> {
    return this.#pair({ roundTrip: 100 }, STILL, async (page, ms, line) => {
      const before = line.bytesDown
      await page.waitForTimeout(ms)
      return ((line.bytesDown - before) * 1000) / ms
    })
  }

  narrow(): Promise<Pair> {
    return this.#pair(NARROW, BUSY, async (page, ms, line) => {
      line.longestWait = 0
      await page.waitForTimeout(ms)
      return line.longestWait
    })
  }

  /** Both sides by turns. */
  async #pair(options: LineOptions, vmid: number, measure: Measure): Promise<Pair> {
    const values: Record<Side, number[]> = { stock: [], ours: [] }
    for (let round = 0; round < this.#rounds; round++) {
      for (const side of ['stock', 'ours'] as const) {
        values[side].push(await this.#once(side, options, vmid, measure))
      }
    }
    return { stock: figure(values.stock), ours: figure(values.ours) }
  }

  async #once(side: Side, options: LineOptions, vmid: number, measure: Measure): Promise<number> {
    const line = await DelayLine.start(Number(new URL(this.#stage.url).port), options)
    const browser = await startBrowser({ bypassPolicy: true })
    try {
      const { page } = browser
      await page.goto(`${line.url}/signin`)
      const { user: username, realm, password } = this.#stage.lab.host('alpha').account('root@pam')
      await page.evaluate(
        async (body) => {
          const headers = { 'Content-Type': 'application/json' }
          const init = { method: 'POST', headers, body: JSON.stringify(body) }
          const answer = await fetch('/api/hosts/alpha/session', init)
          if (!answer.ok) throw new Error(`sign-in: ${answer.status}`)
        },
        { username, realm, password },
      )
      if (side === 'ours') await openOurs(page, line.url, vmid)
      else await openStock(page, this.#stock, vmid)
      // Both have found their pace by then.
      await page.waitForTimeout(4000)
      return await measure(page, this.#ms, line)
    } finally {
      await browser.close()
      line.close()
    }
  }
}

type Measure = (page: Page, ms: number, line: DelayLine) => Promise<number>

async function openOurs(page: Page, url: string, vmid: number): Promise<void> {
  await page.goto(`${url}/console/alpha/${vmid}?kind=vnc`)
  await page.waitForSelector('vnc-screen[data-state="live"]')
}

async function openStock(page: Page, code: string, vmid: number): Promise<void> {
  await page.addScriptTag({ content: code, type: 'module' })
  await page.waitForFunction(() => 'openStock' in window)
  const path = `/api/hosts/alpha/guests/${vmid}/console?kind=vnc`
  await page.evaluate(async (at) => void (await window.openStock(at)), path)
}

/** Updates a second. */
async function rate(page: Page, ms: number): Promise<number> {
  const count = () =>
    page.evaluate(() => {
      const ours = document.querySelector<VncScreen>('vnc-screen')
      return [ours?.figures.updates ?? window.stock?.updates ?? 0, performance.now()] as const
    })
  const [before, begun] = await count()
  await page.waitForTimeout(ms)
  const [after, ended] = await count()
  return ((after - before) * 1000) / (ended - begun)
}

/** Milliseconds from a key to the next update but the guest's own ticks, at the median. */
async function echo(page: Page, ms: number): Promise<number> {
  const taken = await page.evaluate(
    async (trips) => {
      const ours = document.querySelector<VncScreen>('vnc-screen')
      const canvas = document.querySelector('canvas')
      const context = canvas?.getContext('2d', { willReadFrequently: true })
      if (!canvas || !context) throw new Error('no picture')
      // The row that is typed into, without the ticks in the first.
      const look = () => {
        const { data } = context.getImageData(0, 32, canvas.width, canvas.height - 32)
        let sum = 0
        for (let at = 0; at < data.length; at += 4) sum = (sum * 31 + (data[at] ?? 0)) | 0
        return sum
      }
      const times: number[] = []
      for (let trip = 0; trip < trips; trip++) {
        const before = look()
        const begun = performance.now()
        if (ours) {
          ours.press([
            [0x78, 'KeyX', true],
            [0x78, 'KeyX', false],
          ])
        } else window.stock?.press(0x78, 'KeyX')
        while (look() === before && performance.now() - begun < 3000) {
          await new Promise((resolve) => setTimeout(resolve, 4))
        }
        times.push(performance.now() - begun)
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
      return times
    },
    Math.ceil(ms / 600),
  )
  return taken.sort((a, b) => a - b)[taken.length >> 1] ?? Number.NaN
}
