import { quote, type InputReader } from 'runner'
import type { EveryReference } from 'run-model'

const tagFilter = /^tag:([^=]+)=(.*)$/i

/**
 * Reads `*` and the filters after it. Rejects lines that can't be combined with `*`, and filters without it.
 * @param name what a resource may be called
 * @returns the reference for `*`, if it is there, and the entries that are neither it nor filters
 */
export function readEvery(
  reader: InputReader,
  input: 'cluster' | 'registry',
  name: RegExp,
  resourceGroup: string,
): { every: EveryReference[]; entries: string[] } {
  const lines = reader.list(input)
  const isFilter = (line: string): boolean => line.startsWith('!') || /^tag:/i.test(line)
  const filters = lines.filter(isFilter).flatMap(line => readFilter(reader, input, name, line))
  const named = lines.filter(line => line !== '*' && !isFilter(line))
  if (lines.includes('*')) {
    const expected = '* alone or with filters (!NAME, tag:KEY=VALUE), or names one by one'
    if (named.length > 0) reader.reject(input, `* and ${named.length} more`, expected)
    return { every: [{ kind: 'all', text: '*', resourceGroup, filters }], entries: named }
  }
  for (const line of lines.filter(isFilter)) reader.reject(input, quote(line), '* on a line of its own before filters')
  return { every: [], entries: named }
}

function readFilter(
  reader: InputReader,
  input: string,
  name: RegExp,
  text: string,
): EveryReference['filters'][number][] {
  const [, key, value = ''] = tagFilter.exec(text) ?? []
  if (key) return [{ kind: 'tag', text, key: key.trim(), value: value.trim() }]
  const own = text.slice(1).trim()
  if (text.startsWith('!') && name.test(own)) return [{ kind: 'not', text, name: own }]
  const expected = '!NAME, which leaves one out, or tag:KEY=VALUE, which keeps those with the tag'
  return reader.reject(input, quote(text), expected)
}
