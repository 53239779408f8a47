/**
 * Reports where the simulator's answers differ from Azure's: `npm run compare -- FOLDER`, with a folder from `npm run
 * record`. Exits with 1 if there is a difference, and with 2 if there is nothing to compare.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Recording } from '../src/recording/shapes.js'
import { replay } from './replay/replay.js'

const folder = process.argv[2]

async function main(): Promise<number> {
  const files = folder === undefined ? [] : (await readdir(folder)).filter(name => name.endsWith('.json')).sort()
  if (folder === undefined || files.length === 0) {
    console.error('Usage: npm run compare -- FOLDER\n\nFOLDER is the output of npm run record.')
    return 2
  }
  const recordings = await Promise.all(
    files.map(async file => JSON.parse(await readFile(join(folder, file), 'utf8')) as Recording),
  )
  const differences = await replay(recordings)
  const found = differences
    .map(({ lines }, index) => ({ file: files[index] ?? '', lines }))
    .filter(({ lines }) => lines.length > 0)
  for (const { file, lines } of found) console.log([file, ...lines.map(line => `  ${line}`)].join('\n'))
  console.log(
    found.length === 0
      ? `The simulator answers all ${String(files.length)} exchanges as recorded.`
      : `${String(found.length)} of ${String(files.length)} exchanges differ.`,
  )
  return found.length === 0 ? 0 : 1
}

process.exitCode = await main()
