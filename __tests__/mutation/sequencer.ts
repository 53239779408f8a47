import { statSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Starts with the small files, whose tests are quick and cover one part: a mutant that one of them finds is not tried in tests of whole runs. */
export class SmallestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sized = files.map(file => ({ file, size: statSync(file.moduleId).size }))
    return Promise.resolve(sized.sort((a, b) => a.size - b.size).map(({ file }) => file))
  }
}
