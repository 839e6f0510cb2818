/**
 * The far end of every measurement, in a process of its own: PVE's calls and consoles, so far as our server
 * needs them, and the same streams behind a plain WebSocket and behind plain TLS.
 *
 *   bun far-end.ts JSON    with FarEndOptions; the first line of its output is FarEndPorts
 */
import { acceptFor } from '../../src/ws/handshake.ts'
import { type RequestHead, readHead, writeAnswer } from '../lab/wire.ts'
import { FarApi } from './far-api.ts'
import { FarStream, type Outlet } from './far-stream.ts'
import { FrameWalk, frame, unmask } from './frame-walk.ts'
import { HANDLERS, Link } from './link.ts'

export interface FarEndOptions {
  readonly cert: string
  readonly key: string
  readonly guests: number
  readonly latencyMs: number
}

export interface FarEndPorts {
  /** HTTPS: PVE's API and its consoles, and /stream, a WebSocket without any RFB handshake. */
  readonly web: number
  /** TLS with the same stream and no WebSocket. */
  readonly bare: number
}

const options = JSON.parse(process.argv[2] ?? '{}') as FarEndOptions
const api = new FarApi(options.guests, options.latencyMs)

function listen(accept: (link: Link) => void): number {
  const { cert, key } = options
  const listener = Bun.listen<Link | undefined>({
    hostname: '127.0.0.1',
    port: 0,
    tls: { cert, key },
    data: undefined,
    socket: {
      ...HANDLERS,
      open(raw) {
        raw.data = new Link(raw)
        accept(raw.data)
      },
    },
  })
  return listener.port
}

/** HTTP with kept connections; an upgrade turns the rest into frames. */
function acceptWeb(link: Link): void {
  let buffer: Buffer = Buffer.alloc(0)
  let busy = false
  const next = async (): Promise<void> => {
    if (busy) return
    const parsed = readHead(buffer)
    if (parsed.kind !== 'head') return
    const { head, rest } = parsed
    const length = Number(head.headers['content-length'] ?? 0)
    if (rest.length < length) return
    const form = rest.toString('latin1', 0, length)
    buffer = Buffer.from(rest.subarray(length))
    if (head.headers.upgrade !== undefined) {
      upgrade(link, head)
      if (buffer.length > 0) link.onData(buffer)
      return
    }
    busy = true
    const keep = head.headers.connection?.toLowerCase() !== 'close'
    link.send(writeAnswer(await api.answer(head, form), keep, new Date()))
    busy = false
    await next()
  }
  link.onData = (bytes) => {
    buffer = Buffer.concat([buffer, bytes])
    void next()
  }
}

function upgrade(link: Link, { headers, target }: RequestHead): void {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptFor(headers['sec-websocket-key'] ?? '')}`,
    ...(headers['sec-websocket-protocol'] ? ['Sec-WebSocket-Protocol: binary'] : []),
  ]
  link.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`))
  const stream = new FarStream(link, true)
  if (target.startsWith('/stream')) read(link, stream, (bytes) => stream.take(bytes))
  else greet(link, stream)
}

/** Unframes what comes; what is only counted is not even unmasked. */
function read(link: Link, stream: FarStream, take: (bytes: Buffer) => void): void {
  const walk = new FrameWalk((piece, key, phase) => {
    if (stream.sinking > 0) {
      stream.skip(piece.length)
      return
    }
    unmask(piece, key, phase)
    take(piece)
  })
  link.onData = (bytes) => {
    walk.feed(bytes)
    if (walk.closing) link.end()
  }
}

/** RFB 3.8 with VNC Authentication; any answer to the challenge is believed. */
function greet(link: Link, stream: FarStream): void {
  const say = (bytes: Buffer): void => link.send(frame(bytes))
  const steps = [
    { length: 12, answer: Buffer.from([1, 2]) },
    { length: 1, answer: Buffer.alloc(16, 0x5a) },
    { length: 16, answer: Buffer.alloc(4) },
    { length: 1, answer: serverInit() },
  ]
  let step = 0
  let waiting: Buffer = Buffer.alloc(0)
  say(Buffer.from('RFB 003.008\n'))
  read(link, stream, (bytes) => {
    let rest: Buffer = Buffer.concat([waiting, bytes])
    for (let now = steps[step]; now && rest.length >= now.length; now = steps[step]) {
      rest = rest.subarray(now.length)
      step++
      say(now.answer)
    }
    waiting = step < steps.length ? rest : Buffer.alloc(0)
    if (step === steps.length && rest.length > 0) stream.take(rest)
  })
}

function serverInit(): Buffer {
  const name = Buffer.from('far end')
  const out = Buffer.alloc(24)
  out.writeUInt16BE(1024, 0)
  out.writeUInt16BE(768, 2)
  Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0]).copy(out, 4)
  out.writeUInt32BE(name.length, 20)
  return Buffer.concat([out, name])
}

function acceptBare(link: Link): void {
  const outlet: Outlet = link
  const stream = new FarStream(outlet, false)
  link.onData = (bytes) => {
    const skipped = Math.min(stream.sinking, bytes.length)
    if (skipped > 0) stream.skip(skipped)
    if (skipped < bytes.length) stream.take(bytes.subarray(skipped))
  }
}

const ports: FarEndPorts = { web: listen(acceptWeb), bare: listen(acceptBare) }
console.log(JSON.stringify(ports))
