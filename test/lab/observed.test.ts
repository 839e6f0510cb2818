/** Replays what a running PVE 8.4.1 was asked and compares what the lab answers with what PVE did. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { type CallOptions, call, type RawAnswer, type Session, signIn } from './probe.ts'
import { alpha as alphaWorld } from './worlds.ts'

/**
 * What a value has to be: a type, an exact value, a pattern, an object with exactly these fields, or a list with exactly
 * these entries, found by one of their fields.
 */
type Shape =
  | 'string'
  | 'number'
  | 'array'
  | 'any'
  | { '=': unknown }
  | { '~': string }
  | { '{}': Record<string, Shape> }
  | { by: string; '[]': Record<string, Shape> }

interface Observed {
  readonly what: string
  readonly who: string
  readonly method: string
  readonly path: string
  /** Departs from the plain call of that user; see `prepare`. */
  readonly with?: string
  readonly params?: Record<string, string>
  readonly body?: string
  readonly status: number
  readonly reason: string
  readonly contentType: string | null
  readonly connection: string
  readonly cacheControl: string
  readonly slow: boolean
  readonly shape?: Shape
  readonly text?: string
}

/** Stands for PVE's 3 s here; that 3 s are the default is tested beside. */
const delayMs = 400

const file = new URL('./fixtures/observed-8.4.json', import.meta.url)
const record = JSON.parse(readFileSync(file, 'utf8')) as Observed[]

describe('what a running PVE 8.4.1 answered', () => {
  let lab: Lab
  let alpha: LabHost
  const sessions = new Map<string, Session>()
  let challenge = ''
  let upid = ''

  before(async () => {
    lab = await startLab({ hosts: [alphaWorld({ openid: [] })], authFailureDelayMs: delayMs })
    alpha = lab.host('alpha')
    for (const who of ['root@pam', 'alice@pve', 'none@pve']) {
      sessions.set(who, await signIn(alpha, who))
    }
  })
  after(() => lab.close())

  /** The call as it was made: with the right password, session and ids, or with what the record says. */
  function prepare(entry: Observed): { path: string; options: CallOptions } {
    const own = sessions.get(entry.who)
    const changed = changeSession(own, entry.with, challenge)
    const path = entry.path.replace('{upid}', encodeURIComponent(upid))
    const session = changed ? { session: changed } : {}
    if (entry.body !== undefined) {
      const type = entry.with === 'plain-text' ? 'text/plain' : 'application/json'
      return { path, options: { ...session, body: entry.body, headers: { 'Content-Type': type } } }
    }
    if (!entry.params) return { path, options: session }
    const params = { ...entry.params }
    if (params.password !== undefined) params.password = passwordFor(entry, params, own)
    if (params['tfa-challenge'] !== undefined) params['tfa-challenge'] = challenge
    return { path, options: { ...session, params } }
  }

  function passwordFor(entry: Observed, params: Record<string, string>, own?: Session): string {
    if (entry.with === 'ticket-as-password') return own?.ticket ?? ''
    if (entry.with === 'wrong-code') return 'totp:000000'
    const userid = params.realm ? `${params.username}@${params.realm}` : params.username
    const known = alpha.accounts.find((account) => account.userid === userid)
    return entry.with === 'wrong-password' || !known ? 'wrong' : known.password
  }

  for (const [index, entry] of record.entries()) {
    const name = `${index} ${entry.what} (${entry.who} ${entry.method} ${entry.path})`
    test(name, async () => {
      const { path, options } = prepare(entry)
      const answer = await call(alpha, entry.method, path, options)
      assert.equal(answer.status, entry.status)
      assert.equal(answer.reason, entry.reason)
      assert.equal(answer.headers['content-type'] ?? null, entry.contentType)
      assert.equal(answer.headers.connection, entry.connection)
      assert.equal(answer.headers['cache-control'], entry.cacheControl)
      assert.equal(answer.ms >= delayMs - 5, entry.slow, `took ${answer.ms} ms`)
      if (entry.shape) assertShape(answer.json, entry.shape, '')
      else assert.equal(answer.text, entry.text)
      await remember(entry, answer)
    })
  }

  async function remember(entry: Observed, answer: RawAnswer): Promise<void> {
    const { data } = (answer.json ?? {}) as { data?: unknown }
    if (entry.what === 'start of a running VM') {
      upid = String(data)
      await untilTaskEnds()
    }
    if (entry.what === 'sign-in of a user with a second factor') {
      challenge = (data as { ticket: string }).ticket
    }
  }

  async function untilTaskEnds(): Promise<void> {
    const path = `/nodes/a/tasks/${encodeURIComponent(upid)}/status`
    const session = sessions.get('root@pam')
    for (let tries = 0; tries < 100; tries += 1) {
      const { json } = await call(alpha, 'GET', path, { session })
      if ((json as { data: { status: string } }).data.status === 'stopped') return
    }
    throw new Error(`${upid} does not end`)
  }

  test('the record is whole and nothing of it is left out', () => {
    assert.equal(record.length, 93)
    assert.deepEqual(alpha.pending, [])
  })

  test('a 401 takes three seconds unless told otherwise', async () => {
    const slow = await startLab({ hosts: [alphaWorld({ guests: [] })] })
    const { status, ms } = await call(slow.host('alpha'), 'GET', '/version')
    await slow.close()
    assert.equal(status, 401)
    assert.ok(ms >= 2990 && ms < 4000, `took ${ms} ms`)
  })
})

/** The session a call is made with, spoilt as the record says. */
function changeSession(
  own: Session | undefined,
  how: string | undefined,
  halfTicket: string,
): Session | undefined {
  if (how === 'half-ticket') return { ticket: halfTicket, csrf: '' }
  if (how === 'garbage-ticket') return { ticket: 'garbage', csrf: '' }
  if (how === 'wrong-signature') {
    return { ticket: `PVE:root@pam:${nowHex()}::${'A'.repeat(342)}==`, csrf: '' }
  }
  if (!own) return undefined
  if (how === 'no-csrf') return { ...own, csrf: '' }
  if (how === 'wrong-csrf') return { ...own, csrf: `${nowHex()}:${'A'.repeat(43)}` }
  return own
}

function nowHex(): string {
  return Math.floor(Date.now() / 1000)
    .toString(16)
    .toUpperCase()
}

function assertShape(value: unknown, shape: Shape, where: string): void {
  if (shape === 'any') {
    assert.notEqual(value, undefined, where)
  } else if (shape === 'array') {
    assert.ok(Array.isArray(value), `${where} is no list`)
  } else if (typeof shape === 'string') {
    assert.equal(typeof value, shape, where)
  } else if ('=' in shape) {
    assert.deepEqual(value, shape['='], where)
  } else if ('~' in shape) {
    assert.match(String(value), new RegExp(shape['~']), where)
  } else if ('{}' in shape) {
    assertFields(value as Record<string, unknown>, shape['{}'], where)
  } else {
    assert.ok(Array.isArray(value), `${where} is no list`)
    const entries = (value as Record<string, unknown>[]).map((entry) => [entry[shape.by], entry])
    assertFields(Object.fromEntries(entries) as Record<string, unknown>, shape['[]'], where)
  }
}

function assertFields(
  value: Record<string, unknown>,
  shapes: Record<string, Shape>,
  where: string,
): void {
  assert.deepEqual(Object.keys(value).sort(), Object.keys(shapes).sort(), `fields of ${where}`)
  for (const [name, shape] of Object.entries(shapes)) {
    assertShape(value[name], shape, `${where}.${name}`)
  }
}
