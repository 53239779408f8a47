import { readJson } from '../../../__tests__/support/drift-report.js'
// One thing has one mark, wherever it stands: in the headline, the tiles, the map, the tables, the summary, the issue and the annotations, of a run and of a fleet.
import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import { builtInRoles, labelOf, lastSegment, parseImageRequest, type PlannedImage } from 'azure'
import { ActionError, fix, groupBy } from 'kernel'
import { driftBody } from 'drift-issue/src/text.js'
import { readDrift } from 'fleet/src/read-drift.js'
import { findDrift, mergeDrifts, toReport, toReportJson, type Report } from 'report-document'
import {
  errorOf,
  stateOf,
  states,
  worstOf,
  type Inputs,
  type NodePull,
  type PlannedPair,
  type Run,
  type State,
} from 'run-model'
import { conclude } from '../src/conclude.js'
import { report } from '../src/tell.js'
import { sampleLink, sampleStanding } from '../../../__tests__/support/drift.js'
import { merge, written } from '../../../__tests__/support/merging.js'
import * as sample from '../../../__tests__/support/sample.js'

const { sampleAccess, sampleInputs, sampleLost, sampleOperation, samplePair, sampleRegistry, sampleRun, sampleTarget } =
  sample

afterEach(() => {
  vi.restoreAllMocks()
})

const failing = (code: ActionError['code'], subject: string): ActionError =>
  new ActionError(code, `${subject} is not as it should be.`, { subject, fix: fix(`Look at ${subject}.`) })
const denied = {
  ...{ node: 'n1', pool: 'p', arch: 'amd64' as const, verdict: 'denied' as const, attempts: 1, message: 'no' },
  ...{ startedAt: 0, finishedAt: 1 },
}

/** A pair that ends in one of the ways that there are, and how its pulls ended. */
const ways = [
  'held',
  'lacking',
  'broader',
  'moving',
  'ignored',
  'closed',
  'stopped',
  'unread',
  'refused',
  'busy',
] as const
function planPair(way: (typeof ways)[number], name: string, at: string): [PlannedPair, Run['verifications']?] {
  const [target, registry] = [sampleTarget(name), sampleRegistry(at)]
  const access = sampleAccess(registry.id)
  const held = samplePair({ access }, target, registry)
  const operation = sampleOperation(target, registry)
  const lacking = samplePair({ operation }, target, registry)
  const with_ = (code: ActionError['code']): PlannedPair => ({ ...held, error: failing(code, name) })
  const image = { reference: `${at}.azurecr.io/a:1`, registryId: registry.id }
  const pull = { ...denied, image } as NodePull
  const reader = builtInRoles.repositoryReader
  switch (way) {
    case 'held':
      return [held]
    case 'lacking':
      return [lacking]
    case 'broader':
      return [{ ...lacking, access: { ...access, grantedBy: 'broader-role', role: 'Contributor' } }]
    case 'moving':
      return [{ ...held, nextRole: reader, operations: [{ ...operation, role: reader }] }]
    case 'ignored':
      return [with_('DRIFT')]
    case 'closed':
      return [with_('NO_PRIVATE_ENDPOINT')]
    case 'stopped':
      return [with_('CLUSTER_STOPPED')]
    case 'unread':
      return [{ ...held, unknown: failing('AUTHORIZATION_FAILED', name) }]
    case 'refused': {
      const error = failing('PULL_DENIED', name)
      return [held, new Map([[held, { verified: 'none', error, pulls: [pull] }]])]
    }
    case 'busy': {
      const error = failing('CLUSTER_UNREACHABLE', name)
      return [held, new Map([[held, { verified: 'none', error, isBeyondRights: true }]])]
    }
  }
}

/** An image of the inputs in one of the states that there are. */
function planImage(way: 'there' | 'missing' | 'other' | 'unread' | 'gone', at: number): PlannedImage {
  const request = parseImageRequest(`docker.io/library/nginx:${at}`)
  if (!request) throw new Error('it is an image')
  const digest = `sha256:${'a'.repeat(64)}`
  const found = { kind: 'found' as const, content: { digest } }
  const image = { request, registry: sampleRegistry(), present: found, sourceDigest: digest, notes: [] }
  const importing = { kind: 'import' as const, force: true, reason: 'it has another digest' }
  const lost = { ...image, present: { kind: 'missing' as const } }
  const plans: Record<typeof way, PlannedImage> = {
    there: { image, plan: { kind: 'present' } },
    missing: { image: lost, plan: importing },
    other: { image: { ...image, sourceDigest: `sha256:${'b'.repeat(64)}` }, plan: importing },
    unread: {
      image: { ...image, present: { kind: 'unknown', error: failing('AZURE_UNAVAILABLE', 'contosoacr') } },
      plan: importing,
    },
    gone: { image: { ...lost, sourceError: failing('IMAGE_NOT_FOUND', 'nginx') }, plan: { kind: 'failed' } },
  }
  return plans[way]
}

