import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Drift } from 'report-document'
import type { FormerDrift } from '../src/former-drift.js'
import { keepDriftIssue } from '../src/issue.js'
import { readMemory } from '../src/memory.js'
import { dayOf } from '../src/former-drift.js'
import { isOwnIssue } from '../src/hidden-lines.js'
import type { Issue } from '../src/github/issues.js'
import { createRepository } from './repository.js'
import { sampleDrift, sampleId, sampleItem, sampleLink } from '../../../__tests__/support/drift.js'

const dayMs = 24 * 3_600_000

/** GitHub's limit of a body. */
const maxLength = 65_536

const clusters = ['a', 'b', 'c'] as const
type Cluster = (typeof clusters)[number]

/** How a cluster is, and whether a run sees it: the inputs might not name it, a list may omit it, and a right may be lost. */
const sight = fc.record({
  state: fc.constantFrom('drift', 'drift', 'fine', 'deleted' as const),
  seen: fc.constantFrom('checked', 'checked', 'checked', 'unread', 'dropped', 'omitted' as const),
})

const people = [
  'nothing',
  'nothing',
  'nothing',
  'nothing',
  'note',
  'minutes',
  'title',
  'lock',
  'unlabel',
  'unmark',
  'complete',
  'stale',
  'reject',
  'duplicate',
  'delete',
] as const

const night = fc.record({
  a: sight,
  b: sight,
  c: sight,
  days: fc.constantFrom(1, 1, 1, 9),
  act: fc.constantFrom(...people),
})

type Night = typeof night extends fc.Arbitrary<infer T> ? T : never

/** Of one name and one job; its clusters change every night, and with them its hash. */
const ownerIn = (run: number, seen: unknown, at = 0) => ({
  name: 'nightly',
  run: `${run}.1`,
  file: '.github/workflows/nightly.yml',
  job: 'check',
  at,
  leg: createHash('sha256')
    .update(JSON.stringify([seen]))
    .digest('hex'),
})

const idOf = (cluster: Cluster): string => sampleId(`aks-${cluster}`)

const keyOf = (cluster: Cluster): string => `${idOf(cluster)} contosoacr`.toLowerCase()

/** What a run finds of the clusters that it sees. */
function look(seen: Night): Drift {
  const item = (cluster: Cluster, more = {}) => sampleItem(idOf(cluster), { key: keyOf(cluster), ...more })
  const of = (wanted: (each: Night[Cluster]) => boolean): Cluster[] => clusters.filter(each => wanted(seen[each]))
  // There is always something that is fine: otherwise nothing can be said.
  const other = sampleItem(sampleId('aks-other'), { key: 'other' })
  return sampleDrift(
    of(({ state, seen: how }) => how === 'checked' && state === 'drift').map(each => item(each)),
    {
      fine: [other, ...of(({ state, seen: how }) => how === 'checked' && state === 'fine').map(each => item(each))],
      unknown: of(({ state, seen: how }) => how === 'unread' && state !== 'deleted').map(each =>
        item(each, { code: 'AUTHORIZATION_FAILED', message: 'no right' }),
      ),
    },
  )
}

/** Only Azure's own answer that a cluster does not exist lets it leave: what the inputs or a list no longer have stays. */
const whyOf = ({ state, seen }: Night[Cluster]): string =>
  state === 'deleted' && seen !== 'unread' ? 'the cluster was deleted' : ''

const clusterOf = ({ target }: Pick<FormerDrift, 'target'>): Cluster | undefined =>
  clusters.find(each => idOf(each).toLowerCase() === target.toLowerCase())

