import type { FailureCode } from '../errors.ts'

/** What PVE writes where a console could not be (PVE 7 to 9); the first that fits counts. */
const MEANINGS: readonly (readonly [words: RegExp, code: FailureCode])[] = [
  [/no quorum/, 'no_quorum'],
  [/(VM|CT) \d+ not running|\bis not running/, 'guest_not_running'],
  [/is locked \(/, 'guest_locked'],
  [/unable to find free port/, 'ports_exhausted'],
  // `qm terminal`, by the wish it was given.
  [/unable to find a serial interface|wrong serial type on interface/, 'no_such_console'],
  [/serial interface '\w+' is not configured/, 'no_such_console'],
  // `qm vncproxy`, where QEMU has no VNC server.
  [/'set_password' failed|unable to connect to socket '[^']*\.vnc'/, 'no_such_console'],
  // The guest is on another node than the one that was asked, which reaches it by ssh.
  [/^(ssh: |Host key verification failed|Permission denied \(publickey)/m, 'node_unreachable'],
]

/**
 * What a task's log, or the text that a terminal showed in place of a shell, says about a console that came to
 * nothing; undefined where it is nothing known.
 */
export function readConsoleWords(text: string): FailureCode | undefined {
  return MEANINGS.find(([words]) => words.test(text))?.[1]
}
