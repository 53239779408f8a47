import { statSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that last longest, longest first: they are not the largest ones, and the last file should not run alone. */
export const longest = [
  'proof/lost-watches.long.test.ts',
  'proof/pull-cleanliness.long.test.ts',
  'proof/group-hour.long.test.ts',
  'failures/hung.long.test.ts',
  'proof/started-beside.long.test.ts',
  'proof/refusal-causes.long.test.ts',
  'issue/people.long.test.ts',
  'proof/addresses.long.test.ts',
  'check/drift-issue.long.test.ts',
  'proof/pull-hiccups.long.test.ts',
  'proof/real-kubelet.long.test.ts',
  'issue/one-issue-a-step.long.test.ts',
  'proof/late-nodes.long.test.ts',
  'check/doubtful-manifests.long.test.ts',
  'proof/pull-started-once.long.test.ts',
  'proof/pull-check.long.test.ts',
  'proof/pull-clusters.long.test.ts',
  'proof/silent-nodes.long.test.ts',
  'fleet/fleet-size.long.test.ts',
  'advice/errors.test.ts',
  'advice/findings.test.ts',
  'proof/pull-refused.long.test.ts',
  'attach/waiting.test.ts',
  'failures/errors.test.ts',
]

/** One project after the other: with another project, a worker loads all modules again. The unit tests, which never wait, come last. */
const projects = ['scenarios', 'long', 'scenarios-node24', 'simulator', 'parts']

/** Starts the files that last longest, then the larger ones. */
export class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ranked = files.map(file => ({
      file,
      project: projects.indexOf(file.project.name),
      rank: rankOf(file),
      size: statSync(file.moduleId).size,
    }))
    ranked.sort((a, b) => a.project - b.project || a.rank - b.rank || b.size - a.size)
    return Promise.resolve(ranked.map(({ file }) => file))
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longest.findIndex(path => moduleId.endsWith(path))
  return rank < 0 ? longest.length : rank
}
