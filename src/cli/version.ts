import * as v from 'valibot'
import type { Runtime } from '../runtime/runtime.ts'
import { version } from '../version.ts'

const Build = v.object({ commit: v.string() })

type BuildReader = Pick<Runtime, 'name' | 'readText' | 'fileExists'>

/** Version, commit and runtime in a line. */
export function versionText(runtime: BuildReader, assetDirectory: string): string {
  const { commit } = readBuild(runtime, assetDirectory)
  return `pve-console ${version} (${commit || 'no commit'}, ${runtime.name})\n`
}

/** What runs; the commit is what the build wrote down, empty where there was none. */
export function readBuild(runtime: BuildReader, assetDirectory: string) {
  const path = `${assetDirectory}/build.json`
  const commit = runtime.fileExists(path)
    ? v.parse(Build, JSON.parse(runtime.readText(path))).commit
    : ''
  return { version, commit, runtime: runtime.name }
}
