import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { differences } from './support/recorded-differences.js'
import { replays } from './support/recorded-replays.js'
import { compareShapes, type Recording } from '../src/recording/shapes.js'

const folder = new URL('../recorded/', import.meta.url)
const read = (name: string): Recording => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Recording

const recordings = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => name.slice(0, -'.json'.length))
/** The intended differences that at least one recording shows. */
const shown = new Set<number>()

describe('the simulator answers as recorded', () => {
  it.each(recordings)('%s', async name => {
    const replay = replays[name]
    if (replay === undefined) throw new Error('nothing replays this recording')
    const recording = read(name)
    const version = new URL(recording.request.url).searchParams.get('api-version') ?? ''
    const found = compareShapes(recording, await replay(version))
    const unintended = found.filter(line => {
      const index = differences.findIndex(({ recordings: names, lines }) => names.test(name) && lines.test(line))
      shown.add(index)
      return index === -1
    })
    expect(unintended).toEqual([])
  })

  it('with exactly the listed differences', () => {
    expect(Object.keys(replays).sort()).toEqual(recordings.sort())
    expect(differences.filter((_, index) => !shown.has(index))).toEqual([])
  })
})
