import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { guardPaste } from '../../web/model/paste-guard.ts'
import { changeBytes, keyBytes, pageKey, typedBytes } from '../../web/model/terminal-keys.ts'
import { linkPattern, safeLink } from '../../web/model/terminal-links.ts'
import { findAll, mostMatches } from '../../web/model/terminal-search.ts'
import {
  ackBytes,
  readKept,
  readMessage,
  StreamCount,
  splitSeen,
} from '../../web/model/terminal-stream.ts'

describe('what a terminal’s server says', () => {
  test('is read where it is complete', () => {
    const ready = { type: 'ready', console: 'c', secret: 's', position: 7, resumed: true }
    assert.deepEqual(readMessage(JSON.stringify({ ...ready, more: 1 })), ready)
    const fresh = { type: 'ready', console: 'c', secret: 's', position: 0 }
    assert.deepEqual(readMessage(JSON.stringify(fresh)), { ...fresh, resumed: false })
    const skipped = { type: 'skipped', bytes: 9, position: 16 }
    assert.deepEqual(readMessage(JSON.stringify(skipped)), skipped)
  })

  test('and left alone where it is none', () => {
    const wrong = [
      '',
      '{',
      'null',
      '7',
      '{"type":"ready"}',
      '{"type":"ready","console":"c","position":0}',
      '{"type":"skipped","position":1}',
      '{"type":"other","bytes":1,"position":1}',
    ]
    for (const text of wrong) assert.equal(readMessage(text), undefined, text)
  })

  test('what was kept is read back, and nothing else', () => {
    const kept = { console: 'c', secret: 's', seen: 12 }
    assert.deepEqual(readKept(JSON.stringify(kept)), kept)
    assert.deepEqual(readKept('{"console":"c","secret":"s"}'), { ...kept, seen: 0 })
    for (const text of [null, '', 'x', 'null', '[]', '{"console":"c"}']) {
      assert.equal(readKept(text), undefined, String(text))
    }
  })
})

describe('the count of a stream', () => {
  test('reports what was written, once, and at once when it is much', () => {
    const count = new StreamCount()
    count.startAt(100)
    assert.equal(count.came(10), 100)
    assert.equal(count.came(ackBytes), 110)
    assert.equal(count.report(), undefined)
    count.wrote(110)
    assert.equal(count.pressing, false)
    assert.equal(count.report(), 110)
    assert.equal(count.report(), undefined)
    count.wrote(110 + ackBytes)
    assert.equal(count.pressing, true)
    count.wrote(105)
    assert.equal(count.report(), 110 + ackBytes)
  })

  test('cuts what was shown before from what is new, and loses no byte', () => {
    const bytes = Uint8Array.from({ length: 10 }, (_, index) => index)
    for (let seen = 0; seen <= 30; seen += 1) {
      const pieces = splitSeen(bytes, 10, seen)
      assert.deepEqual(Uint8Array.from(pieces.flatMap((piece) => [...piece.bytes])), bytes)
      const old = pieces
        .filter((piece) => piece.old)
        .reduce((sum, { bytes }) => sum + bytes.length, 0)
      assert.equal(old, Math.min(10, Math.max(0, seen - 10)), `seen ${seen}`)
    }
  })
})