const anyPairs = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('one', 'two'), fc.constantFrom(...ways)),
  { selector: ([name, at]) => `${name} ${at}`, minLength: 1, maxLength: 7 },
)
const anyImages = fc.array(fc.constantFrom('there', 'missing', 'other', 'unread', 'gone'), { maxLength: 3 })
const anyRun = fc.tuple(anyPairs, anyImages, fc.boolean())

function runOf(
  [said, images, hasLost]: [...(typeof anyRun extends fc.Arbitrary<infer T> ? T : never)],
  mode: Inputs['mode'],
): Run {
  const planned = said.map(([name, at, way]) => planPair(way, `aks-${name}`, at))
  const pairs = planned.map(([pair]) => pair)
  const gone = new ActionError('CLUSTER_NOT_FOUND', 'aks-lost was not found.', {
    ...{ subject: 'aks-lost', fix: fix('Correct it.'), azure: { status: 404, message: 'No.' } },
  })
  const run = sampleRun(pairs, {
    inputs: { ...sampleInputs, mode, reportHtml: true },
    verifications: new Map(planned.flatMap(([, verifications = new Map()]) => [...verifications])),
    ...(hasLost && pairs.length > 0 && { observed: sampleLost(gone, 'aks-lost') }),
  })
  const plan = { operations: [], findings: [], unknown: [], ...run.plan, pairs, images: images.map(planImage) }
  return { ...run, mode, plan }
}

/** What all places say of one thing: its marks, by the name of its cluster and its registry, or of its image. */
type Marks = Map<string, Set<string>>

const [mark] = [/^[✗⟳?✓⚠]/]
const add = (marks: Marks, key: string, text: string): void => {
  const [found] = mark.exec(text.trim()) ?? []
  // Jobs have marks, too.
  if (found && /^(?:aks-|nginx:)/.test(key)) marks.set(key, (marks.get(key) ?? new Set()).add(found))
}

/** Reads the tables of a text in Markdown: rows of a mark, a name and a registry; and the grid, with a row per cluster and a column per registry. */
function readTables(text: string, marks: Marks): void {
  let columns: string[] = []
  for (const [, row = ''] of text.matchAll(/^\|(.*)\|$/gm)) {
    const cells = row.split('|').map(cell => cell.trim())
    const [first = '', name = '', registry = ''] = cells
    if (first === 'cluster') columns = cells
    else if (columns[0] === 'cluster' && !mark.test(first))
      cells.slice(1).forEach((cell, at) => add(marks, `${first} ${columns[at + 1] ?? ''}`, cell))
    else if (/^aks-\w+$/.test(name))
      for (const at of registry.split(/, | and /)) add(marks, `${name} ${labelOf(at)}`, first)
    else if (name.includes('nginx:')) add(marks, nameOfImage(name), first)
  }
}

const nameOfImage = (text: string): string => `nginx:${/nginx:(\d)/.exec(text)?.[1] ?? ''}`

/** Reads the rows of a page: of a pair, and of an image. */
function readPage(page: string, marks: Marks): void {
  for (const [, text = '', name = '', registry = ''] of page.matchAll(
    /<tr[^>]*><td data-key="\d+">([^<]*)<th scope="row">([^<]*)<td>([^<]*)/g,
  ))
    add(marks, name.includes('nginx') ? nameOfImage(registry) : `${name} ${registry}`, text)
}

/** What the report in memory says of each pair and image. */
function judged({ pairs, images }: Report): (readonly [string, State])[] {
  return [
    ...pairs.map(({ name, registry, standing }) => [`${name} ${lastSegment(registry)}`, stateOf(standing)] as const),
    ...images.map(({ name, state }) => [nameOfImage(name), state] as const),
  ]
}

type Told = Awaited<ReturnType<typeof written>>

