/** The lab's own RFB server, VNC authentication, and the boot sector of its real guests. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { bootSector } from './boot-sector.ts'
import { until } from './clock.ts'
import type { LabKey } from './lab.ts'
import { cellHeight, cellWidth, colourOf, RfbScreen } from './rfb-screen.ts'
import { RfbServer } from './rfb-server.ts'
import { totpCode, totpStep } from './totp.ts'
import { vncResponse } from './vnc-auth.ts'

/** A viewer that hands its bytes over one at a time, as a network may. */
class Viewer {
  out: Buffer = Buffer.alloc(0)
  ended: string | undefined
  readonly server: RfbServer

  constructor(screen: RfbScreen, password = 'secret') {
    this.server = new RfbServer(screen, password, false, {
      data: (bytes) => {
        this.out = Buffer.concat([this.out, bytes])
      },
      end: (reason) => {
        this.ended = reason
      },
    })
  }

  send(...bytes: number[]): void {
    for (const byte of bytes) this.server.write(Buffer.from([byte]))
  }

  async take(size: number): Promise<Buffer> {
    await until(() => this.out.length >= size, `${size} bytes`)
    const taken = this.out.subarray(0, size)
    this.out = this.out.subarray(size)
    return taken
  }

  /** Up to and with ServerInit. */
  async enter(password = 'secret', shared = 1): Promise<void> {
    this.send(...(await this.take(12)))
    await this.take(2)
    this.send(2)
    this.send(...vncResponse(password, await this.take(16)))
    assert.deepEqual([...(await this.take(4))], [0, 0, 0, 0])
    this.send(shared)
    const head = await this.take(24)
    await this.take(head.readUInt32BE(20))
  }

  request(incremental: 0 | 1): void {
    this.send(3, incremental, 0, 0, 0, 0, 255, 255, 255, 255)
  }

  /** One update as colours by cell, in the native pixel format or the one with `pixelBytes`. */
  async update(pixelBytes = 4): Promise<Map<string, number>> {
    const cells = new Map<string, number>()
    const count = (await this.take(4)).readUInt16BE(2)
    for (let i = 0; i < count; i += 1) {
      const head = await this.take(12)
      assert.equal(head.readUInt16BE(4), cellWidth)
      assert.equal(head.readUInt16BE(6), cellHeight)
      const pixels = await this.take(cellWidth * cellHeight * pixelBytes)
      const place = `${head.readUInt16BE(0) / cellWidth},${head.readUInt16BE(2) / cellHeight}`
      cells.set(place, pixels.readUIntLE(0, pixelBytes))
    }
    return cells
  }
}

describe("the lab's own screen", () => {
  const small = (keys: LabKey[] = []) => new RfbScreen('test', 7, keys, 160, 64)

  test('shows its colour, and each key in the next cell of the second row', async () => {
    const keys: LabKey[] = []
    const viewer = new Viewer(small(keys))
    await viewer.enter()
    viewer.request(0)
    const first = await viewer.update()
    assert.equal(first.size, 20 * 4)
    assert.equal(first.get('0,0'), colourOf(7))
    viewer.send(4, 1, 0, 0, 0, 0, 0, 0x61)
    viewer.send(4, 0, 0, 0, 0, 0, 0, 0x61)
    viewer.request(1)
    const next = await viewer.update()
    assert.equal(next.get('0,1'), colourOf(0x61))
    assert.deepEqual(keys, [{ scancode: 0, ascii: 0x61 }])
    viewer.server.end()
  })

  test('moves on its own, once for each request', async () => {
    const viewer = new Viewer(small())
    await viewer.enter()
    viewer.request(0)
    await viewer.update()
    viewer.request(1)
    assert.ok((await viewer.update()).size >= 2)
    assert.equal(viewer.out.length, 0)
    viewer.server.end()
  })

  test('draws in the pixel format that was asked for', async () => {
    const viewer = new Viewer(small())
    await viewer.enter()
    // 16 bits, little endian, 5-6-5.
    viewer.send(0, 0, 0, 0, 16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0, 0, 0, 0)
    viewer.request(0)
    const cells = await viewer.update(2)
    const [red, green, blue] = [16, 8, 0].map((shift) => (colourOf(7) >> shift) & 255)
    const scaled = (level = 0, max: number) => Math.round((level * max) / 255)
    const expected = (scaled(red, 31) << 11) | (scaled(green, 63) << 5) | scaled(blue, 31)
    assert.equal(cells.get('0,0'), expected)
    viewer.server.end()
  })

  test('a message it does not know ends it', async () => {
    const viewer = new Viewer(small())
    await viewer.enter()
    viewer.send(99)
    assert.equal(viewer.ended, 'unknown message type 99')
  })

  test('a wrong password, with the reason', async () => {
    const viewer = new Viewer(small())
    viewer.send(...(await viewer.take(12)))
    await viewer.take(2)
    viewer.send(2)
    viewer.send(...vncResponse('secres', await viewer.take(16)))
    assert.equal((await viewer.take(8)).readUInt32BE(0), 1)
    assert.equal(viewer.out.toString(), 'password check failed!')
    assert.equal(viewer.ended, 'password check failed!')
  })
})

test('VNC authentication agrees with a known exchange', () => {
  const challenge = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
  const same = vncResponse('12345678', challenge)
  assert.deepEqual(vncResponse('12345678ignored', challenge), same)
  // The same by DES with the key `8c4ccc2cac6cec1c`, which is 12345678 with its bits mirrored.
  const args = ['enc', '-des-ecb', '-nopad', '-provider', 'legacy', '-K', '8c4ccc2cac6cec1c']
  const openssl = spawnSync('openssl', args, { input: challenge })
  if (openssl.status === 0) assert.equal(same.toString('hex'), openssl.stdout.toString('hex'))
  else console.warn('SKIPPED: openssl has no DES here to compare with')
})

test('one-time codes agree with RFC 6238', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [2000000000, '279037'],
  ] as const) {
    assert.equal(totpCode(secret, totpStep(seconds * 1000)), code)
  }
})

describe('the boot sector', () => {
  test('is one sector with the banner in it', () => {
    const sector = bootSector('lab guest 100')
    assert.equal(sector.length, 512)
    assert.equal(sector.readUInt16LE(510), 0xaa55)
    assert.ok(sector.includes('lab guest 100\0'))
    assert.equal(bootSector('x'.repeat(500)).readUInt16LE(510), 0xaa55)
  })

  test('is what its source assembles to', () => {
    const directory = mkdtempSync(join(tmpdir(), 'echo-'))
    const [object, binary] = [join(directory, 'echo.o'), join(directory, 'echo.bin')]
    const source = new URL('./guest/echo.asm', import.meta.url).pathname
    const assembled = spawnSync('as', ['--32', '-o', object, source]).status === 0
    const options = ['-m', 'elf_i386', '-Ttext', '0x7c00', '--oformat', 'binary']
    const linked = assembled && spawnSync('ld', [...options, '-o', binary, object]).status === 0
    // Only who changes the source needs an assembler.
    if (linked) assert.deepEqual(readFileSync(binary), bootSector('lab guest'))
    else console.warn('SKIPPED: no assembler here to compare the boot sector with')
    rmSync(directory, { recursive: true })
  })
})
