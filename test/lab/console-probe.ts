/** A console client for tests of the lab: WebSocket frames by hand and the RFB handshake. */
import { randomBytes } from 'node:crypto'
import type { LabHost, LabNode } from './lab.ts'
import { type CallOptions, call, requestText, type Session, Wire } from './probe.ts'
import { vncResponse } from './vnc-auth.ts'
import { opcodes, writeFrame } from './ws-frames.ts'

export interface Handover {
  readonly user: string
  readonly ticket: string
  readonly port: string
  readonly upid: string
  readonly password?: string
}

export interface ConsoleTarget {
  readonly vmid: number
  readonly type?: 'qemu' | 'lxc'
  /** Node in the path; default the guest's. */
  readonly node?: string
  /** Node that is contacted; default the first. */
  readonly at?: LabNode | undefined
}

export const upgradeHeaders = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'binary',
}

/** Calls vncproxy and answers its data. */
export async function vncproxy(
  host: LabHost,
  session: Session,
  target: ConsoleTarget,
): Promise<Handover> {
  const answer = await call(host, 'POST', `${guestPath(host, target)}/vncproxy`, {
    session,
    params: { websocket: '1' },
    node: target.at,
  })
  if (answer.status !== 200) throw new Error(`vncproxy: ${answer.status} ${answer.reason}`)
  return (answer.json as { data: Handover }).data
}

/** The request target of the WebSocket. */
export function websocketTarget(host: LabHost, target: ConsoleTarget, handover: Handover): string {
  return websocketPath(guestPath(host, target), handover)
}

function websocketPath(parent: string, { port, ticket }: Handover): string {
  return `/api2/json${parent}/vncwebsocket?port=${port}&vncticket=${encodeURIComponent(ticket)}`
}

function guestPath(host: LabHost, { vmid, type = 'qemu', node }: ConsoleTarget): string {
  return `/nodes/${node ?? host.guest(vmid).node}/${type}/${vmid}`
}

export class ConsoleProbe {
  readonly wire: Wire
  readonly handover: Handover
  /** Payload sizes of the frames received so far. */
  readonly sizes: number[] = []
  #bytes = Buffer.alloc(0)

  constructor(wire: Wire, handover: Handover) {
    this.wire = wire
    this.handover = handover
  }

  /** vncproxy and the WebSocket at once after it; throws unless the answer is 101. */
  static async open(
    host: LabHost,
    session: Session,
    target: ConsoleTarget,
    options: CallOptions = {},
  ): Promise<ConsoleProbe> {
    const handover = await vncproxy(host, session, target)
    const all = { node: target.at, ...options }
    return ConsoleProbe.connect(host, session, guestPath(host, target), handover, all)
  }

  /** The WebSocket of a hand-over; `parent` is the path of its guest or node. */
  static async connect(
    host: LabHost,
    session: Session,
    parent: string,
    handover: Handover,
    options: CallOptions = {},
  ): Promise<ConsoleProbe> {
    const wire = await Wire.open(host, options.node)
    const asked = websocketPath(parent, handover)
    wire.write(requestText('GET', asked, { session, headers: upgradeHeaders, ...options }))
    const answer = await wire.answer()
    if (answer?.status !== 101) throw new Error(`no 101 but ${answer?.status} ${answer?.reason}`)
    return new ConsoleProbe(wire, handover)
  }

  /** Bytes of the stream that arrived and were not taken yet. */
  get available(): number {
    return this.#bytes.length
  }

  /** Waits for so many bytes of the stream, whatever frames they come in. */
  async read(size: number): Promise<Buffer> {
    while (this.#bytes.length < size) await this.readFrame()
    const taken = this.#bytes.subarray(0, size)
    this.#bytes = this.#bytes.subarray(size)
    return taken
  }

  /** Reads one frame and keeps a binary one's payload for `read`; answers its opcode and payload. */
  async readFrame(): Promise<{ opcode: number; payload: Buffer }> {
    const head = await this.wire.take(2)
    const short = (head[1] ?? 0) & 0x7f
    const extra = short < 126 ? 0 : short === 126 ? 2 : 8
    const long = await this.wire.take(extra)
    const size =
      extra === 0 ? short : extra === 2 ? long.readUInt16BE() : Number(long.readBigUInt64BE())
    const payload = Buffer.from(await this.wire.take(size))
    const opcode = (head[0] ?? 0) & 0xf
    if (opcode === opcodes.binary) {
      this.sizes.push(size)
      this.#bytes = Buffer.concat([this.#bytes, payload])
    }
    return { opcode, payload }
  }

  send(bytes: Uint8Array, opcode: number = opcodes.binary): void {
    this.wire.write(maskedFrame(0x80 | opcode, bytes))
  }

  /** Goes through the RFB handshake; true when the password was accepted. */
  async authenticate(password: string): Promise<boolean> {
    const version = await this.read(12)
    this.send(version)
    const types = await this.read(2)
    if (!types.equals(Buffer.from([1, 2]))) throw new Error(`types ${types.toString('hex')}`)
    this.send(Buffer.from([2]))
    this.send(vncResponse(password, await this.read(16)))
    return (await this.read(4)).readUInt32BE() === 0
  }

  /** ClientInit with the shared flag; answers the screen's size and name. */
  async initialize(shared = true): Promise<{ width: number; height: number; name: string }> {
    this.send(Buffer.from([shared ? 1 : 0]))
    const head = await this.read(24)
    const name = await this.read(head.readUInt32BE(20))
    return { width: head.readUInt16BE(0), height: head.readUInt16BE(2), name: name.toString() }
  }

  /** Presses and releases a key by its X11 keysym. */
  type(keysym: number): void {
    for (const down of [1, 0]) {
      const event = Buffer.from([4, down, 0, 0, 0, 0, 0, 0])
      event.writeUInt32BE(keysym, 4)
      this.send(event)
    }
  }
}

/** A masked frame with any first byte, so that tests can break the rules. */
export function maskedFrame(firstByte: number, payload: Uint8Array): Buffer {
  const plain = writeFrame(0, payload)
  const head = Buffer.from(plain.subarray(0, plain.length - payload.length))
  head[0] = firstByte
  head[1] = (head[1] ?? 0) | 0x80
  const mask = randomBytes(4)
  const masked = payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0))
  return Buffer.concat([head, mask, masked])
}

/** The RFB password of a handover, on every version: the field, else the ticket's first eight characters. */
export function rfbPassword({ password, ticket }: Handover): string {
  return password ?? ticket.slice(0, 8)
}
