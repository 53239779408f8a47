import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const { mutate } = JSON.parse(readFileSync('config/stryker.config.json', 'utf8')) as { mutate: string[] }

/** The alternatives of the first braces, and so on. */
function expand(pattern: string): string[] {
  const [braces, list = ''] = /\{([^}]*)\}/.exec(pattern) ?? []
  return braces === undefined ? [pattern] : list.split(',').flatMap(each => expand(pattern.replace(braces, each)))
}

// Stryker ignores a pattern that matches nothing, as after a file was renamed.
test.each(mutate.flatMap(expand))('%s, whose mutants are tried, exists', pattern => {
  const [path = ''] = pattern.split(/\/?\*/)
  expect(existsSync(path)).toBe(true)
})
