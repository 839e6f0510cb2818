/** Every way in which a runtime connects to PVE, so that each test is of all of them. */
import type { RawPort } from '../../src/relay/port.ts'
import { createDial } from '../../src/runtime/bun-dial.ts'
import { TurnEnd } from '../../src/runtime/outbox.ts'
import type { DialTarget } from '../../src/runtime/runtime.ts'
import { SocketPort } from '../../src/runtime/socket-port.ts'
import { connectTls } from '../../src/runtime/tls-connect.ts'

export interface WayToPve {
  readonly name: string
  open(target: DialTarget): Promise<{ readonly port: RawPort; readonly address: string }>
}

async function openNode(target: DialTarget, gated: boolean) {
  const { socket, flow, address } = await connectTls(target, gated)
  return { port: new SocketPort(socket, flow), address }
}

const bun: WayToPve = {
  name: 'Bun’s own',
  open: createDial(new TurnEnd((run) => void setImmediate(run))),
}

export const WAYS_TO_PVE: readonly WayToPve[] = [
  { name: 'direct', open: (target) => openNode(target, false) },
  { name: 'gated', open: (target) => openNode(target, true) },
  ...('Bun' in globalThis ? [bun] : []),
]
