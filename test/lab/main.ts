/** Runs the lab alone: `bun test/lab/main.ts` prints its hosts and accounts as JSON and ends on SIGINT or SIGTERM. */
import { startLab } from './lab.ts'

const lab = await startLab()
const hosts = lab.hosts.map(({ key, version, generation, nodes, caFile, accounts, guests }) => ({
  ...{ key, version, generation, nodes, caFile, accounts },
  guests: guests.map(({ vmid, type, name, node, status }) => ({ vmid, type, name, node, status })),
}))
console.log(JSON.stringify({ realQemu: lab.realQemu, hosts }, undefined, 2))

let closing = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (closing) return
    closing = true
    void lab.close().then(() => process.exit(0))
  })
}