describe('the drift issue over many nights, with people at it', () => {
  it('closes only when all that it lists was seen repaired or is gone, is one, and hides nothing', async () => {
    let closings = 0
    await fc.assert(
      fc.asyncProperty(fc.array(night, { minLength: 3, maxLength: 14 }), async nights => {
        let time = Date.parse('2026-11-01T03:00:00Z')
        const { all, issues, writes } = createRepository(() => time)
        /** What is open: drifted in some run, and neither seen repaired since nor known to be gone. */
        const open = new Set<Cluster>()
        /** What a person has decided to accept. */
        const accepted = new Set<Cluster>()
        /** When each was seen to drift first, and to be fine last. */
        const [first, fine] = [new Map<Cluster, string>(), new Map<Cluster, string>()]
        /** How much people wrote into each issue, and one more. */
        const minutes = new Map<number, number>()
        /** Whether what an issue remembered is lost, or older than its drift. */
        let isForgotten = false
        /** Whether a person closed the issue as completed since the last run. */
        let isClosedByPerson = false
        for (const [index, seen] of nights.entries()) {
          const drift = look(seen)
          const run = { ...sampleLink, id: String(index), number: String(index) }
          const options = { issues, run, leaves: leavesAs(seen), owner: ownerIn(index, seen, time), now: time }
          const before = all.map(({ number, state }) => `${number} ${state}`)
          const { did } = await keepDriftIssue(drift, options)
          const listed = all.filter(({ state }) => state === 'open')
          const context = JSON.stringify({ nights: nights.slice(0, index + 1), before, did })
          // What a person has closed is let go, unless this run sees it.
          if (did === 'reopened' && isClosedByPerson)
            for (const each of clusters) if (seen[each].seen !== 'checked') first.delete(each)
          isClosedByPerson = false
          const drifted = clusters.filter(each => seen[each].seen === 'checked' && seen[each].state === 'drift')
          for (const each of clusters) {
            const { state, seen: how } = seen[each]
            if (how === 'checked' && state === 'fine') {
              for (const set of [open, accepted, first]) set.delete(each)
              fine.set(each, dayOf(time))
            }
            if (state === 'deleted') first.delete(each)
            if (drifted.includes(each) && !first.has(each)) first.set(each, dayOf(time))
            if (state === 'deleted' && how !== 'unread') open.delete(each)
            // What people have accepted is in no open issue.
            if (drifted.includes(each) && did !== 'rejected' && did !== 'full') open.add(each)
          }
          expect(listed.length, context).toBeLessThanOrEqual(1)
          isForgotten ||= did === 'full'
          for (const { number, body } of all) {
            expect(body.length, context).toBeLessThanOrEqual(maxLength)
            expect(body.split('§').length, context).toBe(minutes.get(number) ?? 1)
          }
          if (did === 'closed') {
            closings += 1
            expect([...open], context).toEqual([])
          }
          if (did === 'rejected')
            expect(
              drifted.filter(each => !accepted.has(each)),
              context,
            ).toEqual([])
          else if (drifted.length > 0 && did !== 'full') {
            const former = listed.flatMap(({ body }) => readMemory(body).former ?? [])
            expect(former.map(clusterOf), context).toEqual(expect.arrayContaining(drifted))
            // It is not dated before it was seen fine, nor after it was first seen to drift, whoever closed the issue since.
            for (const { since, ...each } of former) {
              const cluster = clusterOf(each) ?? 'a'
              if (isForgotten) continue
              expect(since.on > (fine.get(cluster) ?? ''), context).toBe(true)
              if (first.has(cluster)) expect(since.on <= (first.get(cluster) ?? ''), context).toBe(true)
            }
          }
          // The same night again changes nothing.
          const count = writes.length
          await keepDriftIssue(drift, options)
          expect(writes.length, context).toBe(count)
          // Nor does an older run that is run again, whatever it finds.
          const older = {
            ...options,
            owner: ownerIn(index - 1, nights[index - 1]),
            run: { ...run, id: String(index - 1) },
          }
          const isNewer = (issue: Issue) => isOwnIssue(issue, options.owner) && issue.body.includes(` run=${index}.1 `)
          if (index > 0 && all.some(isNewer)) {
            expect((await keepDriftIssue(look(nights[0] ?? seen), older)).did, context).toBe('overtaken')
            expect(writes.length, context).toBe(count)
          }

          const [issue] = listed
          time += seen.days * dayMs
          if (!issue) continue
          const close = (stateReason: string): void => {
            Object.assign(issue, { state: 'closed', stateReason, closedAt: time })
          }
          switch (seen.act) {
            case 'note':
              issue.body = `Ada looks at it.\n\n${issue.body}`.slice(0, maxLength)
              break
            case 'minutes':
              issue.body += '§'.repeat(Math.max(0, maxLength - issue.body.length))
              break
            // An issue with another title and without the label is that of a person.
            case 'title':
              if (issue.labels.length > 0) issue.title = 'Pulls fail'
              break
            case 'lock':
              issue.isLocked = true
              break
            case 'unlabel':
              if (issue.title.startsWith('Drift: ')) issue.labels = []
              break
            case 'unmark':
              issue.body = issue.body.replace(/^<!-- attach-acr drift .*-->$/m, '')
              break
            case 'complete':
              close('completed')
              isClosedByPerson = true
              open.clear()
              break
            case 'stale':
              close('not_planned')
              issue.isClosedByBot = true
              open.clear()
              break
            case 'reject':
            case 'duplicate':
              close(seen.act === 'reject' ? 'not_planned' : 'duplicate')
              for (const each of readMemory(issue.body).former ?? []) {
                const cluster = clusterOf(each)
                if (cluster) accepted.add(cluster)
              }
              open.clear()
              break
            case 'delete':
              all.splice(all.indexOf(issue), 1)
              open.clear()
              isForgotten = true
              break
          }
          minutes.set(issue.number, issue.body.split('§').length)
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 60) },
    )
    expect(closings).toBeGreaterThan(10)
  })
})

function leavesAs(seen: Night) {
  return (former: FormerDrift): Promise<string> => {
    const cluster = clusterOf(former)
    return Promise.resolve(cluster ? whyOf(seen[cluster]) : '')
  }
}
