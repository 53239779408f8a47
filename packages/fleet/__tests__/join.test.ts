import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeDrifts, toGrid, toSpot, type Drift, type Report, type ReportJson } from 'report-document'
import { stateOf, states, worstOf } from 'run-model'
import { driftBody, driftTitle } from 'drift-issue/src/text.js'
import { roleLack, sampleLink, sampleStanding } from '../../../__tests__/support/drift.js'
import { readJson, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { fine, layReports, merge, reportOf } from '../../../__tests__/support/merging.js'
import { joinPairs, shareProofs } from '../src/join.js'
import { readDrift } from '../src/read-drift.js'

const whole = reportOf([fine('aks-1')])
const pull = { ...whole, mode: 'check' as const }
const onNode = (node: string, verdict: 'pulled' | 'denied'): Pair['pulls'][number] => ({
  ...{ node, pool: 'pool', arch: 'amd64', image: 'contosoacr.azurecr.io/a:1', serviceAccount: null, verdict },
  ...{ layers: 'unknown', cause: null, message: null, attempts: 1, firstRefusal: null, durationSeconds: 1 },
})

/** What a job can say of a cluster. */
const attached = { status: 'attached', grantedBy: 'direct', lacks: [], verified: 'assignment' } as const
const sayings: Partial<Pair>[] = [
  attached,
  { ...attached, verified: 'pull', pulls: [onNode('n1', 'pulled')], unasked: ['n2'] },
  { ...attached, verified: 'pull', pulls: [onNode('n2', 'pulled')], unasked: ['n1', 'n3'] },
  { ...attached, identitySeen: false },
  { ...attached, lacks: [roleLack({ role: 'Container Registry Repository Reader' })] },
  { status: 'missing' },
  { status: 'missing', limitedTo: ['app'] },
  { status: 'missing', error: refusal('PULL_DENIED'), pulls: [onNode('n1', 'denied')], unasked: null },
  { status: 'unknown', lacks: [], error: refusal('AUTHORIZATION_FAILED') },
  { status: 'failed', lacks: [], error: refusal('PULL_DENIED') },
]
const anyJobs = fc.array(
  fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(...sayings)), { minLength: 1, maxLength: 3 }),
  { minLength: 2, maxLength: 4 },
)
/** A report for each job, each cluster once in it. */
const reportsOf = (jobs: [number, Partial<Pair>][][]): Report[] =>
  jobs.map((said, at) => {
    const pairs = [...new Map(said)].map(([name, saying]) => reportedPair(`aks-${name}`, saying))
    return readJson({ ...pull, job: `job${at}`, pairs })
  })

const joinDrifts = (reports: readonly Report[]): Drift => {
  const joined = joinPairs(reports.map(report => ({ report, leg: report.job ?? '' })))
  const spots = [...joined.values()].map(pair => toSpot(pair))
  return {
    ...mergeDrifts(
      reports.map(report => readDrift(report, report.job ?? '')),
      spots,
    ),
    isMerged: true,
  }
}

describe('what several jobs say of one pair', () => {
  it('is the worst of it in each place, and no drift is lost to a job that saw none', () => {
    fc.assert(
      fc.property(anyJobs, jobs => {
        const reports = reportsOf(jobs)
        const all = reports.flatMap(({ pairs }) => pairs)
        const drift = joinDrifts(reports)
        const cells = toGrid(drift.spots, 'cluster').rows
        for (const target of new Set(all.map(pair => pair.target))) {
          const said = all.filter(pair => pair.target === target).map(({ standing }) => stateOf(standing))
          const worst = worstOf(said)
          const lists = [drift.items, drift.unknown, drift.fine].map(list =>
            list.filter(item => item.target === target),
          )
          expect(cells.find(({ key }) => key === target.toLowerCase())?.state).toBe(worst)
          expect(worstOf(lists.flat().map(({ state }) => state))).toBe(worst)
          expect(lists.map(({ length }) => length > 1)).toEqual([false, false, false])
          const isDrift = said.some(state => states[state].list === 'items')
          expect([lists[0]?.length, lists[2]?.length]).toEqual([isDrift ? 1 : 0, worst === 'fine' ? 1 : 0])
        }
      }),
      { numRuns: 300 },
    )
  })

  it('does not depend on their order', () => {
    fc.assert(
      fc.property(anyJobs, fc.infiniteStream(fc.nat()), (jobs, random) => {
        const reports = reportsOf(jobs)
        const shuffled = reports
          .map(report => ({ report, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ report }) => report)
        const [one, other] = [reports, shuffled].map(some => {
          const drift = joinDrifts(some)
          const legs = some.map(report => ({ report, leg: report.job ?? '' }))
          const standing = { ...sampleStanding([]), drift }
          const issue = [driftTitle(standing), driftBody(standing, sampleLink, 60_000)]
          // Rows stand in the order of the fleet; what each says must not depend on it.
          const pairs = Object.fromEntries(joinPairs(legs))
          return { pairs, issue, map: toGrid(drift.spots) }
        })
        expect(other).toEqual(one)
      }),
      { numRuns: 100 },
    )
  })

  it('is proven if any job has proven it, unless a node was refused', () => {
    const verified = (...said: Partial<Pair>[]) => {
      const pairs = reportsOf(said.map(each => [[1, each]])).map(report => ({ report, leg: report.job ?? '' }))
      const [joined] = joinPairs(pairs).values()
      return [joined?.standing.proof, joined?.pulls.length, joined?.unasked]
    }
    const [assigned, first, second, , , missing, , denied] = sayings as Required<Pair>[]
    if (!assigned || !first || !second || !missing || !denied) throw new Error('not enough sayings')
    expect(verified(assigned, first)).toEqual(['pull', 1, ['n2']])
    expect(verified(first, assigned)).toEqual(['pull', 1, ['n2']])
    expect(verified(first, second)).toEqual(['pull', 2, ['n3']])
    expect(verified(first, denied)).toEqual(['none', 2, null])
    expect(verified(missing, first)).toEqual(['none', 1, ['n2']])
    expect(verified(assigned, assigned)).toEqual(['assignment', 0, null])
  })
})

