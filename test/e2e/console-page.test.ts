/** The console page around the picture: kinds, toolbar, keys and power. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabHost } from '../lab/lab.ts'
import { alpha, beta } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import { live, run, says, signIn, title } from './at-console.ts'
import { violationsOf } from './axe.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('a console page (binary)', () => {
  let stage: Stage
  let host: LabHost
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    const lab = { hosts: [alpha(), beta()], screens: 'rfb', authFailureDelayMs: 0 } as const
    stage = await setStage('binary', { lab })
    host = stage.lab.host('alpha')
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
  const menu = (name: string) =>
    page.locator(`.console-bar [popovertarget=console-${name}]`).first()
  /** The way out of the console: left Ctrl and left Alt, together. */
  const leave = async () => {
    await page.keyboard.down('ControlLeft')
    await page.keyboard.down('AltLeft')
    await page.keyboard.up('AltLeft')
    await page.keyboard.up('ControlLeft')
    await page.locator('.console-bar :focus').waitFor()
  }

  it('offers the kinds a guest has, the default first, and remembers one in its address', async (t) => {
    if (!hasBrowser(t)) return
    await open('/console/alpha/200')
    assert.match(page.url(), /\?kind=terminal$/)
    await menu('kind').click()
    assert.deepEqual(
      await page
        .locator('[data-kind]')
        .evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.kind)),
      ['terminal', 'vnc'],
    )
    await page.locator('[data-kind=vnc]').click()
    await page.locator('vnc-screen[data-state=live]').waitFor()
    assert.match(page.url(), /\?kind=vnc$/)
    await page.reload()
    await page.locator('vnc-screen[data-state=live]').waitFor()
  })

  it('shows a node as terminal and as screen, and a serial port by its number', async (t) => {
    if (!hasBrowser(t)) return
    await open('/console/alpha/node/c')
    await run(page, 'echo node-$((6*7))')
    await says(page, 'node-42')
    await menu('kind').click()
    await page.locator('[data-kind=vnc]').click()
    await page.locator('vnc-screen[data-state=live]').waitFor()
    await open('/console/alpha/102?kind=terminal&serial=0')
    await page.locator('pve-terminal[data-state=live]').waitFor()
  })

  it('says what a guest lacks, and opens the other console instead', async (t) => {
    if (!hasBrowser(t)) return
    await page.goto(`${stage.url}/console/beta/100?kind=terminal`)
    await title(page, 'This guest has no serial port.')
    assert.deepEqual(await violationsOf(page), [])
    await page.locator('[data-action=asScreen]').click()
    await page.locator('vnc-screen[data-state=live]').waitFor()
  })

  it('starts a guest, and has its screen as soon as it runs', async (t) => {
    if (!hasBrowser(t)) return
    host.settings.powerTaskMs = 2400
    await page.goto(`${stage.url}/console/alpha/103`)
    await title(page, 'idle is not running.')
    assert.deepEqual(await violationsOf(page), [])
    const from = host.requests.length
    let looks = 0
    const count = (request: { url(): string }) => {
      if (request.url().endsWith('/api/hosts/alpha/guests/103')) looks += 1
    }
    page.on('request', count)
    await page.locator('[data-action=catchBoot]').click()
    await title(page, 'idle is starting.')
    await live(page)
    const asked = host.requests.slice(from).map(({ path, method }) => `${method} ${path}`)
    page.off('request', count)
    // Three would do at the usual pace of one a second.
    assert.ok(looks >= 6, `${looks} looks`)
    assert.equal(asked.filter((each) => each.endsWith('/103/status/start')).length, 1)
    assert.equal(asked.filter((each) => each.endsWith('/103/vncproxy')).length, 1)
    host.settings.powerTaskMs = 50
  })

  it('asks before it pulls the plug, and begins at Cancel', async (t) => {
    if (!hasBrowser(t)) return
    await menu('power').click()
    await page.locator('[data-power=stop]').click()
    await page.getByRole('heading', { name: 'Stop idle now?' }).waitFor()
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Cancel')
    assert.deepEqual(await violationsOf(page), [])
    await page.keyboard.press('Enter')
    await page.locator('dialog').waitFor({ state: 'detached' })
    assert.equal(host.guest(103).status, 'running')
    await menu('power').click()
    await page.locator('[data-power=stop]').click()
    await page.locator('[data-action=confirm]').click()
    await title(page, 'idle is not running.')
    assert.equal(host.guest(103).status, 'stopped')
  })

  it('is left by left Ctrl and left Alt, and then worked by single letters', async (t) => {
    if (!hasBrowser(t)) return
    await open('/console/alpha/100')
    await leave()
    await page.keyboard.press('d')
    await page
      .locator('#console-details:popover-open')
      .getByText(/^Opened in \d+ ms$/)
      .waitFor()
    assert.deepEqual(await violationsOf(page), [])
    await page.keyboard.press('k')
    await page.locator('#console-keys:popover-open').waitFor()
    assert.deepEqual(await violationsOf(page), [])
    await page.keyboard.press('?')
    await page.locator('[data-dialog=keys-help]').waitFor()
    assert.deepEqual(await violationsOf(page), [])
    await page.keyboard.press('Escape')
    await page.locator('[data-dialog=keys-help]').waitFor({ state: 'detached' })
    await leave()
    await page.keyboard.press('Escape')
    await page.keyboard.type('q')
    await until('the guest to have the keyboard', () => host.guest(100).receivedText() === 'q')
  })

  it('sends what the browser would keep, and nothing while it is only watched', async (t) => {
    if (!hasBrowser(t)) return
    await menu('keys').click()
    await page.locator('[data-chord=secure]').click()
    // The lab's own screen notes of a keysym above Latin 1 its last five bits.
    const read = () =>
      host
        .guest(100)
        .received()
        .map(({ ascii }) => ascii)
    await until('Ctrl, Alt and Del', () => read().slice(-3).join() === '3,9,31')
    const before = read().length
    await leave()
    await page.keyboard.press('v')
    await page.locator('.console-note').getByText('View only').waitFor()
    await page.keyboard.type('xyz')
    await leave()
    await page.keyboard.press('v')
    await page.keyboard.type('z')
    const letters = () =>
      String.fromCharCode(
        ...read()
          .slice(before)
          .filter((each) => each > 32),
      )
    await until('a letter', () => letters() !== '')
    assert.equal(letters(), 'z')
  })

  it('keeps a picture under the guest’s name', async (t) => {
    if (!hasBrowser(t)) return
    const download = page.waitForEvent('download')
    await page.locator('[data-action=screenshot]').click()
    const file = await download
    assert.match(file.suggestedFilename(), /^clock-\d{4}-\d\d-\d\d-\d{6}\.png$/)
    const chunks: Buffer[] = []
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
    const png = Buffer.concat(chunks)
    assert.equal(png.toString('latin1', 1, 4), 'PNG')
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [744, 400])
  })

  it('remembers for each guest how its picture fills the window', async (t) => {
    if (!hasBrowser(t)) return
    const width = () =>
      page
        .locator('.vnc-stage canvas')
        .first()
        .evaluate((canvas) => canvas.clientWidth)
    assert.ok((await width()) > 744)
    await menu('scale').click()
    await page.locator('[data-scale=actual]').click()
    await until('its own size', async () => (await width()) === 744)
    await page.reload()
    await live(page)
    await until('the same again', async () => (await width()) === 744)
    await open('/console/alpha/110')
    assert.ok((await width()) > 744, 'another guest fits')
    await open('/console/alpha/100')
    await menu('scale').click()
    await page.locator('[data-scale=fit]').click()
    await until('it to fit', async () => (await width()) > 744)
  })

  it('gets its toolbar out of the way, and back', async (t) => {
    if (!hasBrowser(t)) return
    const height = () => page.locator('.console-stage').evaluate((stage) => stage.clientHeight)
    const before = await height()
    await page.locator('[data-action=hide-bar]').click()
    await until('more room', async () => (await height()) === before + 36)
    await page.mouse.move(700, 1)
    await until('the toolbar', async () =>
      page.locator('.console-bar').evaluate((bar) => getComputedStyle(bar).opacity === '1'),
    )
    await page.locator('[data-action=hide-bar]').click()
    await until('it to stay', async () => (await height()) === before)
  })

  it('has nothing that axe finds, as a screen and as a terminal, also on a phone', async (t) => {
    if (!hasBrowser(t)) return
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 })
      for (const path of ['/console/alpha/100', '/console/alpha/200']) {
        await open(path)
        assert.deepEqual(await violationsOf(page), [], `${path} at ${width}`)
      }
    }
    await menu('more').click()
    assert.deepEqual(await violationsOf(page), [], 'more')
    const over = await page.evaluate(() => document.body.scrollWidth - innerWidth)
    assert.equal(over, 0)
    await page.setViewportSize({ width: 1440, height: 900 })
  })

  it('breaks no policy in any of it', (t) => {
    if (hasBrowser(t)) assert.deepEqual(browser.complaints, [])
  })
})
