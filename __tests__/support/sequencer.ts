import { statSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files with the longest waits, longest first: they are not the largest ones. */
const longWaits = [
  'failures/hung.long.test.ts',
  'proof/started-beside.long.test.ts',
  'proof/group-hour.long.test.ts',
  'proof/pull-check.long.test.ts',
  'proof/pull-started-once.long.test.ts',
  'proof/pull-clusters.long.test.ts',
  'proof/pull-direct.test.ts',
  'failures/errors.test.ts',
  'proof/real-kubelet.long.test.ts',
]

/** One project after the other: with another project, a worker loads all modules again. The unit tests, which never wait, come last. */
const projects = ['scenarios', 'long', 'scenarios-node24', 'simulator', 'parts']

/** Starts the scenarios with the longest waits, then the larger files. */
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
  const rank = longWaits.findIndex(path => moduleId.endsWith(path))
  return rank < 0 ? longWaits.length : rank
}
