import assert from 'node:assert/strict'
import type { Config } from '../../src/config/config.ts'
import { ConfigError, type ConfigSource, loadConfig } from '../../src/config/load.ts'

/** A configuration with nothing but a host. */
export const HOME = '[hosts.home]\nurls = ["https://pve1.lan:8006"]\n'

export function loadWithWarnings(text: string | null, flags: Partial<ConfigSource> = {}) {
  const file = text === null ? null : { path: 'x.toml', text }
  return loadConfig({ file, hosts: [], ...flags })
}

export function load(text: string | null, flags: Partial<ConfigSource> = {}): Config {
  return loadWithWarnings(text, flags).config
}

/** What is wrong with a configuration; fails when nothing is. */
export function problems(
  text: string | null,
  flags: Partial<ConfigSource> = {},
): readonly string[] {
  try {
    load(text, flags)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return assert.fail('it was accepted')
}
