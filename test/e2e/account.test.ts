/** The account menu: one's other sessions, and guests by their number. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { needs } from '../needs.ts'
import { violationsOf } from './axe.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { type Inside, startInside } from './inside.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('the account menu', () => {
  let lab: Lab
  let host: LabHost
  let inside: Inside
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    lab = await startLab({ screens: 'rfb', authFailureDelayMs: 0 })
    host = lab.host('alpha')
    inside = await startInside(lab)
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

  const enter = async (userid: string): Promise<void> => {
    await page.goto(`${inside.url}/signin`)
    await page.locator('[data-host=alpha]').click()
    const { user, realm, password } = host.account(userid)
    await page.locator('#realm').selectOption(realm)
    await page.locator('#user').fill(user)
    await page.locator('#password').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('[data-page=guests]').waitFor()
  }
  const choose = async (dialog: string): Promise<void> => {
    await page.locator('[popovertarget=account]').first().click()
    await page.locator(`[data-action=dialog-${dialog}]`).click()
  }
  const elsewhere = async (userid: string): Promise<Visitor> => {
    const visitor = new Visitor(inside.url, { record: false })
    await visitor.signIn('alpha', host.account(userid))
    return visitor
  }
  const isIn = async (visitor: Visitor): Promise<boolean> =>
    (await visitor.request('GET', '/api/session')).status === 200

  it('shows where one is signed in, and ends one of them or all the others', async (t) => {
    if (!hasBrowser(t)) return
    await enter('root@pam')
    const others = [await elsewhere('root@pam'), await elsewhere('root@pam')]
    const [first, stranger] = [others[0] as Visitor, await elsewhere('alice@pve')]
    const console = await first.console('alpha', 100)
    await console.handshake()
    await choose('sessions')
    const rows = page.locator('[data-session]')
    await until('three sessions', async () => (await rows.count()) === 3)
    assert.deepEqual(await violationsOf(page), [])
    // This browser stands first, and cannot be ended here.
    assert.match((await rows.first().textContent()) ?? '', /Chrome \d+, Linux.*This browser, now/s)
    assert.equal(await rows.first().locator('button').count(), 0)
    await rows.nth(1).locator('[data-action=end-session]').click()
    await until('two sessions', async () => (await rows.count()) === 2)
    const left = await Promise.all(others.map(isIn))
    assert.equal(left.filter(Boolean).length, 1)
    await page.locator('[data-action=end-others]').click()
    await page.getByText('You are signed in nowhere else.').waitFor()
    assert.deepEqual(await Promise.all(others.map(isIn)), [false, false])
    assert.deepEqual(await console.closed, { code: 4401, reason: 'signed_out' })
    assert.equal(await isIn(stranger), true)
    assert.equal(await page.locator('[data-action=end-others]').isDisabled(), true)
    // This one goes on.
    await page.keyboard.press('Escape')
    await page.locator('[data-dialog]').waitFor({ state: 'detached' })
    await page.reload()
    await page.locator('[data-page=guests]').waitFor()
  })

  it('opens a guest that is not listed, by its number', async (t) => {
    if (!hasBrowser(t)) return
    await enter('carol@pve')
    assert.equal(await page.locator('[data-guest]').count(), 0)
    await choose('number')
    await page.locator('#number').fill('99')
    await page.keyboard.press('Enter')
    await page.getByText('A guest has a number from 100').waitFor()
    assert.deepEqual(await violationsOf(page), [])
    await page.locator('#number').fill('100')
    await page.keyboard.press('Enter')
    await page.locator('.console[data-state=live]').waitFor()
    assert.equal(new URL(page.url()).pathname, '/console/alpha/100')
    const keys = host.guest(100).received().length
    await page.locator('vnc-screen').click()
    await page.keyboard.press('a')
    await until('the guest to read a key', () => host.guest(100).received().length > keys)
    assert.deepEqual(browser.complaints, [])
  })

  it('says which privilege is missing for a number that is nobody’s business', async (t) => {
    if (!hasBrowser(t)) return
    await enter('carol@pve')
    await choose('number')
    await page.locator('#number').fill('101')
    await page.keyboard.press('Enter')
    await page.locator('.console[data-state=ended]').waitFor()
    await page.getByText('PVE does not give this account VM.Console on /vms/101').waitFor()
  })
})
