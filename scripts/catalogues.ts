// Prints which catalogues and sources have changed together, side by side: in what is not committed, or else in the last commit. A catalogue is written by
// `vitest -u`, so whoever reads the one reads the other.
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

const git = (...args: string[]): string[] => {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    const said = execFileSync('git', args, {
      cwd: resolve(import.meta.dirname, '..'),
      encoding: 'utf8',
      stdio: [...stdio],
    })
    return said.split('\n').filter(Boolean)
  } catch {
    // Without a repository, or without the commit before.
    return []
  }
}

const uncommitted = git('diff', '--name-only', 'HEAD')
const changed = uncommitted.length > 0 ? uncommitted : git('diff', '--name-only', 'HEAD^', 'HEAD')
const catalogues = changed.filter(path => /(?<!behaviours)\/[^/]+\.txt$/.test(path) && path.includes('__tests__/'))
const sources = changed.filter(path => /^(?:packages\/[^/]+\/)?src\/.*\.ts$/.test(path))

if (catalogues.length > 0 && sources.length > 0) {
  const width = Math.max(...catalogues.map(path => path.length))
  const rows = Array.from({ length: Math.max(catalogues.length, sources.length) }, (_, at) =>
    `  ${(catalogues[at] ?? '').padEnd(width)}  ${sources[at] ?? ''}`.trimEnd(),
  )
  const where =
    uncommitted.length > 0 ? 'what is not committed' : `commit ${git('rev-parse', '--short', 'HEAD').join('')}`
  console.log([`\nCatalogues and sources that change together in ${where}; read both:`, ...rows].join('\n'))
}
