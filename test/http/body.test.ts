/** Bodies that are not as they should be: refused before a handler does anything, in few words. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { problemOf, Rig } from './rig.ts'

const SESSION = '/api/hosts/home/session'
const RIGHT = '"username":"anna","realm":"pam"'

describe('a body is refused', () => {
  const bodies: [what: string, body: string][] = [
    ['that is none', ''],
    ['that is cut off', `{${RIGHT},"password":"right"`],
    ['that is a list', '[]'],
    ['that is nothing', 'null'],
    ['with a key of ours twice', `{${RIGHT},"password":"wrong","password":"right"}`],
    ['with a key twice in two ways', `{${RIGHT},"password":"wrong","p\\u0061ssword":"right"}`],
    ['with a key that nobody knows', `{${RIGHT},"password":"right","otp":"1"}`],
    ['with a key that every object has', `{${RIGHT},"password":"right","constructor":"1"}`],
    ['with __proto__ in it', `{${RIGHT},"__proto__":{"password":"right"}}`],
    ['with an unknown key of 15 KB', `{${RIGHT},"password":"right","${'k'.repeat(15_000)}":1}`],
    ['with 300 unknown keys', `{${Array.from({ length: 300 }, (_, n) => `"k${n}":1`).join()}}`],
    ['that is deep', `{${RIGHT},"password":${'['.repeat(9)}"right"${']'.repeat(9)}}`],
    ['that is very deep', `${'['.repeat(8000)}${']'.repeat(8000)}`],
    ['with another type', `{${RIGHT},"password":{"toString":"right"}}`],
  ]
  for (const [what, body] of bodies) {
    test(what, async () => {
      const rig = new Rig()
      const answer = await rig.post(SESSION, body)
      const text = await answer.clone().text()
      assert.equal((await problemOf(answer)).code, 'bad_request')
      assert.equal(answer.status, 400)
      assert.ok(text.length <= 500, `${text.length} characters`)
      assert.doesNotMatch(text, /kkk|right|wrong/)
      assert.deepEqual(rig.home.calls, [])
      assert.equal(rig.deps.sessions.size, 0)
      assert.equal(({} as Record<string, unknown>).password, undefined)
    })
  }

  test('and one that is right is not', async () => {
    const answer = await new Rig().post(SESSION, `{${RIGHT},"password":"right"}`)
    assert.equal(answer.status, 200)
  })
})
