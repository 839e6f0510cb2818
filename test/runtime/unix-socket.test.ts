import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { clearStaleSocket, openToGroup } from '../../src/runtime/unix-socket.ts'

function listen(path: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.listen({ path }, () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

describe('the path of a unix socket', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'pve-console-socket-'))
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  test('is cleared of a socket that nobody listens on', async () => {
    const path = join(directory, 'stale')
    const server = await listen(`${path}.now`)
    // Moved away, it is not found when the server takes it along at its end.
    renameSync(`${path}.now`, path)
    await close(server)
    assert.equal(existsSync(path), true)
    await clearStaleSocket({ kind: 'unix', path })
    assert.equal(existsSync(path), false)
  })

  test('keeps a socket that somebody listens on', async () => {
    const path = join(directory, 'used')
    const server = await listen(path)
    await clearStaleSocket({ kind: 'unix', path })
    assert.equal(existsSync(path), true)
    await close(server)
  })

  test('keeps a file that is no socket', async () => {
    const path = join(directory, 'file')
    writeFileSync(path, 'precious')
    await clearStaleSocket({ kind: 'unix', path })
    assert.equal(existsSync(path), true)
  })

  test('opens to the group and to nobody else, whatever it was', async () => {
    const path = join(directory, 'open')
    const server = await listen(path)
    chmodSync(path, 0o777)
    openToGroup({ kind: 'unix', path })
    assert.equal(statSync(path).mode & 0o777, 0o660)
    await close(server)
  })
})
