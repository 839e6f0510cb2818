import { OPTIONS } from '../config/config.ts'

/** What `help` prints: commands, options, and the table of the configuration. */
export function helpText(): string {
  return `pve-console: a console page for the guests of your Proxmox VE hosts

  pve-console [serve] [--config FILE] [--listen [ADDRESS]:PORT|unix:PATH] [--host KEY=URL]...
  pve-console check [--config FILE] [--host KEY=URL]... [--offline]
  pve-console trust KEY [--config FILE] [--host KEY=URL]... [--yes] [--fingerprint SHA256]
  pve-console healthcheck [--config FILE] [--url URL]
  pve-console version
  pve-console help

Without a file; PVE's own certificate has to be confirmed once:

  pve-console trust home --host home=192.168.1.10
  pve-console --host home=192.168.1.10

The configuration is TOML, looked for at --config, $PVE_CONSOLE_CONFIG, ./pve-console.toml and
/etc/pve-console/config.toml. Its options and their defaults:

${optionLines().join('\n')}

and a table for each host:

  [hosts.home]
  urls = ["https://192.168.1.10:8006"]
`
}

/** A line an option: how it is written with its default, and what it is for. */
export function optionLines(): string[] {
  const entries = Object.entries(OPTIONS).map(([key, { initial, about, later }]) => {
    const setting = `${key} = ${JSON.stringify(initial)}`
    return [setting, later ? `${about} (no effect yet)` : about] as const
  })
  const width = Math.max(...entries.map(([setting]) => setting.length))
  return entries.map(([setting, about]) => `  ${setting.padEnd(width)}  ${about}`)
}
