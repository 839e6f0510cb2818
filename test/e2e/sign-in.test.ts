/** Every way of signing in, as people meet it in a real Chromium. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabHost } from '../lab/lab.ts'
import { alpha, beta } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import type { RuntimeName } from '../start-server.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { findCanaries } from './canaries.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')
const LAB = {
  hosts: [alpha(), beta(), beta({ key: 'gamma' })],
  screens: 'rfb',
  authFailureDelayMs: 0,
} as const

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`sign-in through an identity provider (${runtime})`, () => {
    let stage: Stage
    let browser: RecordingBrowser
    let page: Page
    /** Another site than the provider's, as it is with people: our cookies are not sent on the way back. */
    let ours: string

    before(async () => {
      if (!hasChromium()) return
      stage = await setStage(runtime, { lab: LAB })
      ours = stage.url.replace('127.0.0.1', 'localhost')
      stage.lab.provider.redirects.add(`${ours}/signin`)
      browser = await startBrowser()
      page = browser.page
    })
    after(async () => {
      await browser?.close()
      await stage?.close()
    })

    const atProvider = (button: string) => page.getByRole('button', { name: button }).click()
    const leave = async (): Promise<void> => {
      await page.locator('[data-action=sign-in-with]').click()
      await page.getByRole('heading', { name: 'Lab identity provider' }).waitFor()
    }

    it('is offered as one button in the place of the password', async (t) => {
      if (!hasBrowser(t)) return
      await page.goto(`${ours}/signin`)
      await page.locator('[data-host=alpha] label').click()
      await page.locator('#password').waitFor()
      await page.locator('#realm').selectOption('sso')
      await page.getByRole('button', { name: 'Sign in with Lab sign-on' }).waitFor()
      assert.equal(await page.locator('#user, #password').count(), 0)
    })

    it('says that it was cancelled, without a word of the provider’s', async (t) => {
      if (!hasBrowser(t)) return
      await leave()
      await atProvider('Cancel')
      await page.getByText('The sign-in was cancelled.').waitFor()
      assert.equal(page.url(), `${ours}/signin`)
      await page.locator('[data-action=sign-in-with]').waitFor()
      assert.equal(await page.locator('#realm').inputValue(), 'sso')
      assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /Mr Lab|Cancel/)
    })

    it('says that PVE did not let somebody in', async (t) => {
      if (!hasBrowser(t)) return
      await leave()
      await atProvider('Sign in as dora')
      await page.getByText('PVE did not let you in.').waitFor()
      assert.equal(page.url(), `${ours}/signin`)
    })

    it('says that the host has gone meanwhile, and goes on once it is back', async (t) => {
      if (!hasBrowser(t)) return
      const { faults } = stage.lab.host('alpha')
      await leave()
      const mend = await faults.refuseConnections()
      faults.cutConnections()
      await atProvider('Sign in as mina')
      await page.getByText('Lab alpha does not answer.').waitFor()
      assert.equal(page.url(), `${ours}/signin`)
      await mend()
      await until('the host to be back', async () => {
        await page.goto(`${ours}/signin`)
        return (await page.locator('[data-host=alpha]').getAttribute('data-state')) === 'ready'
      })
      await page.locator('[data-host=alpha] label').click()
      await page.locator('#realm').selectOption('sso')
    })

    it('leads back to the guests, with an address that says nothing', async (t) => {
      if (!hasBrowser(t)) return
      await leave()
      await atProvider('Sign in as mina')
      await page.locator('[data-guest="alpha/100"]').waitFor()
      assert.equal(page.url(), `${ours}/`)
      assert.deepEqual(await addressesOf(page), [])
      const cookies = (await browser.context.cookies()).filter(({ value }) => value.includes('.'))
      assert.deepEqual(
        cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]),
        [['pve-console', true, 'Strict']],
      )
    })

    it('is not harmed by going back to the provider’s page', async (t) => {
      if (!hasBrowser(t)) return
      await page.goBack()
      await page.getByRole('heading', { name: 'Lab identity provider' }).waitFor()
      await atProvider('Sign in as mina')
      await page.locator('[data-guest="alpha/100"]').waitFor()
      assert.equal(page.url(), `${ours}/`)
      assert.equal(await page.getByRole('alert').count(), 0)
      assert.deepEqual(await addressesOf(page), [])
    })

    for (const [what, query, element] of [
      ['screen', '?kind=vnc', 'vnc-screen'],
      ['terminal', '?kind=terminal&serial=0', 'pve-terminal'],
    ] as const) {
      it(`comes back to the very ${what} whose session has ended`, async (t) => {
        if (!hasBrowser(t)) return
        const address = `${ours}/console/alpha/100${query}`
        const live = page.locator(`${element}[data-state=live]`)
        await page.goto(address)
        await live.waitFor()
        await signOut(page)
        await page.getByText('mina@sso signs in on the page of Lab sign-on.').waitFor()
        assert.equal(await page.locator('.band input').count(), 0)
        await leave()
        await atProvider('Sign in as mina')
        await live.waitFor()
        assert.equal(page.url(), address)
      })
    }

    it('believes no link that says it comes from a provider', async (t) => {
      if (!hasBrowser(t)) return
      const stranger = await startBrowser()
      const evil = '<img src=x onerror=alert(1)>canary'
      const query = new URLSearchParams({ error: evil, error_description: evil })
      await stranger.page.goto(`${ours}/signin?${query}`)
      await stranger.page.getByText('The identity provider reported an error.').waitFor()
      assert.doesNotMatch(await stranger.page.content(), /canary/)
      const forged = new URLSearchParams({ state: '{"csrf_token":"x"}', code: 'x' })
      await stranger.page.goto(`${ours}/signin?${forged}`)
      await stranger.page.getByText('This sign-in is no longer waited for.').waitFor()
      assert.equal(stranger.page.url(), `${ours}/signin`)
      assert.deepEqual(stranger.complaints, [])
      await stranger.close()
    })

    it('is offered again where the browser shows the page as it was left', async (t) => {
      if (!hasBrowser(t)) return
      await browser.context.clearCookies()
      await page.goto(`${ours}/signin`)
      await page.locator('[data-host=alpha] label').click()
      await page.locator('#realm').selectOption('sso')
      // The page stays where it is.
      await page.route('**/authorize?*', (route) => route.fulfill({ status: 204 }))
      const button = page.locator('[data-action=sign-in-with]')
      await button.click()
      await page.getByRole('button', { name: 'Opening Lab sign-on', disabled: true }).waitFor()
      await page.evaluate(() => {
        window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
      })
      // Sooner than it gives up the way out by itself.
      await page
        .getByRole('button', { name: 'Sign in with Lab sign-on', disabled: false })
        .waitFor({ timeout: 5000 })
      await page.unroute('**/authorize?*')
    })

    it('leaves nothing of PVE’s in the browser, and breaks no policy', async (t) => {
      if (!hasBrowser(t)) return
      assert.deepEqual(findCanaries(stage.lab, browser.recorded()), [])
      assert.deepEqual(browser.complaints, [])
    })
  })
}

