import { expect, it } from 'vitest'
import { parseImageRequest } from 'azure'
import { ActionError, fix } from 'kernel'
import type { Run } from 'run-model'
import { conclude } from '../src/conclude.js'
import { toStory } from '../src/story.js'
import { toMarkdown } from '../src/summary.js'
import {
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

/** The marks of all rows about something in the summary of a check. */
function marksOf(name: string, { pairs, images = [] }: Pick<NonNullable<Run['plan']>, 'pairs'> & Partial<Run['plan']>) {
  const run = sampleRun(pairs, { inputs: { ...sampleInputs, mode: 'check' as const, forceImport: true } })
  const plan = { pairs, operations: [], images, findings: [], unknown: [], ...(images.length === 0 && run.plan) }
  const rows = toMarkdown(toStory(conclude({ ...run, mode: 'check', plan }))).matchAll(/^\|(.*)\|$/gm)
  const own = [...rows].flatMap(([, cells = '']) => (cells.includes(name) ? cells : []))
  return own.flatMap(cells => /[✗⟳?✓]/.exec(cells)?.[0] ?? [])
}

const image = (digest: string) => `sha256:${digest.repeat(64)}`

it('a tag that would be replaced has the mark of the headline in the table of images, too', () => {
  const request = parseImageRequest('nginx:1.27')
  if (!request) throw new Error('it is an image')
  const present = { kind: 'found' as const, content: { digest: image('a') } }
  const observed = { request, registry: sampleRegistry(), present, sourceDigest: image('b'), notes: [] }
  const images = [{ image: observed, plan: { kind: 'import' as const, force: true, reason: 'it has another digest' } }]
  expect(marksOf('nginx', { pairs: [samplePair({})], images })).toEqual(['⟳'])
})

it.each([
  ['check', '?'],
  ['attach', '✗'],
] as const)(
  'a cluster that could not be read has the mark of the headline among the failures, too, in %s',
  (mode, mark) => {
    const error = new ActionError('AUTHORIZATION_FAILED', 'aks-2 could not be read', { subject: 'aks-2', fix: fix('') })
    const run = sampleRun([], { inputs: { ...sampleInputs, mode }, observed: sampleLost(error, 'aks-2') })
    const [headline = '', ...lines] = toMarkdown(toStory(conclude({ ...run, mode }))).split('\n')
    const marks = [headline, ...lines.filter(line => line.startsWith('**'))].map(line => /[✗⟳?✓]/.exec(line)?.[0])
    expect(marks).toEqual([mark, mark])
  },
)

it('a stopped cluster has one mark in the grid, among what could not be checked, and in the table of pairs', () => {
  const error = new ActionError('CLUSTER_STOPPED', 'aks-2 is stopped', { subject: 'aks-2', fix: fix('Start it.') })
  const lacking = samplePair({ operation: sampleOperation(sampleTarget('aks-1')) }, sampleTarget('aks-1'))
  const pairs = [lacking, { ...samplePair({}, sampleTarget('aks-2')), error }]
  expect(marksOf('aks-2', { pairs })).toEqual(['✗', '✗', '✗'])
})
