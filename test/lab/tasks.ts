/** The tasks of one host: every power action and every console is one. */
import type { LabClock } from './clock.ts'

export interface Task {
  readonly upid: string
  readonly node: string
  readonly type: string
  readonly id: string
  readonly userid: string
  readonly starttime: number
  readonly pid: number
  readonly pstart: number
  readonly log: string[]
  exitstatus: string | undefined
  endtime: number | undefined
  /** Ends what the task does, for whoever stops it. */
  stop: () => void
}

export class TaskList {
  readonly #clock: LabClock
  readonly #tasks = new Map<string, Task>()
  #pid = 0x4d0

  constructor(clock: LabClock) {
    this.#clock = clock
  }

  get all(): readonly Task[] {
    return [...this.#tasks.values()]
  }

  find(upid: string): Task | undefined {
    return this.#tasks.get(upid)
  }

  begin(node: string, type: string, id: string, userid: string): Task {
    this.#pid += 2
    const starttime = this.#clock.seconds()
    const pstart = 800_000 + this.#pid * 9
    const parts = [hex(this.#pid), hex(pstart), hex(starttime), type, id, userid]
    const upid = `UPID:${node}:${parts.join(':')}:`
    const task: Task = {
      ...{ upid, node, type, id, userid, starttime, pid: this.#pid, pstart },
      log: [],
      exitstatus: undefined,
      endtime: undefined,
      stop: () => undefined,
    }
    this.#tasks.set(upid, task)
    return task
  }

  /** Ends a task; anything but OK is also the last line of its log. The first end counts. */
  finish(task: Task, exitstatus: string): void {
    if (task.exitstatus !== undefined) return
    task.exitstatus = exitstatus
    task.endtime = this.#clock.seconds()
    task.log.push(exitstatus === 'OK' ? 'TASK OK' : `TASK ERROR: ${exitstatus}`)
  }
}

/** True for text of the form of a UPID, whether or not there is such a task. */
export function isUpid(text: string): boolean {
  return /^UPID:[^:]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:\s]+:[^:\s]*:[^:\s]+:$/.test(text)
}

function hex(number: number): string {
  return number.toString(16).toUpperCase().padStart(8, '0')
}
