/** What a process costs, as the kernel counts it. */
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel counts CPU time in hundredths of a second. */
const TICKS = 100

/** User and system time of a process and all it has started, in seconds. */
export function cpuSeconds(pid: number): number {
  let ticks = 0
  // Fields 14 to 17: its own, and of children that have ended and were waited for.
  for (const each of tree(pid)) for (const at of [11, 12, 13, 14]) ticks += Number(stat(each)[at])
  return ticks / TICKS
}

/** Resident memory of a process and all it has started, in bytes. */
export function residentBytes(pid: number): number {
  return tree(pid).reduce((sum, each) => sum + kilobytes(each, 'VmRSS') * 1024, 0)
}

function kilobytes(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
}

function tree(root: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = Number(stat(pid)[1])
    parents.set(parent, [...(parents.get(parent) ?? []), pid])
  }
  const all = [root]
  // It grows while it is walked.
  for (const pid of all) all.push(...(parents.get(pid) ?? []))
  return all
}

/** What stands behind the program's name, which may hold anything: state, parent, …. */
function stat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // It ended between the list and the look.
    return ['X', '0', ...new Array<string>(13).fill('0')]
  }
}
