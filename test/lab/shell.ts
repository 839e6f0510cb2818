/** A program on a pseudo terminal of its own. It goes when the terminal does, and so at the latest with the lab. */
import { readFileSync } from 'node:fs'

/** What a pseudo terminal of PVE's terminal proxy is at first. */
export const firstSize = { columns: 80, rows: 20 } as const

export interface Program {
  readonly args: readonly [command: string, ...args: string[]]
  readonly env: Readonly<Record<string, string>>
  /** An existing directory. */
  readonly home: string
}

export interface ShellEvents {
  data(bytes: Buffer): void
  /** The last event: the program has ended and all of its output was delivered. */
  end(): void
}

export class Shell {
  readonly #process: Bun.Subprocess
  #over = false

  constructor({ args, env, home }: Program, events: ShellEvents) {
    const all = {
      PATH: process.env.PATH ?? '',
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      HOME: home,
    }
    this.#process = Bun.spawn([...args], {
      env: { ...all, ...env },
      cwd: home,
      terminal: {
        cols: firstSize.columns,
        rows: firstSize.rows,
        data: (_, bytes) => {
          if (!this.#over) events.data(Buffer.from(bytes))
        },
        exit: () => {
          if (this.#over) return
          this.#over = true
          events.end()
        },
      },
    })
  }

  write(bytes: Uint8Array): void {
    if (!this.#over) this.#process.terminal?.write(Buffer.from(bytes))
  }

  resize(columns: number, rows: number): void {
    if (!this.#over) this.#process.terminal?.resize(columns, rows)
  }

  /** Asks what is in the foreground to draw itself anew, as `dtach -r winch` does for a new viewer. */
  redraw(): void {
    if (this.#over) return
    const stat = readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8')
    // Behind the name, which may hold anything: state, parent, group, session, terminal, foreground group.
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[5])
    if (group > 0) process.kill(-group, 'SIGWINCH')
  }

  /** Hangs up, silently: there is no further event. */
  hangUp(): void {
    if (this.#over) return
    this.#over = true
    this.#process.kill('SIGHUP')
    this.#process.terminal?.close()
  }
}

const bash = ['bash', '--norc', '--noprofile', '-i'] as const

/** A shell with that prompt. */
export function shellProgram(prompt: string, home: string): Program {
  return { args: bash, env: { PS1: prompt, HISTFILE: '' }, home }
}

/** /bin/login: asks for root's name and password until they are right, then is that shell. */
export function loginProgram(
  node: string,
  password: string,
  prompt: string,
  home: string,
): Program {
  const script = `
    while :; do
      read -rp "$NODE login: " name || exit
      read -rsp 'Password: ' word || exit
      echo
      if [ "$name" = root ] && [ "$word" = "$SECRET" ]; then break; fi
      printf '\\nLogin incorrect\\n'
    done
    unset SECRET
    export PS1="$PROMPT"
    exec ${bash.join(' ')}`
  const env = { NODE: node, SECRET: password, PROMPT: prompt, HISTFILE: '' }
  return { args: ['bash', '--norc', '--noprofile', '-c', script], env, home }
}

/** Says what is typed, and does nothing with it. */
export function echoProgram(home: string): Program {
  return { args: ['cat'], env: {}, home }
}
