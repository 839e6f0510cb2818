import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readArguments, UsageError } from '../../src/cli/arguments.ts'

describe('the command line', () => {
  const rows: [line: string, command: object][] = [
    ['', { name: 'serve', hosts: [] }],
    ['serve', { name: 'serve', hosts: [] }],
    ['--host home=10.0.0.1', { name: 'serve', hosts: ['home=10.0.0.1'] }],
    ['serve --host a=b --host c=d', { name: 'serve', hosts: ['a=b', 'c=d'] }],
    ['--host=a=b', { name: 'serve', hosts: ['a=b'] }],
    [
      '--config x.toml --listen :8443',
      { name: 'serve', config: 'x.toml', listen: ':8443', hosts: [] },
    ],
    ['serve --listen=unix:/run/x', { name: 'serve', listen: 'unix:/run/x', hosts: [] }],
    ['healthcheck', { name: 'healthcheck' }],
    [
      'healthcheck --url http://x --config y',
      { name: 'healthcheck', url: 'http://x', config: 'y' },
    ],
    ['version', { name: 'version' }],
    ['--version', { name: 'version' }],
    ['serve --version', { name: 'version' }],
    ['help', { name: 'help' }],
    ['--help', { name: 'help' }],
    ['serve --help', { name: 'help' }],
    ['--help --version', { name: 'help' }],
  ]
  for (const [line, command] of rows) {
    test(`"${line}" is understood`, () => {
      assert.deepEqual(readArguments(line.split(' ').filter(Boolean)), command)
    })
  }

  const wrong = [
    'start',
    'toString',
    '__proto__',
    'constructor',
    'serve now',
    'serve --hosts a=b',
    '--host',
    '--config',
    '--config --listen :1',
    'healthcheck --listen :1',
    'healthcheck --host a=b',
    'version --listen :1',
    '--version=1',
    '-x',
    '-- serve',
  ]
  for (const line of wrong) {
    test(`"${line}" is wrong usage`, () => {
      assert.throws(() => readArguments(line.split(' ')), UsageError)
    })
  }

  test('what is wrong is named with its command', () => {
    assert.throws(() => readArguments(['start']), /start.*help/)
    assert.throws(() => readArguments(['serve', '--nope']), /serve: .*--nope/)
  })
})
