import type { ProbePod } from './cluster-text.js'
import { podLifeSeconds } from './pull-probe.js'

/** A run deletes a pod that has ended within seconds; with Run Command within a minute and a half. */
const endedLifeSeconds = 150

/** Whether a probe pod belongs to a run that was killed: it is past its deadline, or has ended long ago. Those of runs under way are left alone. */
export function isLeftover({ createdAt, status }: ProbePod, now: number): boolean {
  const ageSeconds = (now - createdAt) / 1000
  const ended = status.phase === 'Failed' || status.phase === 'Succeeded'
  return ageSeconds > (ended ? endedLifeSeconds : podLifeSeconds)
}
