/** What a person at a browser waits for: from the address of a console to the first pixel of its guest. */
import { chromium, type Page } from 'playwright-core'
import { CHROMIUM_ARGUMENTS, CHROMIUM_PATH, hasChromium } from '../../e2e/browser.ts'
import { FIRST_VMID } from '../far-api.ts'
import { brief, type Figure, figure } from '../figures.ts'
import { prepareGround } from '../ground.ts'
import { type Ours, startOurs } from '../ours.ts'
import type { Context } from './section.ts'

/** Each from the start of the navigation, in milliseconds. */
const WAITS = ['document', 'first paint', 'socket', 'pixel'] as const
type Waits = Record<(typeof WAITS)[number], number>

export async function measureInBrowser({ builds, quick, report }: Context): Promise<void> {
  if (!hasChromium()) {
    console.error('missing: chromium, for what a person at a browser waits for')
    return
  }
  const ground = await prepareGround({ guests: 10 })
  const browser = await chromium.launch({
    executablePath: CHROMIUM_PATH,
    args: [...CHROMIUM_ARGUMENTS],
  })
  try {
    const server = await startOurs(builds[0].path, ground, { tls: false })
    await server.signIn()
    const taken: Waits[] = []
    for (let round = 0; round < (quick ? 5 : 15); round++) {
      // A new context each time: nothing is in a cache.
      const context = await browser.newContext()
      const [name = '', value = ''] = server.cookie.split(/=(.*)/)
      await context.addCookies([{ name, value, url: server.origin }])
      taken.push(await visit(await context.newPage(), server))
      await context.close()
    }
    await server.stop()
    const figures = Object.fromEntries(
      WAITS.map((wait): [string, Figure] => [wait, figure(taken.map((each) => each[wait]))]),
    )
    report.table('ms from the address to the first pixel in Chromium, with nothing in its cache', [
      ['', ...WAITS],
      [builds[0].name, ...WAITS.map((wait) => brief(figures[wait]?.median ?? Number.NaN))],
    ])
    report.keep('in a browser', figures)
  } finally {
    await browser.close()
    await ground.close()
  }
}

async function visit(page: Page, server: Ours): Promise<Waits> {
  const start = performance.now()
  const socket = page.waitForEvent('websocket').then(() => performance.now() - start)
  await page.goto(`${server.origin}/console/far0/${FIRST_VMID}`, { waitUntil: 'commit' })
  await page.waitForFunction(hasPixel, undefined, { polling: 'raf' })
  const pixel = performance.now() - start
  const [document, paint] = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation')
    const [painted] = performance.getEntriesByName('first-contentful-paint')
    const answered = navigation as PerformanceNavigationTiming | undefined
    return [answered?.responseEnd ?? Number.NaN, painted?.startTime ?? Number.NaN]
  })
  return { document: document ?? 0, 'first paint': paint ?? 0, socket: await socket, pixel }
}

/** Runs in the page: whether the guest's screen shows the grey of the far end. */
function hasPixel(): boolean {
  const canvas = document.querySelector('vnc-screen canvas')
  if (!(canvas instanceof HTMLCanvasElement) || canvas.width < 16) return false
  const [red = 0] = canvas.getContext('2d')?.getImageData(4, 4, 1, 1).data ?? []
  return red > 0x70
}
