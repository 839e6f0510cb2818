/** Two people at one guest, and the list of what is open, from which it can be closed. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { alpha, beta } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import { live, signIn, title } from './at-console.ts'
import { violationsOf } from './axe.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('consoles that are open (binary)', () => {
  let stage: Stage
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    const lab = { hosts: [alpha(), beta()], screens: 'rfb', authFailureDelayMs: 0 } as const
    stage = await setStage('binary', { lab, settings: 'limits.consoles_per_session = 6' })
    browser = await startBrowser()
    page = browser.page
    browser.context.setDefaultTimeout(10_000)
    for (const key of ['alpha', 'beta']) {
      await signIn(page, stage.url, key, stage.lab.host(key).account('root@pam'))
    }
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  const open = async (path: string, where = page) => {
    await where.goto(stage.url + path)
    await live(where)
  }

  it('tells two people of each other, and lists what is open', async (t) => {
    if (!hasBrowser(t)) return
    await open('/console/alpha/100')
    const other = await browser.context.newPage()
    await open('/console/alpha/100', other)
    for (const each of [page, other]) {
      await each.bringToFront()
      await each.locator('.console-note').getByText('1 other is watching').waitFor()
    }
    await page.bringToFront()
    await page.locator('.console-bar [popovertarget=console-details]').first().click()
    await page.locator('#console-details').getByRole('button', { name: 'Open consoles' }).click()
    const rows = page.locator('[data-dialog=open-consoles] [data-console]')
    await until('both', async () => (await rows.count()) >= 2)
    assert.deepEqual(await violationsOf(page), [])
    const theirs = page.locator('[data-console]:not([data-here])', { hasText: 'Screen' })
    await theirs.locator('[data-action=close-console]').click()
    await title(other, 'The console has ended.')
    await page.keyboard.press('Escape')
    await other.close()
  })

  it('shows what is open where there are too many, and goes on when one is closed', async (t) => {
    if (!hasBrowser(t)) return
    const list = () =>
      page.evaluate(async () => (await (await fetch('/api/consoles')).json()) as { id: string }[])
    for (const { id } of await list()) {
      await page.evaluate(
        (path) =>
          fetch(path, { method: 'DELETE', headers: { 'content-type': 'application/json' } }),
        `/api/consoles/${id}`,
      )
    }
    // As many as there may be, of a page that stands still meanwhile.
    await page.goto(`${stage.url}/notices.txt`)
    await page.evaluate(() => {
      const path = '/api/hosts/alpha/guests/110/console?kind=vnc'
      for (let n = 0; n < 6; n += 1) new WebSocket(path, ['binary'])
    })
    await until('all of them', async () => (await list()).length === 6)
    const last = await browser.context.newPage()
    await last.goto(`${stage.url}/console/beta/220?kind=vnc`)
    await title(last, 'Too many consoles are open.')
    await last.locator('[data-action=showConsoles]').click()
    await last.locator('[data-dialog=open-consoles] [data-action=close-console]').first().click()
    await until('it to go', async () => (await list()).length === 5)
    await last.keyboard.press('Escape')
    await last.locator('[data-action=tryNow]').click()
    await live(last)
    await last.close()
    await page.goto(`${stage.url}/`)
  })
})
