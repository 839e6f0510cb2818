/** What both runtimes promise of answers that are streams: they are pulled, passed on at once, and cancelled. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { runtime } from '#runtime'
import type { Listener } from '../../src/runtime/runtime.ts'
import { until } from '../e2e/until.ts'

const CHUNK = new Uint8Array(64 * 1024).fill(120)
/** What kernel and runtime may take on behalf of a client that does not read. */
const BUFFERS = 16 * 1024 * 1024

/** A body that has as much to give as is asked for. */
class Source {
  readonly #piece: Uint8Array
  readonly #pieces: number
  pulled = 0
  cancelled = 0

  constructor(piece: Uint8Array, pieces = Number.POSITIVE_INFINITY) {
    this.#piece = piece
    this.#pieces = pieces
  }

  body(): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        pull: (controller) => {
          if (this.pulled >= this.#pieces) return
          this.pulled++
          controller.enqueue(this.#piece)
        },
        cancel: () => void this.cancelled++,
      },
      { highWaterMark: 0 },
    )
  }
}

describe(`a streamed answer on ${runtime.name}`, () => {
  let listener: Listener
  let port: number
  let source: Source

  before(async () => {
    listener = await runtime.serve({
      address: { kind: 'tcp', hostname: '127.0.0.1', port: 0 },
      fetch: () =>
        new Response(source.body(), { headers: { 'Content-Type': 'text/event-stream' } }),
      onError: (error) => assert.fail(String(error)),
    })
    assert.ok(listener.address.kind === 'tcp')
    port = listener.address.port
  })
  after(() => listener.stop(0))

  async function ask() {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    return socket
  }

  test('is asked for no more than the client takes', async () => {
    source = new Source(CHUNK)
    const socket = await ask()
    let still = 0
    let before = -1
    await until('the stream to stand still', () => {
      still = source.pulled === before && before > 0 ? still + 1 : 0
      before = source.pulled
      return still === 20
    })
    assert.ok(before * CHUNK.length < BUFFERS, `${before} pieces`)
    let read = 0
    socket.on('data', (bytes) => {
      read += bytes.length
    })
    await until('it to go on', () => read > 2 * BUFFERS)
    socket.destroy()
    await until('the end', () => source.cancelled === 1)
  })

  test('reaches the client piece by piece, and is cancelled when the client goes', async () => {
    source = new Source(new TextEncoder().encode(':\n\n'), 1)
    const socket = await ask()
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString()
    })
    await until('the first piece', () => text.includes(':\n\n'))
    assert.equal(source.cancelled, 0)
    socket.destroy()
    await until('the end', () => source.cancelled === 1)
  })
})
