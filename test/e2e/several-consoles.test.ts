/** Several consoles in one page: each has its own socket, its own keys and its own end. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { alpha, beta } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import { live, signIn } from './at-console.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

/** The same number on two hosts, and another one; the first is the page's own. */
const PLACES = ['alpha/guests/100', 'beta/guests/100', 'alpha/guests/110'] as const

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('several consoles in one page (binary)', () => {
  let stage: Stage
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    const lab = { hosts: [alpha(), beta()], screens: 'rfb', authFailureDelayMs: 0 } as const
    stage = await setStage('binary', { lab })
    browser = await startBrowser()
    page = browser.page
    browser.context.setDefaultTimeout(10_000)
    for (const key of ['alpha', 'beta']) {
      await signIn(page, stage.url, key, stage.lab.host(key).account('root@pam'))
    }
    await page.goto(`${stage.url}/console/alpha/100?kind=vnc`)
    await live(page)
    await page.evaluate((places) => {
      for (const place of places) {
        const screen = document.createElement('vnc-screen')
        screen.setAttribute('src', `/api/hosts/${place}/console?kind=vnc`)
        screen.style.cssText = 'display: block; width: 320px; height: 200px'
        document.body.append(screen)
      }
    }, PLACES.slice(1))
    await page.waitForFunction(
      (count) => document.querySelectorAll('vnc-screen[data-state=live]').length === count,
      PLACES.length,
    )
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  const guests = () => [
    stage.lab.host('alpha').guest(100),
    stage.lab.host('beta').guest(100),
    stage.lab.host('alpha').guest(110),
  ]

  it('hear only the keys that are typed into them', async (t) => {
    if (!hasBrowser(t)) return
    for (const [at, letters] of ['abc', 'def', 'ghi'].entries()) {
      await page
        .locator('vnc-screen')
        .nth(at)
        .evaluate((each) => (each as HTMLElement).focus())
      await page.keyboard.type(letters)
    }
    await until('all that was typed', () => guests()[2]?.receivedText() === 'ghi')
    assert.deepEqual(
      guests().map((guest) => guest.receivedText()),
      ['abc', 'def', 'ghi'],
    )
  })

  it('end one by one, and leave the others alone', async (t) => {
    if (!hasBrowser(t)) return
    await stage.lab.host('beta').guest(100).stop()
    await page.locator('vnc-screen[data-state=guest-away]').waitFor()
    const states = await page
      .locator('vnc-screen')
      .evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.state))
    assert.deepEqual(states, ['live', 'guest-away', 'live'])
    await page
      .locator('vnc-screen')
      .nth(2)
      .evaluate((each) => each.remove())
    await until('one console less', () => {
      const open = stage.lab.host('alpha').consoles.filter((each) => each.open)
      return open.length === 1 && open[0]?.vmid === 100
    })
    assert.equal(await page.locator('vnc-screen').first().getAttribute('data-state'), 'live')
  })
})
