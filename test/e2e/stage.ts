/** A lab and a server in front of it, for one test file. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab, LabOptions } from '../lab/lab.ts'
import { startLab } from '../lab/lab.ts'
import {
  type Address,
  chooseAddress,
  configFor,
  RUNTIMES,
  type RuntimeName,
  Server,
} from '../start-server.ts'

export interface Stage {
  readonly lab: Lab
  /** Origin of the server. */
  readonly url: string
  readonly server: Server
  /** Paths of the server's configuration and of its confirmed certificates. */
  readonly config: string
  readonly knownHosts: string
  /** Everything the server has written so far. */
  log(): string
  /** Resident memory of the server process, in MiB. */
  memory(): number
  close(): Promise<void>
}

export interface StageOptions {
  readonly lab?: LabOptions
  /** TOML in front of the hosts. */
  readonly settings?: string
  /** A key pair in PEM that the server shows, as tls.crt and tls.key beside its configuration. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** TOML of more hosts, behind those of the lab. */
  readonly more?: (lab: Lab) => Promise<string>
  /** Whether the configuration names the hosts' authorities. Default true. */
  readonly trusted?: boolean
}

export async function setStage(runtime: RuntimeName, options: StageOptions = {}): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'pve-console-e2e-'))
  const lab = await startLab(options.lab)
  const plain = await chooseAddress('127.0.0.1:0')
  const address = options.tls ? encrypted(plain) : plain
  lab.provider.redirects.add(`${address.open}/signin`)
  const config = join(directory, 'config.toml')
  const logFile = join(directory, 'server.log')
  const settings = `log.level = "debug"\n${options.settings ?? ''}\n${showPair(directory, options.tls)}`
  const state = join(directory, 'state')
  mkdirSync(state)
  const hosts = configFor(lab, state)
  const judged = options.trusted === false ? hosts.replace(/^ca = .*$/gm, '') : hosts
  const more = (await options.more?.(lab)) ?? ''
  writeFileSync(config, `${settings}\n${judged}\n${more}`)
  const server = new Server(RUNTIMES[runtime], config, address, logFile)
  const close = async (): Promise<void> => {
    await server.stop()
    await lab.close()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await server.ready()
  } catch (error) {
    await close()
    throw error
  }
  return {
    lab,
    url: address.open,
    server,
    config,
    knownHosts: join(state, 'known_hosts'),
    log: () => readFileSync(logFile, 'utf8'),
    memory: () => residentMemory(server.pid),
    close,
  }
}

/** A loopback address speaks plain HTTP unless it is told otherwise. */
function encrypted(address: Address): Address {
  const secure = (url: string): string => url.replace(/^http:/, 'https:')
  const health = { url: new URL(secure(address.health.url.href)) }
  return { ...address, open: secure(address.open), health }
}

/** Writes a key pair down and answers with the options that name it. */
function showPair(directory: string, tls: StageOptions['tls']): string {
  if (!tls) return ''
  const [cert, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
  writeFileSync(cert, tls.cert)
  writeFileSync(key, tls.key)
  return `tls.mode = "files"\ntls.cert = ${JSON.stringify(cert)}\ntls.key = ${JSON.stringify(key)}`
}

function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}
