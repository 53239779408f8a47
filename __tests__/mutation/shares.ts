import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'

// Prints the share of mutants that the tests find in each folder, after `stryker run`, and fails if a folder is under the minimum.

/** Minimum share of each folder, in percent; config/stryker.config.json has the one of all folders together. */
const minimum = 85

interface MutationReport {
  files: Record<string, { mutants: { status: string }[] }>
}

const { files } = JSON.parse(readFileSync('build/mutation.json', 'utf8')) as MutationReport
const folders = new Map<string, { found: number; all: number }>()
for (const [path, { mutants }] of Object.entries(files)) {
  const folder = dirname(path)
  const counts = folders.get(folder) ?? { found: 0, all: 0 }
  for (const { status } of mutants) {
    const isFound = ['Killed', 'Timeout'].includes(status)
    if (isFound) counts.found += 1
    if (isFound || ['Survived', 'NoCoverage'].includes(status)) counts.all += 1
  }
  folders.set(folder, counts)
}

const shares = [...folders].map(([folder, { found, all }]) => ({ folder, all, share: (100 * found) / all }))
for (const { folder, all, share } of shares.sort((a, b) => a.share - b.share))
  console.log(`${folder.padEnd(26)} ${share.toFixed(1)} % of ${all}`)

const low = shares.filter(({ share }) => share < minimum)
if (low.length > 0) {
  console.error(`Under ${minimum} %: ${low.map(({ folder }) => folder).join(', ')}`)
  process.exitCode = 1
}
