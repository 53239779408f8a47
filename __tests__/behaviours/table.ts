import { readFileSync } from 'node:fs'
import type { Behaviour } from './behaviour.js'

const topics = ['modes', 'inputs', 'report', 'access', 'images', 'pulls', 'errors', 'issue', 'set-up', 'release']

/** Each sentence of the contract, in its order. */
export const behaviours: readonly Behaviour[] = topics.flatMap(topic =>
  readTable(readFileSync(new URL(`${topic}.txt`, import.meta.url), 'utf8')),
)

/**
 * Reads blocks like this, with an empty line between them. The lines after `- ` are a part of the file, those after `+ ` replace it.
 *
 *     the sentence in a few words
 *     the file of the product
 *     - const isDone = true
 *     + const isDone = false
 *     the file of the test: its whole title
 *
 * @throws Error if a block is not like that
 */
function readTable(table: string): Behaviour[] {
  return table
    .trimEnd()
    .split('\n\n')
    .map(block => {
      const lines = block.split('\n')
      const [bullet = '', file = ''] = lines
      const [, testFile, title] = /^(\S+\.test\.ts): (.+)$/.exec(lines.at(-1) ?? '') ?? []
      const after = (mark: string): string[] => lines.flatMap(line => (line.startsWith(mark) ? line.slice(2) : []))
      const [text, replacement] = [after('-'), after('+')]
      if (testFile === undefined || title === undefined || text.length + replacement.length + 3 !== lines.length)
        throw new Error(`This is no row of a table of behaviours:\n${block}`)
      return {
        bullet,
        file,
        text: text.join('\n'),
        replacement: replacement.join('\n'),
        test: { file: testFile, title },
      }
    })
}
