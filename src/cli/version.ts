import * as v from 'valibot'
import type { Runtime } from '../runtime/runtime.ts'
import { version } from '../version.ts'

const Build = v.object({ commit: v.string() })

/** Version, commit and runtime in a line; the commit is what the build wrote down. */
export function versionText(
  runtime: Pick<Runtime, 'name' | 'readText' | 'fileExists'>,
  assetDirectory: string,
): string {
  const path = `${assetDirectory}/build.json`
  const commit = runtime.fileExists(path)
    ? v.parse(Build, JSON.parse(runtime.readText(path))).commit
    : ''
  return `pve-console ${version} (${commit || 'no commit'}, ${runtime.name})\n`
}
