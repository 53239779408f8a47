import { readFileSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Starts with the small files, whose tests are quick and cover one part, and ends with generated cases: a mutant that a quick test finds is not
 * tried in slow ones.
 */
export class QuickestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rated = files.map(file => {
      const text = readFileSync(file.moduleId, 'utf8')
      return { file, generated: Number(text.includes("from 'fast-check'")), size: text.length }
    })
    return Promise.resolve(rated.sort((a, b) => a.generated - b.generated || a.size - b.size).map(({ file }) => file))
  }
}