/** Compares everything that a run or a fleet shows with what it says of each thing. */
function expectOneMark(reports: readonly Report[], told: Told, issue: string): void {
  const all = reports.flatMap(each => [...judged(each)])
  const said = new Map(
    [...groupBy(all, ([key]) => key)].map(([key, own]) => [key, worstOf(own.map(([, state]) => state))]),
  )
  const failed = reports.flatMap(({ pairs, images }) => [
    ...pairs.map(({ standing }) => ({ code: errorOf(standing)?.code ?? '', state: stateOf(standing) })),
    ...images.map(({ state, error }) => ({ code: error?.code ?? '', state })),
  ])
  const codes = new Map(
    [
      ...groupBy(
        failed.filter(({ state }) => states[state].list === 'unknown'),
        ({ code }) => code,
      ),
    ].map(([code, own]) => [code, own.map(({ state }) => state)]),
  )

  const marks: Marks = new Map()
  for (const text of [told.summary, issue]) readTables(text, marks)
  readPage(told.page, marks)
  const expected = [...said].filter(([key]) => marks.has(key)).map(([key, state]) => [key, [states[state].mark]])
  expect(Object.fromEntries([...marks].map(([key, all]) => [key, [...all]]))).toEqual(Object.fromEntries(expected))
  // Failures have the mark of what they are about.
  for (const [, sign, code = ''] of told.summary.matchAll(/^\*\*(\S) \[?([A-Z_]+)/gm))
    if (codes.has(code)) expect(sign, code).toBe(states[worstOf(codes.get(code) ?? [])].mark)
  const byCluster = new Map<string, State>()
  for (const [key, state] of said)
    if (key.startsWith('aks-'))
      byCluster.set(key.split(' ')[0] ?? '', worstOf([state, byCluster.get(key.split(' ')[0] ?? '') ?? 'fine']))
  for (const [, state = '', count] of told.page.matchAll(/<a href="#state=(\w+)"><b>(\d+)<\/b>/g))
    expect(Number(count), state).toBe([...byCluster.values()].filter(each => each === state).length)
  // An image that was not compared fails nothing: it is a warning.
  const [first] = mark.exec(told.verdict ?? '') ?? []
  const counted = [...said].filter(([key, state]) => key.startsWith('aks-') || state !== 'unknown')
  const worst = worstOf(counted.map(([, state]) => state))
  expect(first, told.verdict).toBe(worst === 'fine' && counted.length < said.size ? '⚠' : states[worst].mark)
  // A drift stays one, whatever another job failed at.
  const drift = all.some(([, state]) => states[state].list === 'items')
  expect(told.outputs.drift).toBe(String(drift))
  for (const [, name = ''] of told.annotations.join('\n').matchAll(/^::error title=[^:]* on (aks-\w+)::/gm))
    expect(byCluster.get(name), name).not.toBe('fine')
}

it('a run says one thing of each pair and image, in each mode and wherever it says it', async () => {
  await fc.assert(
    fc.asyncProperty(anyRun, async said => {
      const result = conclude(runOf(said, 'check'))
      const document = toReport(result)
      const told = await written(deps => report(result, deps))
      const drift = findDrift(document)
      expectOneMark([document], told, driftBody({ ...sampleStanding([]), drift }, sampleLink, 60_000))
    }),
    { numRuns: 60 },
  )
})

it('a fleet says one thing of each, the worst that any job says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRun, { minLength: 2, maxLength: 3 }), async jobs => {
      const reports = jobs.map(said => toReportJson(toReport(conclude(runOf(said, 'check')))))
      const told = await merge(
        reports.map(each => ({ ...each, run: null })),
        { reportHtml: true },
      )
      const drift = mergeDrifts(
        reports.map((each, at) => readDrift(readJson({ ...each, job: `hash ${at}` }), `hash ${at}`)),
      )
      expectOneMark(
        reports.map(readJson),
        told,
        driftBody({ ...sampleStanding([]), drift: { ...drift, isMerged: true } }, sampleLink, 60_000),
      )
    }),
    { numRuns: 40 },
  )
})

it.each([
  ['check', '?'],
  ['attach', '✗'],
] as const)(
  'a cluster that could not be read has the mark of the headline among the failures, too, in %s',
  async (mode, sign) => {
    const run = sampleRun([], {
      inputs: { ...sampleInputs, mode },
      observed: sampleLost(failing('AUTHORIZATION_FAILED', 'aks-2'), 'aks-2'),
    })
    const { summary } = await written(deps => report(conclude({ ...run, mode }), deps))
    const [headline = '', ...lines] = summary.split('\n')
    const marks = [headline, ...lines.filter(line => line.startsWith('**'))].map(line => /[✗⟳?✓]/.exec(line)?.[0])
    expect(marks).toEqual([sign, sign])
  },
)
