import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLog, describeError, type Level } from '../src/log.ts'

const clock = { wall: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) }
const TIME = '2026-01-02T03:04:05.006Z'

function collect(level: Level, format: 'text' | 'json') {
  const lines: string[] = []
  return { lines, log: createLog({ level, format }, (line) => lines.push(line), clock) }
}

describe('a log', () => {
  const levels: Level[] = ['debug', 'info', 'warn', 'error']
  for (const [index, level] of levels.entries()) {
    test(`at ${level} holds that and what is worse`, () => {
      const { lines, log } = collect(level, 'text')
      for (const each of levels) log[each]('happened')
      assert.equal(lines.length, levels.length - index)
      assert.ok(lines[0]?.includes(level))
    })
  }

  test('is a line an event, with its fields', () => {
    const { lines, log } = collect('debug', 'text')
    log.info('console ended', { host: 'home', vmid: 100, ok: true, id: undefined })
    assert.deepEqual(lines, [`${TIME} info  console ended host=home vmid=100 ok=true\n`])
  })

  test('says to the journal what is not said there already: neither time nor level', () => {
    const lines: string[] = []
    const write = (line: string): void => void lines.push(line)
    const log = createLog({ level: 'debug', format: 'text' }, write, clock, true)
    for (const level of levels) log[level]('happened', { said: 'a\n<0>b' })
    const fields = String.raw`said="a\n<0>b"`
    const expected = [7, 6, 4, 3].map((priority) => `<${priority}>happened ${fields}\n`)
    assert.deepEqual(lines, expected)
  })

  test('may be JSON', () => {
    const { lines, log } = collect('debug', 'json')
    log.warn('odd', { host: 'home', n: 5, id: undefined })
    assert.deepEqual(JSON.parse(lines[0] ?? ''), {
      time: TIME,
      level: 'warn',
      event: 'odd',
      host: 'home',
      n: 5,
    })
    assert.match(lines[0] ?? '', /^[^\n]*\n$/)
  })

  const hostile = [
    'two words',
    'a\nb=c',
    'a\r\n2026-01-01 error forged',
    '\x1b[2J\x1b]0;title\x07',
    'quote " and \\',
    '\x7f\x9b31m',
    '',
    'a=b',
  ]
  for (const value of hostile) {
    test(`keeps ${JSON.stringify(value)} within its own place`, () => {
      for (const format of ['text', 'json'] as const) {
        const { lines, log } = collect('debug', format)
        log.info('said', { value })
        const line = lines[0] ?? ''
        assert.equal(line.indexOf('\n'), line.length - 1)
        assert.ok([...line.slice(0, -1)].every((char) => char >= ' '))
        if (format === 'text') assert.match(line, /said value=".*"\n$/)
      }
    })
  }
})

describe('an error for the log', () => {
  test('is named with its causes', () => {
    const error = new TypeError('outer', { cause: new Error('inner', { cause: 'root' }) })
    assert.equal(describeError(error), 'TypeError: outer < Error: inner < root')
  })

  test('says nothing of the query of an address: a ticket stands there', () => {
    const url = 'wss://pve:8006/api2/json/x?port=5900&vncticket=PVEVNC%3Asecret'
    for (const text of [`failed: ${url}`, `'${url}' failed`, `"${url}", and more`]) {
      const described = describeError(new Error(text))
      assert.doesNotMatch(described, /secret|vncticket|5900/)
      assert.match(described, /wss:\/\/pve:8006/)
    }
  })

  test('is short, and no circle of causes keeps it from ending', () => {
    const error = new Error('x'.repeat(1000))
    error.cause = error
    assert.ok(describeError(error).length <= 500)
  })

  for (const thrown of ['text', 5, null, { a: 1 }, Symbol('s')]) {
    test(`may be anything that can be thrown: ${String(thrown)}`, () => {
      assert.equal(typeof describeError(thrown), 'string')
    })
  }
})
