import { expect, test } from 'vitest'
import { maxImagesCharacters, maxLoginServersCharacters, maxOutputCharacters } from 'run-report/src/fit.js'
import { formatCount } from 'run-report/src/narration.js'
import { readText } from '../../../scripts/readme-tables.js'

test.each(['action.yml', 'node24/action.yml', 'docs/inputs.md', 'docs/performance.md', 'docs/fleets.md'])(
  '%s has the maximum size of the outputs that the step keeps to',
  path => {
    const sizes = [...readText(path).matchAll(/([\d,]+) characters/g)].map(([, count]) => count)
    expect(sizes).toContain(formatCount(maxOutputCharacters))
    expect(new Set(sizes)).toEqual(new Set([formatCount(maxOutputCharacters)]))
  },
)

test('the page about large estates has the shares of the lists', () => {
  const page = readText('docs/performance.md')
  expect(page).toContain(`\`images\` gets at most ${formatCount(maxImagesCharacters)} `)
  expect(page).toContain(`\`registry-login-servers\` at most ${formatCount(maxLoginServersCharacters)};`)
})
