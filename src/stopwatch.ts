import type { Clock } from './clock.js'
import type { Run } from './result.js'

/** Runs a stage under its name. */
export type Stopwatch = <T>(name: string, work: () => Promise<T>) => Promise<T>

/** Keeps how long each stage of the run takes, also when it fails. */
export function createStopwatch(run: Run, clock: Clock): Stopwatch {
  return async (name, work) => {
    const startedAt = clock.now()
    try {
      return await work()
    } finally {
      run.stages.push({ name, startedAt, finishedAt: clock.now() })
    }
  }
}
