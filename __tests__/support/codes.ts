import { readFileSync } from 'node:fs'

/** All codes of findings. A type's members do not exist at run time: they are read from the text of its file. */
export function findingCodes(): string[] {
  const source = readFileSync(`${import.meta.dirname}/../../packages/kernel/src/finding.ts`, 'utf8')
  const [, members = ''] = /FindingCode =([\s\S]*?)\n\n/.exec(source) ?? []
  return [...members.matchAll(/'([A-Z_]+)'/g)].map(([, code = '']) => code)
}
