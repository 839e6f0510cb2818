/** Every route of the application against every guard: a new route without one fails here. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SmartRouter } from 'hono/router/smart-router'
import { ORIGIN, problemOf, Rig } from './rig.ts'

interface Route {
  readonly method: string
  readonly path: string
}

/** What the application hands to its router, written down on the way. */
function readRoutes(): Route[] {
  const routes: Route[] = []
  const { add } = SmartRouter.prototype
  SmartRouter.prototype.add = function (method: string, path: string, handler: unknown) {
    if (method !== 'ALL') routes.push({ method, path })
    return Reflect.apply(add, this, [method, path, handler])
  }
  try {
    new Rig()
  } finally {
    SmartRouter.prototype.add = add
  }
  return routes
}

const EXAMPLES: Readonly<Record<string, string>> = {
  ':host': 'home',
  ':vmid': '100',
  ':node': 'pve1',
  ':id': 'A'.repeat(22),
  ':file': 'index-abc.js',
}

/** An address that the route matches. */
function exampleOf({ path }: Route): string {
  return path.replace(/:\w+/g, (name) => EXAMPLES[name] ?? 'x')
}

const ROUTES = readRoutes()
const UNSAFE = ROUTES.filter(({ method }) => method !== 'GET')
const CONSOLES = ROUTES.filter(({ path }) => path.endsWith('/console'))
/** What a stranger may ask for below /api. */
const OPEN = [
  'GET /api/hosts',
  'GET /api/hosts/:host/realms',
  // While nobody has confirmed it; the tests of that are elsewhere.
  'GET /api/hosts/:host/certificate',
  'POST /api/hosts/:host/session',
  'POST /api/hosts/:host/session/challenge',
  'POST /api/hosts/:host/session/openid',
  'POST /api/signin',
  'GET /api/openapi.json',
]
const CLOSED = ROUTES.filter(
  ({ method, path }) => path.startsWith('/api/') && !OPEN.includes(`${method} ${path}`),
)
const nameOf = ({ method, path }: Route): string => `${method} ${path}`

async function code(answer: Promise<Response>): Promise<unknown> {
  return (await problemOf(await answer)).code
}

test('the routes are found', () => {
  const names = ROUTES.map(nameOf)
  for (const open of OPEN) assert.ok(names.includes(open), open)
  assert.ok(UNSAFE.length >= 5)
  assert.ok(CONSOLES.length >= 2)
  assert.ok(CLOSED.length >= 8)
  assert.deepEqual(
    ROUTES.filter(({ method }) => !['GET', 'POST', 'DELETE'].includes(method)),
    [],
  )
})

describe('what changes something is refused', () => {
  for (const route of UNSAFE) {
    const path = exampleOf(route)
    const { method } = route
    const body = method === 'POST' ? '{}' : undefined
    const attempts: [title: string, headers: Record<string, string>, code: string][] = [
      ['from a foreign page', { Origin: 'https://evil.example' }, 'cross_origin'],
      ['from a page on another port', { Origin: 'http://localhost:3000' }, 'cross_origin'],
      ['from a page that hides its origin', { Origin: 'null' }, 'cross_origin'],
      ['without an origin', { Origin: '' }, 'cross_origin'],
      ['with two origins', { Origin: `${ORIGIN}, ${ORIGIN}` }, 'cross_origin'],
      ['from a sibling site', { 'Sec-Fetch-Site': 'same-site' }, 'cross_origin'],
      ['from another site', { 'Sec-Fetch-Site': 'cross-site' }, 'cross_origin'],
      ['from the address bar', { 'Sec-Fetch-Site': 'none' }, 'cross_origin'],
      ['under a foreign name', { Host: 'evil.example' }, 'unknown_host'],
    ]
    if (method === 'POST') {
      for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded', 'text/json']) {
        attempts.push([`as "${type}"`, { 'Content-Type': type }, 'unsupported_media_type'])
      }
      attempts.push([
        'as a form with a boundary',
        { 'Content-Type': 'multipart/form-data; boundary=application/json' },
        'unsupported_media_type',
      ])
    }
    for (const [title, headers, wanted] of attempts) {
      test(`${nameOf(route)} ${title}`, async () => {
        const rig = new Rig()
        await rig.enter()
        const before = [...rig.home.calls]
        const ask = { method, headers, ...(body === undefined ? {} : { body }) }
        assert.equal(await code(rig.ask(path, ask)), wanted)
        assert.deepEqual(rig.home.calls, before)
        assert.equal(rig.deps.sessions.size, 1)
      })
    }
  }
})

