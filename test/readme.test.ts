import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readArguments } from '../src/cli/arguments.ts'
import { helpText, optionLines } from '../src/cli/help.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')

test('the README lists every option with its default, as the program does', () => {
  const [, block] = /<!-- options -->\n```\n([\s\S]*?)```\n<!-- \/options -->/.exec(readme) ?? []
  assert.equal(
    block,
    `${optionLines()
      .map((line) => line.trim())
      .join('\n')}\n`,
  )
})

test('the README names every command it shows a way to, and no other', () => {
  for (const command of ['serve', 'check', 'healthcheck', 'version', 'help']) {
    assert.equal(readArguments([command]).name, command)
    assert.match(helpText(), new RegExp(`pve-console \\[?${command}`))
  }
})

test('its scripts exist', () => {
  const manifest = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')
  const scripts = Object.keys((JSON.parse(manifest) as { scripts: object }).scripts)
  for (const [, script = ''] of readme.matchAll(/bun(?:@1\.4)? run ([a-z]+)/g)) {
    assert.ok(scripts.includes(script), script)
  }
})