describe('keys for a terminal', () => {
  test('are the sequences its programs read', () => {
    const rows = [
      ['ArrowUp', [], false, '\x1b[A'],
      ['ArrowUp', [], true, '\x1bOA'],
      ['ArrowLeft', ['ctrl'], true, '\x1b[1;5D'],
      ['Home', ['alt'], false, '\x1b[1;3H'],
      ['Delete', [], false, '\x1b[3~'],
      ['PageUp', ['ctrl', 'alt'], false, '\x1b[5;7~'],
      ['Escape', [], false, '\x1b'],
      ['Tab', ['alt'], false, '\x1b\t'],
      ['Enter', [], true, '\r'],
      ['Backspace', [], false, '\x7f'],
    ] as const
    for (const [key, held, application, bytes] of rows) {
      assert.equal(keyBytes(key, held, application), bytes, `${key} ${held}`)
    }
  })

  test('turn letters into control characters where Ctrl is held', () => {
    assert.equal(typedBytes('c', ['ctrl']), '\x03')
    assert.equal(typedBytes('C', ['ctrl']), '\x03')
    assert.equal(typedBytes('[', ['ctrl']), '\x1b')
    assert.equal(typedBytes(' ', ['ctrl']), '\0')
    assert.equal(typedBytes('한', ['ctrl']), '한')
    assert.equal(typedBytes('b', ['alt']), '\x1bb')
    assert.equal(typedBytes('a\r\nb\nc', []), 'a\rb\rc')
  })

  test('leave the page three, with Ctrl and Shift', () => {
    const none = { ctrlKey: true, shiftKey: true, altKey: false, metaKey: false }
    assert.equal(pageKey({ ...none, code: 'KeyC' }), 'copy')
    assert.equal(pageKey({ ...none, code: 'KeyV' }), 'paste')
    assert.equal(pageKey({ ...none, code: 'KeyF' }), 'search')
    assert.equal(pageKey({ ...none, code: 'KeyX' }), undefined)
    assert.equal(pageKey({ ...none, code: 'KeyC', shiftKey: false }), undefined)
    assert.equal(pageKey({ ...none, code: 'KeyC', altKey: true }), undefined)
  })

  test('of a changed text are Backspaces and what is new', () => {
    assert.equal(changeBytes('____', '____한', []), '한')
    assert.equal(changeBytes('__teh', '__the', []), '\x7f\x7fhe')
    assert.equal(changeBytes('____', '___', ['ctrl']), '\x7f')
    assert.equal(changeBytes('__', '__x', ['ctrl']), '\x18')
  })
})

describe('a paste', () => {
  test('of one clean line is not asked about', () => {
    assert.deepEqual(guardPaste('ls -l\tx'), {
      text: 'ls -l\tx',
      removed: 0,
      lines: 1,
      asks: false,
    })
    assert.equal(guardPaste('제주도 여름휴가').asks, false)
  })

  test('that would run something, or hides something, is', () => {
    assert.deepEqual(guardPaste('ls\r\nrm x\n'), {
      text: 'ls\r\nrm x\n',
      removed: 0,
      lines: 3,
      asks: true,
    })
    const hidden = guardPaste('a\x1b[201~b\u202ec\x07')
    assert.deepEqual(hidden, { text: 'a[201~bc', removed: 3, lines: 1, asks: true })
  })
})

describe('links', () => {
  test('are https, and lead where they say', () => {
    assert.equal(safeLink('https://example.org/a?b')?.host, 'example.org')
    const wrong = [
      'http://example.org',
      'javascript:alert(1)',
      'https://bank.example@evil.example/',
      'file:///etc/passwd',
      'nonsense',
      '',
    ]
    for (const text of wrong) assert.equal(safeLink(text), undefined, text)
  })

  test('end before the sentence does', () => {
    assert.equal(linkPattern.exec('see (https://a.example/x), or')?.[0], 'https://a.example/x')
    assert.equal(linkPattern.exec('http://a.example'), null)
  })
})

describe('search', () => {
  const rows = (lines: readonly string[], width: number, wrapped: readonly number[] = []) =>
    lines.map((line, index) => ({
      cells: [...line.padEnd(width)].flatMap((character) =>
        /[가-힣]/.test(character) ? [character, ''] : [character],
      ),
      wrapped: wrapped.includes(index),
    }))
  const find = (all: ReturnType<typeof rows>, term: string) =>
    findAll((row) => all[row], all.length, term)

  test('finds every place, capitals or not', () => {
    const found = find(rows(['an Error', 'ERROR: error'], 12), 'error')
    assert.deepEqual(found, [
      { row: 0, column: 3, cells: 5 },
      { row: 1, column: 0, cells: 5 },
      { row: 1, column: 7, cells: 5 },
    ])
    assert.deepEqual(find(rows(['abc'], 5), ''), [])
  })

  test('counts wide letters as the two cells they take', () => {
    assert.deepEqual(find(rows(['제주도 여름'], 8), '여름'), [{ row: 0, column: 7, cells: 4 }])
  })

  test('reads a wrapped line as one', () => {
    const all = rows(['12345', '67890', '12345'], 5, [1])
    assert.deepEqual(find(all, '4567'), [{ row: 0, column: 3, cells: 4 }])
    assert.deepEqual(find(all, '678'), [{ row: 1, column: 0, cells: 3 }])
    assert.deepEqual(find(all, '9012'), [])
  })

  test('stops at as many as anybody looks through', () => {
    assert.equal(find(rows(Array(300).fill('aaaaaaaa'), 8), 'a').length, mostMatches)
  })
})
