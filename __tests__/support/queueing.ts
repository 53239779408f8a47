import { readFileSync } from 'node:fs'

/**
 * How long the main thread of a process could run and did not, because the machine was busy, in ms since its start; 0 where Linux does not
 * tell, and once it has ended. Source: docs.kernel.org/scheduler/sched-stats.html (`/proc/<pid>/schedstat`).
 */
export function readQueueingMs(pid: number): number {
  try {
    const [, nanoseconds = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
    return Number(nanoseconds) / 1e6
  } catch {
    return 0
  }
}
