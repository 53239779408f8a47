import { expect, test } from 'vitest'
import { maxOutputBytes } from 'run-report/src/fit.js'
import { readText } from '../../../scripts/readme-tables.js'

test.each(['action.yml', 'node24/action.yml', 'docs/inputs.md', 'docs/performance.md', 'docs/fleets.md'])(
  '%s has the maximum size of the outputs that the step keeps to',
  path => {
    const sizes = [...readText(path).matchAll(/\b(?:above|at most) (\d+) KiB/gi)].map(([, count]) => Number(count))
    expect(sizes).toContain(maxOutputBytes / 1024)
  },
)
