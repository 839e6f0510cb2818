/** The minute before a session ends, as people meet it, and how they go on after it. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { Session } from '../../src/session/sessions.ts'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { needs } from '../needs.ts'
import { violationsOf } from './axe.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { type Inside, startInside } from './inside.ts'
import { until } from './until.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('before a session ends', () => {
  let lab: Lab
  let host: LabHost
  let inside: Inside
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    lab = await startLab({ screens: 'rfb', authFailureDelayMs: 0 })
    host = lab.host('alpha')
    // Left alone for two seconds, the page has to warn.
    inside = await startInside(lab, 'session.idle = "62s"\nsession.max = "10m"')
    browser = await startBrowser()
    page = browser.page
  })
  afterEach(async () => {
    await page?.goto('about:blank')
    inside?.deps.sessions.endAll()
    await browser?.context.clearCookies()
  })
  after(async () => {
    await browser?.close()
    await inside?.close()
    await lab?.close()
  })

  const enter = async (path = '/'): Promise<void> => {
    await page.goto(`${inside.url}/signin`)
    await page.locator('[data-host=alpha]').click()
    const { user, realm, password } = host.account('root@pam')
    await page.locator('#realm').selectOption(realm)
    await page.locator('#user').fill(user)
    await page.locator('#password').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('[data-page=guests]').waitFor()
    if (path !== '/') await page.goto(inside.url + path)
  }
  /** The browser's session, as the server has it. */
  const session = async (): Promise<Session> => {
    const cookies = await browser.context.cookies()
    const token = cookies.find(({ name }) => name === 'pve-console')?.value ?? ''
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    const { sid } = JSON.parse(payload) as { sid: string }
    return inside.deps.sessions.find(sid) ?? assert.fail('the session is over')
  }
  const warning = (kind: string) => page.locator(`[data-session-warning=${kind}]`)

  it('the page says so, and an act keeps it', async (t) => {
    if (!hasBrowser(t)) return
    await enter()
    await warning('idle').waitFor()
    assert.match((await warning('idle').textContent()) ?? '', /signed out in (60|5\d) s/)
    assert.deepEqual(await violationsOf(page), [])
    await page.locator('[data-action=stay]').click()
    await warning('idle').waitFor({ state: 'detached' })
    // The server has heard of it.
    assert.ok(((await session()).timeLeft.idle ?? 0) > 55_000)
    await warning('idle').waitFor()
    await page.keyboard.press('Shift')
    await warning('idle').waitFor({ state: 'detached' })
    assert.deepEqual(browser.complaints, [])
  })

  it('says so in Korean too', async (t) => {
    if (!hasBrowser(t)) return
    await enter()
    await page.locator('#account, [popovertarget=account]').first().click()
    await page.getByRole('button', { name: '한국어' }).click()
    await warning('idle').getByText('초 뒤 로그아웃됩니다').first().waitFor()
    await page.getByRole('button', { name: '로그인 유지' }).click()
    await warning('idle').waitFor({ state: 'detached' })
  })

  it('a console ends with it, and goes on in place after a password', async (t) => {
    if (!hasBrowser(t)) return
    await enter('/console/alpha/100')
    await page.locator('.console[data-state=live]').waitFor()
    await warning('idle').waitFor()
    inside.clock.advance(62_000)
    await page.locator('.console[data-state=needs-login]').waitFor()
    await warning('idle').waitFor({ state: 'detached' })
    assert.equal(inside.deps.counts.open, 0)
    await page.locator('input[type=password]').fill(host.account('root@pam').password)
    await page.keyboard.press('Enter')
    await page.locator('.console[data-state=live]').waitFor()
    // The new session is watched over as the old one was.
    await warning('idle').waitFor()
  })

  it('a list that is left alone ends at the sign-in, and comes back from there', async (t) => {
    if (!hasBrowser(t)) return
    await enter()
    await warning('idle').waitFor()
    inside.clock.advance(62_000)
    await page.locator('[data-page=sign-in]').waitFor()
    await warning('idle').waitFor({ state: 'detached' })
  })

  it('keys for a guest are acts, and the picture that moves is none', async (t) => {
    if (!hasBrowser(t)) return
    await enter('/console/alpha/100')
    await page.locator('.console[data-state=live]').waitFor()
    await page.locator('vnc-screen').click()
    const keys = host.guest(100).received().length
    await page.keyboard.press('a')
    await until('the guest to read it', () => host.guest(100).received().length > keys)
    const own = await session()
    const before = own.active
    await page.keyboard.press('b')
    await until('it to count', () => own.active > before)
    const last = own.active
    await until('a minute before the end', () => warning('idle').isVisible())
    assert.ok(Math.abs(own.active - last) < 50)
  })

  it('a console that comes back by itself is no act either', async (t) => {
    if (!hasBrowser(t)) return
    await enter('/console/alpha/100')
    await page.locator('.console[data-state=live]').waitFor()
    const own = await session()
    const [before, opened] = [own.active, host.consoles.length]
    host.faults.dropConsoles(100)
    await until('it to come back', () => host.consoles.length > opened)
    await page.locator('.console[data-state=live]').waitFor()
    assert.ok(Math.abs(own.active - before) < 50)
  })

  it('its longest life is told of too, which nothing prolongs', async (t) => {
    if (!hasBrowser(t)) return
    await enter()
    const own = await session()
    // Acts, as one who works on would make them.
    while (own.timeLeft.max > 70_000) {
      inside.clock.advance(30_000)
      inside.deps.sessions.touch(own)
    }
    await page.reload()
    inside.clock.advance(own.timeLeft.max - 59_000)
    inside.deps.sessions.touch(own)
    await page.reload()
    await warning('longest').waitFor()
    await page.locator('[data-action=dismiss]').click()
    await warning('longest').waitFor({ state: 'detached' })
    inside.clock.advance(60_000)
    await page.locator('[data-page=sign-in]').waitFor()
  })
})