describe('a console socket is refused before the upgrade', () => {
  for (const route of CONSOLES) {
    const path = exampleOf(route)
    const socket = {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }
    const attempts: [title: string, headers: Record<string, string>, code: string][] = [
      ['from a foreign page', { Origin: 'https://evil.example' }, 'cross_origin'],
      ['from a page that hides its origin', { Origin: 'null' }, 'cross_origin'],
      ['without an origin', { Origin: '' }, 'cross_origin'],
      ['from another site', { 'Sec-Fetch-Site': 'cross-site' }, 'cross_origin'],
      ['without a cookie', { Cookie: '' }, 'not_signed_in'],
      ['with a cookie that nobody signed', { Cookie: 'pve-console=a.b.c' }, 'not_signed_in'],
      ['without an upgrade', { Upgrade: '' }, 'bad_request'],
      ['without a key', { 'Sec-WebSocket-Key': '' }, 'bad_request'],
      ['with a key of another length', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 'bad_request'],
      ['of an older version', { 'Sec-WebSocket-Version': '8' }, 'bad_request'],
      ['without Connection: Upgrade', { Connection: 'keep-alive' }, 'bad_request'],
    ]
    for (const [title, headers, wanted] of attempts) {
      test(`${nameOf(route)} ${title}`, async () => {
        const rig = new Rig()
        await rig.enter()
        const all = { Origin: ORIGIN, Cookie: rig.cookie ?? '', ...socket, ...headers }
        assert.equal(await code(rig.ask(path, { headers: all })), wanted)
        assert.deepEqual(rig.upgrades, [])
      })
    }

    test(`${nameOf(route)} is upgraded for a cookie whose session is over, to be told why`, async () => {
      const rig = new Rig()
      await rig.enter()
      rig.deps.sessions.endAll()
      await rig.ask(path, { headers: { Origin: ORIGIN, ...socket } })
      assert.equal(rig.upgrades.length, 1)
      assert.equal(rig.upgrades[0]?.protocol, 'binary')
    })
  }
})

describe('what is one’s own is refused to strangers', () => {
  for (const route of CLOSED) {
    const path = exampleOf(route)
    test(nameOf(route), async () => {
      const rig = new Rig()
      const strange = await rig.ask(path, { method: route.method })
      assert.equal(strange.status, 401)
      assert.equal((await problemOf(strange)).code, 'not_signed_in')
      if (CONSOLES.includes(route)) return
      await rig.enter()
      rig.deps.sessions.endAll()
      const late = await rig.ask(path, { method: route.method })
      assert.equal(late.status, 401)
      assert.equal((await problemOf(late)).code, 'session_expired')
    })
  }
})

describe('reading is refused to pages of others', () => {
  for (const route of ROUTES.filter(({ path }) => path.startsWith('/api/'))) {
    if (route.method !== 'GET') continue
    test(nameOf(route), async () => {
      const rig = new Rig()
      await rig.enter()
      for (const site of ['cross-site', 'same-site', 'anything']) {
        const headers = { 'Sec-Fetch-Site': site }
        assert.equal(await code(rig.ask(exampleOf(route), { headers })), 'cross_origin')
      }
    })
  }
})

describe('every route answers under a known name only', () => {
  for (const route of ROUTES) {
    test(nameOf(route), async () => {
      const rig = new Rig()
      for (const Host of ['evil.example', 'localhost, evil.example', 'u@localhost']) {
        const answer = await rig.ask(exampleOf(route), { method: route.method, headers: { Host } })
        assert.equal(answer.status, 421)
        assert.doesNotMatch(await answer.text(), /evil/)
      }
    })
  }
})
