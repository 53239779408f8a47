import { readFileSync } from 'node:fs'

/**
 * How long the main thread of a process was runnable but had to wait for a CPU, in ms since its start; 0 if Linux does not
 * show it, and once it has ended. Source: docs.kernel.org/scheduler/sched-stats.html (`/proc/<pid>/schedstat`).
 */
export function readQueueingMs(pid: number): number {
  try {
    const [, nanoseconds = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
    return Number(nanoseconds) / 1e6
  } catch {
    return 0
  }
}
