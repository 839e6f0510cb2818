/** What a person does, in a real Chromium, with a real QEMU's screen, against the real server. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabHost } from '../lab/lab.ts'
import { needs } from '../needs.ts'
import type { RuntimeName } from '../start-server.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { findCanaries } from './canaries.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.PVE_CONSOLE_PICTURES

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`a person at the page (${runtime})`, () => {
    let stage: Stage
    let host: LabHost
    let browser: RecordingBrowser
    let page: Page

    before(async () => {
      if (!hasChromium()) return
      stage = await setStage(runtime)
      host = stage.lab.host('alpha')
      browser = await startBrowser()
      page = browser.page
    })
    after(async () => {
      await browser?.close()
      await stage?.close()
    })

    it('signs in, opens a screen, types, sees the guest react, and signs out', async (t) => {
      if (!needs(t, hasChromium(), 'Chromium')) return
      if (!needs(t, stage.lab.realQemu, 'QEMU')) return

      await page.goto(stage.url)
      await page.locator('[data-host=alpha] label').click()
      await page.getByLabel('Realm').selectOption('pam')
      await page.getByLabel('User name').fill('root')
      await page.getByLabel('Password', { exact: true }).fill(host.account('root@pam').password)
      await picture(page, 'sign-in')
      await page.keyboard.press('Enter')

      const row = page.locator('[data-guest="alpha/100"]')
      await row.waitFor()
      await picture(page, 'guests')
      await row.getByRole('link', { name: 'clock' }).click()
      const screen = page.locator('vnc-screen')
      await page.locator('vnc-screen[data-state=live]').waitFor()
      await until('the guest to draw its banner', async () => (await inkOf(page, 0, 0.03)) > 100)

      const before = await inkOf(page, 0.08, 1)
      await screen.click()
      await page.keyboard.type('hello qemu 42', { delay: 15 })
      await until(
        'the guest to have read it',
        () => host.guest(100).receivedText() === 'hello qemu 42',
      )
      await until('the echo on the screen', async () => (await inkOf(page, 0.08, 1)) > before + 200)
      await picture(page, 'console')

      // In another window of the same person, as one would.
      const other = await browser.context.newPage()
      await other.goto(stage.url)
      const status = await other.evaluate(async () => {
        const response = await fetch('/api/session', {
          method: 'DELETE',
          headers: { 'content-type': 'application/json' },
        })
        return response.status
      })
      assert.equal(status, 204)
      await page.locator('vnc-screen[data-state=needs-login]').waitFor()
      const close = await screen.evaluate((element) => {
        return (element as unknown as { state: { why?: { code: number; reason: string } } }).state
          .why
      })
      assert.deepEqual(close, { code: 4401, reason: 'signed_out' })
      await until('PVE to see it gone', () => host.consoles.every((each) => !each.open))
      await picture(page, 'signed-out')
      await other.close()
    })

    it('signs in again in place and goes on with the same console', async (t) => {
      if (!needs(t, hasChromium(), 'Chromium') || !needs(t, stage.lab.realQemu, 'QEMU')) return
      const { password } = host.account('root@pam')
      await page.getByLabel('Password for root@pam').fill(password)
      await page.keyboard.press('Enter')
      await page.locator('vnc-screen[data-state=live]').waitFor()
      await page.locator('vnc-screen').click()
      await page.keyboard.type('.', { delay: 15 })
      await until('the key', () => host.guest(100).receivedText().endsWith('.'))
    })

    it('leaves nothing of PVE in any byte the browser sent or got', async (t) => {
      if (!needs(t, hasChromium(), 'Chromium')) return
      const recorded = browser.recorded()
      assert.ok(recorded.includes('RFB 003.008'), 'frames were recorded')
      // The password is the person's own and goes to the server, and nowhere else.
      const typed = host.account('root@pam').password
      const found = findCanaries(stage.lab, recorded).filter((each) => !each.includes(typed))
      assert.deepEqual(found, [])
    })

    it('breaks neither the content security policy nor Trusted Types', (t) => {
      if (!needs(t, hasChromium(), 'Chromium')) return
      assert.deepEqual(browser.complaints, [])
    })
  })
}

/** How many pixels of the screen between two heights (0 top, 1 bottom) are not dark. */
function inkOf(page: Page, from: number, to: number): Promise<number> {
  return page
    .locator('vnc-screen canvas')
    .first()
    .evaluate(
      (canvas, [top, bottom]) => {
        const { width, height } = canvas as HTMLCanvasElement
        const context = (canvas as HTMLCanvasElement).getContext('2d')
        const y = Math.floor(height * top)
        const rows = Math.max(1, Math.floor(height * bottom) - y)
        const { data } = context?.getImageData(0, y, width, rows) ?? { data: [] }
        let ink = 0
        for (let at = 0; at < data.length; at += 4) {
          if ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0) > 200) ink++
        }
        return ink
      },
      [from, to] as const,
    )
}

async function picture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: `${PICTURES}/${name}.png` })
}