describe('a merge of several jobs', () => {
  const image = {
    ...{ source: 'nginx:1', name: 'nginx:1', image: 'contosoacr.azurecr.io/nginx:1', digest: null, status: 'present' },
    ...{ registry: '/r', sizeInBytes: null, durationSeconds: null, importable: null, error: null },
  } as ReportJson['images'][number]
  const compared = { ...image, image: 'contosoacr.azurecr.io/nginx@sha256:aa', digest: 'sha256:aa' }
  const manifest = {
    ...{ image: 'contosoacr.azurecr.io/a:1', registry: '/r', status: 'unknown', file: 'a.yaml', document: 1 },
    ...{ resource: 'Pod a', field: 'image', error: null },
  } as ReportJson['manifests'][number]
  const shared = (...reports: Partial<ReportJson>[]) => {
    const legs = shareProofs(reports.map(report => ({ report: readJson({ ...whole, pairs: [], ...report }) })))
    return legs.map(({ report }) => [
      ...report.images.map(({ digest }) => digest),
      ...report.manifests.map(({ status }) => status),
    ])
  }

  it('takes an image as compared that one job has compared with the same source', () => {
    expect(shared({ images: [image] }, { images: [compared] })).toEqual([['sha256:aa'], ['sha256:aa']])
    expect(shared({ images: [image] }, { images: [{ ...compared, source: 'other/nginx:1' }] })[0]).toEqual([null])
    const lost = { ...compared, status: 'missing' as const, error: refusal() }
    expect(shared({ images: [image] }, { images: [lost] })[0]).toEqual([null])
  })

  it('takes an image of manifests as there that another job has found or pulled, but for one that it was refused', () => {
    const found = { ...manifest, status: 'present' as const }
    expect(shared({ manifests: [manifest] }, { manifests: [found] })[0]).toEqual(['present'])
    const pulled = reportedPair('aks-1', { ...attached, pulls: [onNode('n1', 'pulled')] })
    expect(shared({ manifests: [manifest] }, { pairs: [pulled] })[0]).toEqual(['present'])
    const unread = { ...manifest, error: refusal('AUTHORIZATION_FAILED') }
    expect(shared({ manifests: [unread] }, { manifests: [found] })[0]).toEqual(['unknown'])
  })

  it('has one report, whatever the folders of its jobs are called', async () => {
    const fleet = [{ name: 'eu' }, { name: 'us' }]
    const said = [sayings[1], sayings[7], sayings[8], sayings[0]].map((saying, at) => ({
      ...whole,
      job: `job${at}`,
      entry: { ...fleet[at % 2], n: at },
      images: [at % 2 === 0 ? image : compared],
      manifests: [manifest],
      notes: [`note ${at}`],
      pairs: [reportedPair('aks-1', { ...saying, principalId: '00000000-0000-0000-0000-000000000001' })],
    }))
    const told = async (order: number[]) => {
      const reports = layReports(order.flatMap(at => said[at] ?? []))
      const { report, lines, summary, annotations } = await merge([], { reports, fleet })
      return { ...report, run: null, lines, summary, annotations }
    }
    const one = await told([0, 1, 2, 3])
    expect(one).toMatchObject({ attached: false, pairs: [{ status: 'missing', verified: 'none' }] })
    expect([one.images.length, one.manifests.length, one.jobs?.length]).toEqual([1, 1, 4])
    for (const order of [
      [3, 2, 1, 0],
      [2, 0, 3, 1],
    ])
      expect(await told(order)).toEqual(one)
  })

  it('fails for what one job could not check, although another one has found it drifted', async () => {
    const [drifted, unread] = [sayings[4], sayings[8]].map((saying, at) => ({
      ...whole,
      attached: at === 0,
      drift: at === 0,
      pairs: [reportedPair('aks-1', { ...saying, principalId: '00000000-0000-0000-0000-000000000001' })],
    }))
    const { errors, report, verdict } = await merge([drifted, unread], { failOnDrift: false })
    expect(errors.map(({ code }) => code)).toEqual(['AUTHORIZATION_FAILED'])
    expect(report).toMatchObject({ attached: false, ready: false, drift: true })
    expect(verdict?.startsWith('⟳')).toBe(true)
    expect(verdict).not.toContain('could not be checked')
  })
})
