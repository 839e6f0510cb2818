/** Many windows of one browser, kept up to date by one stream. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabHost } from '../lab/lab.ts'
import { alpha } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

/** Over HTTP/1.1 the seventh stream would hang every window. */
const WINDOWS = 8

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('the windows of one browser (binary)', () => {
  let stage: Stage
  let host: LabHost
  let browser: RecordingBrowser
  const pages: Page[] = []
  /** Streams that are open, by the window that opened them. */
  const streams = new Map<Page, number>()
  let most = 0

  before(async () => {
    if (!hasChromium()) return
    const lab = { hosts: [alpha()], screens: 'rfb', authFailureDelayMs: 0 } as const
    stage = await setStage('binary', { lab })
    host = stage.lab.host('alpha')
    host.settings.resourcesLagMs = 0
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  const count = (page: Page): void => {
    const add = (by: number) => {
      streams.set(page, (streams.get(page) ?? 0) + by)
      most = Math.max(most, open())
    }
    page.on('request', (request) => void (request.url().endsWith('/api/events') && add(1)))
    for (const end of ['requestfinished', 'requestfailed'] as const) {
      page.on(end as 'requestfinished', (request) => {
        if (request.url().endsWith('/api/events')) add(-1)
      })
    }
  }
  const open = (): number => [...streams.values()].reduce((sum, each) => sum + each, 0)
  const statusIn = (page: Page, vmid: number): Promise<string | null> =>
    page.locator(`[data-guest="alpha/${vmid}"]`).getAttribute('data-status')
  const allSay = (status: string, vmid: number): Promise<void> =>
    until(`every window to say ${status}`, async () => {
      const said = await Promise.all(pages.map((page) => statusIn(page, vmid)))
      return said.every((each) => each === status)
    })

  it('are all up to date over one connection', async (t) => {
    if (!hasBrowser(t)) return
    const { page } = browser
    count(page)
    pages.push(page)
    await page.goto(`${stage.url}/`)
    const { user, realm, password } = host.account('root@pam')
    await page.locator('#realm').selectOption(realm)
    await page.locator('#user').fill(user)
    await page.locator('#password').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('[data-guest="alpha/100"]').waitFor()
    for (let index = 1; index < WINDOWS; index++) {
      const window = await browser.context.newPage()
      count(window)
      pages.push(window)
      await window.goto(`${stage.url}/`)
      await window.locator('[data-guest="alpha/100"]').waitFor()
    }
    assert.equal(open(), 1)
    await host.guest(103).start()
    await allSay('running', 103)
    assert.equal(most, 1, 'there never was another')
  })

  it('have another stream when the window that had it closes', async (t) => {
    if (!hasBrowser(t)) return
    const leader = pages.find((page) => (streams.get(page) ?? 0) > 0)
    assert.ok(leader)
    pages.splice(pages.indexOf(leader), 1)
    streams.delete(leader)
    await leader.close()
    await until('another stream', () => open() === 1)
    await host.guest(103).stop()
    await allSay('stopped', 103)
    assert.equal(open(), 1)
  })

  it('all leave for the sign-in when one of them signs out', async (t) => {
    if (!hasBrowser(t)) return
    await pages[0]?.evaluate(() => fetch('/api/session', { method: 'DELETE' }))
    for (const page of pages) await page.locator('[data-page=sign-in]').waitFor()
    assert.equal(open(), 0)
  })

  it('break no policy on the way', (t) => {
    if (hasBrowser(t)) assert.deepEqual(browser.complaints, [])
  })
})
