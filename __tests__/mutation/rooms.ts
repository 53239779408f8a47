import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'

// Prints the share of mutants that the tests find in each room, after `stryker run`, and fails if a room is under the minimum.

/** Minimum share of each room, in percent; stryker.config.json has the one of all rooms together. */
const minimum = 85

interface MutationReport {
  files: Record<string, { mutants: { status: string }[] }>
}

const { files } = JSON.parse(readFileSync('build/mutation.json', 'utf8')) as MutationReport
const rooms = new Map<string, { found: number; all: number }>()
for (const [path, { mutants }] of Object.entries(files)) {
  const room = dirname(path)
  const counts = rooms.get(room) ?? { found: 0, all: 0 }
  for (const { status } of mutants) {
    const isFound = ['Killed', 'Timeout'].includes(status)
    if (isFound) counts.found += 1
    if (isFound || ['Survived', 'NoCoverage'].includes(status)) counts.all += 1
  }
  rooms.set(room, counts)
}

const shares = [...rooms].map(([room, { found, all }]) => ({ room, all, share: (100 * found) / all }))
for (const { room, all, share } of shares.sort((a, b) => a.share - b.share))
  console.log(`${room.padEnd(26)} ${share.toFixed(1)} % of ${all}`)

const low = shares.filter(({ share }) => share < minimum)
if (low.length > 0) {
  console.error(`Under ${minimum} %: ${low.map(({ room }) => room).join(', ')}`)
  process.exitCode = 1
}
