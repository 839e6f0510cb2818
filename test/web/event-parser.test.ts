import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EventParser } from '../../web/model/event-parser.ts'

const text =
  ':\n\nevent: snapshot\ndata: {"a":1}\n\n: a word\nid: 7\nevent: change\ndata: one\ndata:two\n\ndata: nameless\n\n'
const events = [
  { event: '', data: '' },
  { event: 'snapshot', data: '{"a":1}' },
  { event: '', data: '' },
  { event: 'change', data: 'one\ntwo' },
]

describe('a stream of events', () => {
  test('is cut into events and comments', () => {
    assert.deepEqual(new EventParser().push(text), events)
  })

  test('is cut the same wherever its pieces end', () => {
    for (let size = 1; size < text.length; size++) {
      const parser = new EventParser()
      const found = []
      for (let at = 0; at < text.length; at += size) {
        found.push(...parser.push(text.slice(at, at + size)))
      }
      assert.deepEqual(found, events, `${size}`)
    }
  })

  test('gives nothing before an event is whole', () => {
    const parser = new EventParser()
    assert.deepEqual(parser.push('event: a\ndata: 1\n'), [])
    assert.deepEqual(parser.push('\n'), [{ event: 'a', data: '1' }])
  })
})
