/** What a host tells about itself: version, nodes, resources. */
import { X509Certificate } from 'node:crypto'
import { describeCertificate } from './authority.ts'
import type { Guest } from './guest.ts'
import { type Call, type Data, data, type Route } from './route.ts'
import { node } from './schema.ts'
import { shuffled } from './wire.ts'
import { isCluster, isOnline, type World } from './world.ts'

const repoid = 'd0ea9d2b'
const gib = 1024 ** 3
const nodeFigures = { maxcpu: 2, maxmem: 24 * gib, maxdisk: 252 * gib, disk: 28 * gib }

export const clusterRoutes: readonly Route[] = [
  { method: 'GET', path: '/version', access: 'user', rules: {}, run: version },
  {
    method: 'GET',
    path: '/cluster/resources',
    access: 'user',
    rules: {
      type: { type: 'string', optional: true, values: ['vm', 'storage', 'node', 'sdn'] },
    },
    run: resources,
  },
  { method: 'GET', path: '/cluster/status', access: 'Sys.Audit /', rules: {}, run: clusterStatus },
  { method: 'GET', path: '/cluster/options', access: 'user', rules: {}, run: () => data({}) },
  { method: 'GET', path: '/nodes', access: 'user', rules: {}, run: listNodes },
  {
    method: 'GET',
    path: '/nodes/{node}/status',
    access: 'Sys.Audit /nodes/{node}',
    rules: { node },
    run: nodeStatus,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/certificates/info',
    access: 'user',
    rules: { node },
    run: certificates,
  },
]

function version({ world }: Call): Data {
  const release = /^\d+\.\d+/.exec(world.options.version)?.[0]
  return data({ version: world.options.version, release, repoid })
}

function resources({ world, userid, params }: Call): Data {
  const wanted = (type: string) => params.type === undefined || params.type === type
  const guests = wanted('vm') ? visibleGuests(world, userid) : []
  const nodes = wanted('node')
    ? world.options.nodes.map((name) => nodeEntry(world, userid, name))
    : []
  const extras = world.options.nodes.flatMap((name) => [
    ...(wanted('storage') && world.book.has(userid, '/storage/local', 'Datastore.Audit')
      ? [storageEntry(name)]
      : []),
    ...(wanted('sdn') && world.book.has(userid, '/sdn/zones/localnetwork', 'SDN.Audit')
      ? [sdnEntry(name)]
      : []),
  ])
  return data(shuffled([...guests, ...nodes, ...extras]))
}

function visibleGuests(world: World, userid: string): Record<string, unknown>[] {
  const all = [...world.guests.values()]
  return all
    .filter((guest) => world.book.has(userid, `/vms/${guest.vmid}`, 'VM.Audit'))
    .map((guest) => guestEntry(world, guest))
}

function guestEntry(world: World, guest: Guest): Record<string, unknown> {
  const published = world.feed.of(guest.vmid)
  const lxc = guest.type === 'lxc'
  return {
    id: `${guest.type}/${guest.vmid}`,
    ...{ vmid: guest.vmid, type: guest.type, node: guest.node, name: guest.name },
    ...published,
    template: guest.options.template ? 1 : 0,
    maxcpu: lxc ? 2 : 1,
    maxmem: lxc ? gib / 4 : 192 * 1024 * 1024,
    maxdisk: lxc ? gib : 0,
    ...{ disk: 0, netin: 0, netout: 0, diskread: 0, diskwrite: 0 },
    ...(world.options.version.startsWith('9') ? { memhost: published?.mem ?? 0 } : {}),
    ...(guest.lock === undefined ? {} : { lock: guest.lock }),
    ...(guest.options.tags === undefined ? {} : { tags: guest.options.tags }),
  }
}

function nodeEntry(world: World, userid: string, name: string): Record<string, unknown> {
  return { ...bareNode(world, name), 'cgroup-mode': 2, ...figures(world, userid, name) }
}

function bareNode(world: World, name: string): Record<string, unknown> {
  const status = isOnline(world, name) ? 'online' : 'offline'
  return { id: `node/${name}`, node: name, type: 'node', status, level: '' }
}

/** Figures of a node are for those who may audit it. */
function figures(world: World, userid: string, name: string): Record<string, unknown> {
  if (!world.book.has(userid, `/nodes/${name}`, 'Sys.Audit')) return {}
  const uptime = uptimeOf(world)
  return { ...nodeFigures, uptime, cpu: 0.31, mem: 3 * gib }
}

function uptimeOf(world: World): number {
  return 8000 + Math.floor((world.clock.now() - world.startedAt) / 1000)
}

function storageEntry(name: string): Record<string, unknown> {
  return {
    ...{ id: `storage/${name}/local`, type: 'storage', storage: 'local', node: name },
    ...{ plugintype: 'dir', status: 'available', shared: 0 },
    content: 'rootdir,images,backup,snippets,iso,vztmpl',
    ...{ disk: nodeFigures.disk, maxdisk: nodeFigures.maxdisk },
  }
}

function sdnEntry(name: string): Record<string, unknown> {
  const id = `sdn/${name}/localnetwork`
  return { id, type: 'sdn', sdn: 'localnetwork', node: name, status: 'ok' }
}

function listNodes({ world, userid }: Call): Data {
  const entries = world.options.nodes.map((name) => ({
    ...bareNode(world, name),
    ssl_fingerprint: new X509Certificate(world.certificates.get(name) ?? '').fingerprint256,
    ...figures(world, userid, name),
  }))
  return data(shuffled(entries))
}

function clusterStatus({ world, node }: Call): Data {
  const { nodes, key } = world.options
  const members = nodes.map((name, index) => ({
    ...{ id: `node/${name}`, name, type: 'node', level: '', ip: '127.0.0.1' },
    nodeid: isCluster(world) ? index + 1 : 0,
    local: name === node ? 1 : 0,
    online: isOnline(world, name) ? 1 : 0,
  }))
  const cluster = { id: 'cluster', type: 'cluster', name: key, nodes: nodes.length, version: 1 }
  return data(
    shuffled([
      ...(isCluster(world) ? [{ ...cluster, quorate: world.settings.quorate ? 1 : 0 }] : []),
      ...members,
    ]),
  )
}

function nodeStatus({ world }: Call): Data {
  return data({
    uptime: uptimeOf(world),
    loadavg: ['1.16', '1.24', '0.99'],
    ...{ cpu: 0.1, idle: 0, wait: 0, ksm: { shared: 0 } },
    cpuinfo: { cpus: 2, sockets: 1, cores: 2, model: 'Lab CPU' },
    memory: { total: 24 * gib, used: 3 * gib, free: 20 * gib },
    swap: { total: 0, used: 0, free: 0 },
    rootfs: { total: 252 * gib, used: 28 * gib, free: 224 * gib, avail: 73 * gib },
    kversion: 'Linux 6.8.12-9-pve',
    'current-kernel': { sysname: 'Linux', release: '6.8.12-9-pve', machine: 'x86_64' },
    'boot-info': { mode: 'efi', secureboot: 0 },
    pveversion: `pve-manager/${world.options.version}/${repoid}`,
  })
}

function certificates({ world, uri }: Call): Data {
  const leaf = world.certificates.get(uri.node ?? '') ?? ''
  return data([
    describeCertificate('pve-root-ca.pem', world.authority.pem),
    describeCertificate('pve-ssl.pem', leaf),
  ])
}
