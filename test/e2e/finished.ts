/** Runs a program to its end without standing in the lab's way. */
import { execFile } from 'node:child_process'

export interface Finished {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export function finished(program: string, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(program, [...args], (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}