describe('sign-in with a password (binary)', () => {
  let stage: Stage
  let host: LabHost
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    stage = await setStage('binary', { lab: LAB })
    host = stage.lab.host('alpha')
    browser = await startBrowser()
    page = browser.page
  })
  beforeEach(async () => {
    await browser?.context.clearCookies()
    await page?.goto(`${stage.url}/signin`)
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  const tickets = () => host.requests.filter(({ path }) => path === '/access/ticket')
  const fill = async (
    user: string,
    password: string,
    where = page,
    key = 'alpha',
  ): Promise<void> => {
    await where.locator(`[data-host=${key}] label`).click()
    await where.locator('#realm option[value=pve]').waitFor({ state: 'attached' })
    await where.locator('#realm').selectOption('pve')
    await where.locator('#user').fill(user)
    await where.locator('#password').fill(password)
    await where.keyboard.press('Enter')
  }

  it('sends what was typed, 128 characters of every kind with their spaces', async (t) => {
    if (!hasBrowser(t)) return
    const { password } = host.account('yujin@pve')
    assert.equal([...password].length, 128)
    assert.match(password, /^ .* $/)
    await fill('yujin', password)
    await page.locator('[data-guest="alpha/100"]').waitFor()
    const { params } = tickets().at(-1) ?? {}
    assert.equal(params?.username, 'yujin@pve')
    assert.equal(params?.password, password)
  })

  it('sends a user name as it was typed, and tells where a realm in it does not belong', async (t) => {
    if (!hasBrowser(t)) return
    for (const [typed, hint] of [
      ['alice@pve', 'Leave out “@pve”: the realm is chosen above.'],
      [' alice', ''],
    ] as const) {
      await fill(typed, 'lab-alice-pw')
      await page.getByText('User name or password is wrong.').waitFor()
      assert.equal(tickets().at(-1)?.params.username, `${typed}@pve`)
      const said = (await page.locator('#password-complaint').textContent()) ?? ''
      assert.equal(said.replace('User name or password is wrong.', '').trim(), hint)
    }
  })

  it('does not hand a ticket to PVE in the place of a password', async (t) => {
    if (!hasBrowser(t)) return
    await fill('alice', 'lab-alice-pw')
    await page.locator('[data-guest="alpha/100"]').waitFor()
    const ticket = host.secrets.tickets.at(-1) ?? ''
    const before = tickets().length
    await browser.context.clearCookies()
    for (const password of [ticket, 'PVE:!tfa!%7B%7D:00000000::x']) {
      await page.goto(`${stage.url}/signin`)
      await fill('alice', password)
      await page.getByText('User name or password is wrong.').waitFor()
    }
    assert.equal(tickets().length, before)
  })

  it('holds after a session that had ended, in its window and in another', async (t) => {
    if (!hasBrowser(t)) return
    const other = await browser.context.newPage()
    await fill('alice', 'lab-alice-pw')
    const guest = '[data-guest="alpha/100"]'
    await page.locator(guest).waitFor()
    await other.goto(stage.url)
    await other.locator(guest).waitFor()
    for (const tab of [other, page]) {
      await signOut(page)
      for (const each of [page, other]) await each.locator('[data-page=sign-in]').waitFor()
      await fill('alice', 'lab-alice-pw', tab)
      await tab.locator(guest).waitFor()
      await page.goto(stage.url)
      await other.goto(stage.url)
      for (const each of [page, other]) await each.locator(guest).waitFor()
    }
    await other.close()
  })

  it('holds though an answer or a console knew only the name before', async (t) => {
    if (!hasBrowser(t)) return
    // As if another window had just signed in to one host more, while these were on their way.
    let known = 0
    let since = 0
    await page.route('**/api/hosts', async (route) => {
      const answer = await route.fetch()
      const hosts = (await answer.json()) as { user: string | null }[]
      if (hosts.some(({ user }) => user !== null) && ++known === 2) since = performance.now()
      const isEarly = known >= 2 && performance.now() - since < 250
      const json = isEarly ? hosts.map((each) => ({ ...each, user: null })) : hosts
      await route.fulfill({ response: answer, json })
    })
    await fill('alice', 'lab-alice-pw')
    await page.locator('[data-guest="alpha/100"]').waitFor()
    await until('that to be over', () => known >= 2 && performance.now() - since > 1000)
    assert.equal(page.url(), `${stage.url}/`)
    await page.unroute('**/api/hosts')
    let sockets = 0
    const other = await browser.context.newPage()
    await other.routeWebSocket(/\/console\?/, (socket) => {
      if (++sockets === 1) void socket.close({ code: 4401, reason: 'session_expired' })
    })
    await other.goto(`${stage.url}/console/alpha/100?kind=vnc`)
    await until('the console to be opened again', () => sockets === 2)
    await other.close()
  })

  it('in two tabs at a time is one session with both, with and without one before', async (t) => {
    if (!hasBrowser(t)) return
    const other = await browser.context.newPage()
    for (const before of [false, true]) {
      if (before) await fill('alice', 'lab-alice-pw', page, 'gamma')
      if (before) await page.locator('[data-guest="gamma/100"]').waitFor()
      for (const tab of [page, other]) await tab.goto(`${stage.url}/signin`)
      // What is answered last would otherwise be all that is left.
      host.faults.answer({ path: '/access/ticket', delayMs: 600, times: 1 })
      await fill('alice', 'lab-alice-pw')
      await fill('alice', 'lab-alice-pw', other, 'beta')
      for (const tab of [page, other]) await tab.locator('[data-page=guests]').waitFor()
      const answer = await page.evaluate(() => fetch('/api/session').then((each) => each.json()))
      const hosts = (answer as { hosts: { host: string }[] }).hosts.map((each) => each.host)
      assert.deepEqual(hosts.sort(), ['alpha', 'beta', ...(before ? ['gamma'] : [])])
      await signOut(page)
      await page.goto(`${stage.url}/signin`)
    }
    await other.close()
  })

  for (const [locale, key, only, none, both] of [
    [
      'en-US',
      0,
      'This account has a security key only.',
      'PVE wants a second factor but names none that works here',
      'Security keys (WebAuthn) are bound to PVE’s own address',
    ],
    [
      'ko-KR',
      1,
      '이 계정에는 보안 키만 등록되어 있습니다.',
      'PVE에서 두 번째 인증을 요구하지만 여기서 쓸 수 있는 방법이 없습니다.',
      '보안 키(WebAuthn)는 PVE 주소에 묶여 있어',
    ],
  ] as const) {
    it(`says what to do where a second factor cannot work here (${locale})`, async (t) => {
      if (!hasBrowser(t)) return
      const own = await startBrowser({ locale, width: 390, height: 844 })
      const small = own.page
      for (const [user, sentence] of [
        ['wanda', only],
        ['ursula', only],
        ['rita', none],
      ] as const) {
        await small.goto(`${stage.url}/signin`)
        await fill(user, `lab-${user}-pw`, small)
        await small.getByRole('alert').getByText(sentence).waitFor()
        assert.equal(await small.locator('#factor-code').count(), 0, user)
      }
      await small.goto(`${stage.url}/signin`)
      await fill('max', 'lab-max-pw', small)
      await small.getByText(both).waitFor()
      // One way that works is no choice.
      assert.equal(await small.locator('.tab').count(), 0)
      await small.locator('#factor-code').fill(host.account('max@pve').recoveryKeys?.[key] ?? '')
      await small.keyboard.press('Enter')
      await small.locator('[data-guest="alpha/100"]').waitFor()
      await own.close()
    })
  }
})

/** Ends the session, as another window would. */
async function signOut(page: Page): Promise<void> {
  const status = await page.evaluate(async () => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch('/api/session', { method: 'DELETE', headers })
    return answer.status
  })
  assert.equal(status, 204)
}

/** Addresses in the tab's history that carry more than a path of ours. */
async function addressesOf(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const { entries } = await session.send('Page.getNavigationHistory')
  await session.detach()
  const provider = /\/authorize/
  return entries.map(({ url }) => url).filter((url) => /[?]/.test(url) && !provider.test(url))
}
