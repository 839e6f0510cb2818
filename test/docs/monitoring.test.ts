/** What the guide and the dashboard name is what the server shows. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Rig } from '../http/rig.ts'

const NAME = /\b(?:pve_console|process)_[a-z_]+[a-z]\b/g

function namesIn(file: string): Set<string> {
  const text = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8')
  return new Set([...text.matchAll(NAME)].map(([name]) => name.replace(/_bucket$/, '')))
}

async function served(): Promise<Set<string>> {
  const text = await (await new Rig().ask('/metrics')).text()
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
}

test('the guide names every figure of ours', async () => {
  const guide = namesIn('monitoring.md')
  const own = [...(await served())].filter((name) => name.startsWith('pve_console_'))
  assert.ok(own.length >= 10)
  assert.deepEqual(
    own.filter((name) => !guide.has(name)),
    [],
  )
})

for (const file of ['monitoring.md', 'grafana-dashboard.json']) {
  test(`${file} names no figure that is not there`, async () => {
    const all = await served()
    assert.ok(namesIn(file).size >= 10)
    assert.deepEqual(
      [...namesIn(file)].filter((name) => !all.has(name)),
      [],
    )
  })
}
