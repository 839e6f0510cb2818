/** A lab and a server in front of it, for one test file. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab, LabOptions } from '../lab/lab.ts'
import { startLab } from '../lab/lab.ts'
import { chooseAddress, configFor, RUNTIMES, type RuntimeName, Server } from '../start-server.ts'

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
  /** Whether the configuration names the hosts' authorities. Default true. */
  readonly trusted?: boolean
}

export async function setStage(runtime: RuntimeName, options: StageOptions = {}): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'pve-console-e2e-'))
  const lab = await startLab(options.lab)
  const address = await chooseAddress('127.0.0.1:0')
  lab.provider.redirects.add(`${address.open}/signin`)
  const config = join(directory, 'config.toml')
  const logFile = join(directory, 'server.log')
  const settings = `log.level = "debug"\n${options.settings ?? ''}`
  const state = join(directory, 'state')
  mkdirSync(state)
  const hosts = configFor(lab, state)
  const judged = options.trusted === false ? hosts.replace(/^ca = .*$/gm, '') : hosts
  writeFileSync(config, `${settings}\n${judged}`)
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

function residentMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}
