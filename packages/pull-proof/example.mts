import type { PullDeps } from 'pull-proof'
import { openSessions, verifyPulls } from 'pull-proof/pulls'
import type { PlannedPair, Verification } from 'run-model'

/** Lets one node of each pool pull for each pair, and deletes the probe pods. */
export async function prove(pairs: PlannedPair[], deps: PullDeps): Promise<[PlannedPair, Verification][]> {
  const sessions = openSessions(pairs, deps)
  try {
    return (await verifyPulls(pairs, { outcomes: [], images: [] }, sessions, deps)).verifications
  } finally {
    await sessions.close()
  }
}
