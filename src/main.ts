/** The composition root: arguments in, exit code out. */
import { join } from 'node:path'
import { runtime } from '#runtime'
import { readArguments, UsageError } from './cli/arguments.ts'
import { check } from './cli/check.ts'
import { healthcheck } from './cli/healthcheck.ts'
import { helpText } from './cli/help.ts'
import { serve } from './cli/serve.ts'
import { trust } from './cli/trust.ts'
import { versionText } from './cli/version.ts'
import { ConfigError } from './config/load.ts'

/** Beside this file from source, inside the binary once compiled. */
const ASSETS = join(import.meta.dirname, 'public')

const FAILED = 1
const WRONG_USAGE = 2

async function main(): Promise<number> {
  const command = readArguments(runtime.args)
  switch (command.name) {
    case 'serve':
      return serve(command, runtime, ASSETS)
    case 'check':
      return check(command, runtime)
    case 'trust':
      return trust(command, runtime)
    case 'healthcheck':
      return healthcheck(command, runtime)
    case 'version':
      runtime.writeOut(versionText(runtime, ASSETS))
      return 0
    case 'help':
      runtime.writeOut(helpText())
      return 0
  }
}

function fail(error: unknown): number {
  const isUsage = error instanceof UsageError || error instanceof ConfigError
  const problems = error instanceof ConfigError ? error.problems : [(error as Error).message]
  runtime.writeError(problems.map((problem) => `pve-console: ${problem}\n`).join(''))
  return isUsage ? WRONG_USAGE : FAILED
}

await runtime.exit(await main().catch(fail))
