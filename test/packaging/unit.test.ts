/** The systemd unit and its drop-ins, judged by systemd's own tools. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { needs } from '../needs.ts'
import { findProgram } from '../setup.ts'
import { canLayRoots, TestRoot } from './test-root.ts'
import { readUnit, SYSTEMD, serviceOf, setting } from './unit-file.ts'

const unit = readUnit('pve-console.service')
const container = readUnit('container.conf')

/** Settings that make systemd mount something for the service, or give it a namespace that must. */
const NEED_MOUNTS = [
  ...['ProtectSystem', 'ProtectHome', 'PrivateTmp', 'PrivateDevices', 'PrivateUsers'],
  ...['PrivateMounts', 'PrivateNetwork', 'PrivateIPC', 'ProtectKernelTunables'],
  ...['ProtectKernelModules', 'ProtectKernelLogs', 'ProtectControlGroups', 'ProtectProc'],
  ...['ProcSubset', 'DynamicUser', 'RootDirectory', 'ReadOnlyPaths', 'ReadWritePaths'],
  ...['InaccessiblePaths', 'ExecPaths', 'NoExecPaths', 'TemporaryFileSystem', 'BindPaths'],
  ...['BindReadOnlyPaths', 'LoadCredential', 'SetCredential', 'LogNamespace', 'MountAPIVFS'],
]

describe('the unit', () => {
  let root: string
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'pve-console-unit-'))
    mkdirSync(join(root, 'usr/bin'), { recursive: true })
    writeFileSync(join(root, 'usr/bin/pve-console'), '', { mode: 0o755 })
    mkdirSync(join(root, 'bin'))
    writeFileSync(join(root, 'bin/kill'), '', { mode: 0o755 })
  })
  after(() => rmSync(root, { recursive: true }))

  /** With its text changed by `edit`, and with drop-ins; answers with the exit status and what was said. */
  function analyze(
    command: readonly string[],
    edit = (text: string) => text,
    dropIns: readonly string[] = [],
  ) {
    const directory = join(root, 'etc/systemd/system')
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(join(directory, 'pve-console.service.d'), { recursive: true })
    const text = readFileSync(join(SYSTEMD, 'pve-console.service'), 'utf8')
    writeFileSync(join(directory, 'pve-console.service'), edit(text))
    for (const target of ['sysinit', 'network-online', 'multi-user', 'shutdown', 'basic']) {
      writeFileSync(join(directory, `${target}.target`), '[Unit]\nDescription=there\n')
    }
    for (const name of dropIns) {
      cpSync(join(SYSTEMD, name), join(directory, 'pve-console.service.d', name))
    }
    const args = [...command, `--root=${root}`, '--no-pager', 'pve-console.service']
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }
  const security = (threshold: number) => [
    ...['security', '--offline=true', `--threshold=${threshold}`],
  ]

  test('is exposed at most 1.5, and a line less would be seen', (t) => {
    if (!needs(t, findProgram('systemd-analyze') !== undefined, 'systemd-analyze')) return
    const { status, said } = analyze(security(15))
    assert.equal(status, 0, said)
    const weaker = (text: string) => text.replace('CapabilityBoundingSet=\n', '')
    assert.notEqual(analyze(security(15), weaker).status, 0)
  })

  test('is understood by systemd to the last word, with each drop-in', (t) => {
    if (!needs(t, findProgram('systemd-analyze') !== undefined, 'systemd-analyze')) return
    for (const dropIns of [[], ['container.conf'], ['low-port.conf']]) {
      const { status, said } = analyze(['verify'], undefined, dropIns)
      assert.deepEqual({ status, said }, { status: 0, said: '' })
    }
    const odd = (text: string) => text.replace('NoNewPrivileges=yes', 'NoNewPrivileges=perhaps')
    assert.match(analyze(['verify'], odd).said, /Failed to parse boolean/)
  })

  test('is a little more exposed on a low port, and still well below average without mounts', (t) => {
    if (!needs(t, findProgram('systemd-analyze') !== undefined, 'systemd-analyze')) return
    for (const [name, threshold] of [
      ['low-port.conf', 17],
      ['container.conf', 32],
    ] as const) {
      const { status, said } = analyze(security(threshold), undefined, [name])
      assert.equal(status, 0, said.slice(-200))
    }
  })

  test('starts again by itself, but not with a configuration that is wrong', () => {
    const service = {
      Restart: 'always',
      RestartSec: '1',
      RestartPreventExitStatus: '2',
      ExecReload: '/bin/kill -HUP $MAINPID',
      User: 'pve-console',
      StateDirectory: 'pve-console',
      RuntimeDirectory: 'pve-console',
      UMask: '0077',
    }
    for (const [key, value] of Object.entries(service)) assert.equal(setting(unit, key), value)
    assert.equal(unit.has('MemoryDenyWriteExecute'), false)
  })

  test('needs no mounts with the drop-in for containers, which turns off nothing else', () => {
    const off = [...container.keys()]
    const on = NEED_MOUNTS.filter((key) => unit.has(key))
    assert.deepEqual(off.toSorted(), on.toSorted())
    for (const key of off) assert.match(setting(container, key), /^(no|default|all)$/)
  })
})

describe('the question whether the sandbox works', () => {
  let root: TestRoot | undefined
  before(async () => {
    if (canLayRoots()) root = await TestRoot.lay()
  })
  after(() => root?.close())

  const fake = (name: string, script: string) =>
    root?.write(`/usr/local/bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755)
  const answer = async () => {
    const command = [join(SYSTEMD, 'sandbox-works')]
    return (await root?.run(command))?.status
  }

  test('asks systemd for each thing that the drop-in for containers turns off', () => {
    const script = readFileSync(join(SYSTEMD, 'sandbox-works'), 'utf8')
    const asked = [...script.matchAll(/--property=(\w+)=(\w+)/g)].map((match) => match.slice(1))
    const wanted = [...container.keys()].map((key) => [key, setting(unit, key)])
    assert.deepEqual(asked, wanted)
  })

  test('is answered no by status 226 alone, and by nothing outside of a container', async (t) => {
    if (!needs(t, root !== undefined, 'a root to change')) return
    fake('systemd-detect-virt', 'exit 0')
    fake('systemd-run', 'exit 226')
    assert.equal(await answer(), 0, 'no systemd runs here')
    await root?.run(['mkdir', '-p', '/run/systemd/system'])
    assert.equal(await answer(), 1)
    for (const status of [0, 1, 203]) {
      fake('systemd-run', `exit ${status}`)
      assert.equal(await answer(), 0, `${status}`)
    }
    fake('systemd-run', 'exit 226')
    fake('systemd-detect-virt', 'exit 1')
    assert.equal(await answer(), 0, 'no container')
  })
})

test('a unit file is read by its sections', () => {
  const settings = serviceOf('[Unit]\nA=1\n[Service]\n# B=2\nB=3\nB=\n[Install]\nC=4\n')
  assert.deepEqual([...settings], [['B', ['3', '']]])
})
