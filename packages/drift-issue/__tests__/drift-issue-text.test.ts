import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { fix } from 'kernel'
import { describeDriftInFull, toSpot, type DriftItem } from 'report-document'
import { oldestOf, type Since } from '../src/former-drift.js'
import type { Gone, Staying } from '../src/memory.js'
import {
  changeComment,
  closingComment,
  countComment,
  driftBody,
  driftTitle,
  duplicateText,
  reopeningComment,
} from '../src/text.js'
import {
  anyItem,
  sampleDrift,
  sampleFormer,
  sampleGap,
  sampleId,
  sampleItem,
  sampleLink as run,
  sampleRepair,
  sampleSince,
  sampleStanding,
  sampleUnknown,
} from '../../../__tests__/support/drift.js'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'
import { judgedPair } from '../../../__tests__/support/drift-report.js'

const anyRepairs = fc.array(
  fc
    .record({ principalId: fc.string(), role: fc.string({ maxLength: 1500 }) })
    .map(({ principalId, role }) => sampleRepair(principalId, { role })),
  { maxLength: 3 },
)

describe('the body of an issue', () => {
  it('fits, whatever it contains, and includes its counts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyItem, anyRepairs), { maxLength: 400 }),
        fc.array(anyItem, { maxLength: 50 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 20_000, max: 65_000 }),
        (all, unknown, jobs, room) => {
          const items = all.map(([item, repairs]) => ({ ...item, repairs }))
          const gaps = Array.from({ length: jobs }, (_, at) => sampleGap(`job ${at}: ${'x'.repeat(600)}`))
          const body = driftBody(sampleStanding(items, { unknown, gaps }), run, room)
          expect(body.length).toBeLessThanOrEqual(room)
          const rows = body.split('\n').filter(line => line.startsWith('| ')).length
          const rest = [...body.matchAll(/^and (\d+) more, /gm)].reduce((sum, [, count]) => sum + Number(count), 0)
          // The cause of a single item says all of it.
          const told = items.length > 1 ? items.length : 0
          const tables = Number(told > 0) + Number(unknown.length > 0)
          expect(rows - 2 * tables + rest).toBe(told + unknown.length)
          expect(driftTitle(sampleStanding(items)).length).toBeLessThanOrEqual(256)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('shows names and messages as plain text', () => {
    const what = '@octocat <img src=x> | a\nb `c` <!-- attach-acr state=0 count=0 keys=- -->'
    const body = driftBody(sampleStanding(['aks', 'b'].map(name => sampleItem(name, { message: what }))), run, 60_000)
    expect(body).not.toContain('@octocat')
    expect(body).not.toContain('<img')
    expect(body).not.toContain('<!--')
    expect(body.split('\n').filter(line => line.startsWith('| ✗ | aks'))).toHaveLength(1)
  })
})

/** A cluster that the issue listed, and that was deleted. */
const gone = (target: string): Gone => ({ former: sampleFormer(target), why: 'the cluster was deleted' })

/** One that this run did not see. */
const staying = (target: string, more: Partial<Staying> = {}): Staying => ({
  former: sampleFormer(target),
  isListed: false,
  ...more,
})

const one = staying(sampleId('aks-4'))
const nothing = sampleDrift([], { fine: [sampleItem('aks-1')] })
const namesake = sampleDrift([], { fine: [sampleItem(sampleId('aks-4', 'rg-eu'))] })
const unsure = { ...nothing, unknown: [sampleItem('aks-2'), sampleItem('aks-3')], gaps: [sampleGap('a job')] }
const unseenImage = { ...staying(''), former: sampleFormer('@octocat/app:1', { kind: 'input' }) }
const quote = { by: 'Azure said:', text: '*'.repeat(20) }
const noChange = { worse: [], lost: [], better: [], gone: [] }
const change = (more: Partial<Parameters<typeof changeComment>[0]>): string =>
  changeComment({ ...noChange, ...more }, sampleDrift([]), { ...run, name: '*Nightly*' })
const body = (...items: Parameters<typeof sampleStanding>[0]) => driftBody(sampleStanding(items), run, 60_000)
const clusters = (count: number, message?: string) =>
  Array.from({ length: count }, (_, index) => sampleItem(`aks-${index}`, message === undefined ? {} : { message }))

/** The whole text of a drift, as summary and issue have it. */
const full = (items: Parameters<typeof sampleDrift>[0], more: Parameters<typeof sampleDrift>[1] = {}): string =>
  describeDriftInFull(sampleDrift(items, more), 60_000)
const lacking = (name: string, more: Parameters<typeof sampleItem>[1] = {}) =>
  sampleItem(sampleId(name), { registryId: sampleId('contosoacr', 'rg-acr'), ...more })
const refused = (name: string) => lacking(name, { code: 'PULL_DENIED', message: 'It is refused.', fix: fix('Wait.') })
const gones = ['aks-2', 'aks-3'].map(name =>
  lacking(name, { code: 'CLUSTER_NOT_FOUND', message: `There is no ${name}.`, fix: fix('') }),
)
const azure = { status: 404, code: 'ResourceNotFound', correlationId: 'abc', isForeign: false }

/** The body of an issue about a and b, which have drifted since these runs. */
const dated = (...dates: [Since, Since]): string => {
  const both = [sampleItem('a'), sampleItem('b')]
  const sinceOf = (item: DriftItem) => (item.name === 'a' ? dates[0] : dates[1])
  const now = Date.UTC(2026, 10, 27, 3, 17)
  return driftBody({ ...sampleStanding(both), age: { since: oldestOf([...dates]), sinceOf, now } }, run, 60_000)
}
const today: Since = { on: '2026-11-27', number: '42', run: '1660', isOrEarlier: false }
const linesOf = (text: string, pattern: RegExp): string => (text.match(pattern) ?? []).join('\n')

/** The advice on drift that an attach repairs, where the action is used from this repository. */
const stepOf = (repository: string, ref: string): string => {
  vi.stubEnv('GITHUB_REPOSITORY', 'contoso/shop')
  vi.stubEnv('GITHUB_WORKFLOW_REF', 'contoso/shop/.github/workflows/nightly.yml@refs/heads/main')
  vi.stubEnv('GITHUB_ACTION_REPOSITORY', repository)
  vi.stubEnv('GITHUB_ACTION_REF', ref)
  const repairs = [sampleRepair('one'), sampleRepair('one', { role: '', group: 'g' })]
  const [, advice = ''] = full([lacking('aks-1', { repairs })]).split('### What to do\n\n')
  vi.unstubAllEnvs()
  return advice
}

const texts = (): Record<string, string> => ({
  'a title counts clusters': driftTitle(sampleStanding(clusters(3), { fine: [sampleItem('aks-4')] })),
  'a title counts clusters and images': driftTitle(
    sampleStanding([...clusters(3), sampleItem('nginx:1', { kind: 'input', code: 'IMAGE_NOT_FOUND' })]),
  ),
  'a drift of one run links it': linesOf(dated(sampleSince, sampleSince), /Since .*|\| since \|/g),
  'a drift of a run without a number links it all the same': linesOf(
    dated({ ...sampleSince, number: '' }, today),
    /Since .*/g,
  ),
  'a drift of a run without a name has its day alone': linesOf(
    dated({ ...sampleSince, number: '', run: '' }, today),
    /Since .*/g,
  ),
  'a drift that may be older says so': linesOf(
    dated({ ...sampleSince, isOrEarlier: true }, today),
    /Since .*|^\| ✗ \| [ab] .*/gm,
  ),
  'a drift of several runs has the day of each': linesOf(
    dated(sampleSince, today),
    /Since .*|^\| (?:✗ \| [ab]| \| what) .*/gm,
  ),
  'no drift has no text': full([]),
  'a drift has its causes, its repair and what was not checked': full([lacking('aks-1'), lacking('aks-2')], {
    unknown: [lacking('aks-9', { code: 'THROTTLED', message: 'It did not answer.' })],
    gaps: [sampleGap('rg-eu: no *report*')],
    unseen: [sampleUnknown('The role is secret.')],
    spots: ['aks-1', 'aks-2'].map(name => toSpot(judgedPair(name))),
  }),
  'what could not be checked stands alone without drift': full([], { unknown: [lacking('aks-1')] }),
  'a drift has a part for each cause, and no step if none would help': full([...gones, refused('aks-1')]),
  'a row has a reason on one line, cut': linesOf(
    full([
      refused('aks-1'),
      lacking('aks-2', { message: '' }),
      lacking('aks-3', { message: `no\n${'x'.repeat(800)}` }),
      lacking('aks-4', { message: 'x'.repeat(700) }),
    ]),
    /^\| ✗ .*/gm,
  ),
  'jobs without a report are named up to twenty': linesOf(
    full([], { gaps: Array.from({ length: 22 }, (_, at) => sampleGap(`job ${at}: no`)) }),
    /^- (?:job 19|and).*/gm,
  ),
  'a row names up to three registries, without IDs': linesOf(
    full([], {
      unknown: ['a', 'b', 'c', 'd'].map(registry => ({
        ...refused('aks-x'),
        said: {
          what: `gh-deployer (object ID 11111111-2222-4333-8444-555555555555) is not allowed to read ${sampleId('aks-0')}`,
        },
        registry,
      })),
    }),
    /^\| \? .*/gm,
  ),
  'who changed it is asked in up to three groups': linesOf(
    full(
      ['rg-a', 'rg-b', 'rg-a', 'rg-c', 'rg-d'].map((group, at) =>
        lacking(`aks-${at}`, { registryId: sampleId('acr', group) }),
      ),
    ),
    /activity-log.*/g,
  ),
  'who changed it is not asked where nothing was lost': linesOf(
    full([
      lacking('aks-1', { today: 'by-broader-role' }),
      lacking('aks-2', { today: 'otherwise' }),
      lacking('aks-3', { registryId: '' }),
    ]),
    /activity-log.*/g,
  ),
  'a drift has the step that repairs it': stepOf('contoso/attach-acr', 'v1'),
  'a step of no tag has none': linesOf(stepOf('contoso/attach-acr', ''), /^- uses.*/gm),
  'a step of the own repository is a path': linesOf(stepOf('', ''), /^- uses.*/gm),
  'many drifts are listed by cause, and folded': linesOf(
    full([refused('aks-x'), ...Array.from({ length: 52 }, (_, at) => lacking(`aks-${at}`))]),
    /^\*\*.*|^<details><summary>\d+ rows.*/gm,
  ),
  'many that could not be checked are folded': linesOf(
    full([], { unknown: Array.from({ length: 51 }, (_, at) => lacking(`aks-${at}`)) }),
    /^\*\*.*|^<details>.*/gm,
  ),
  'a body has no answers of Azure, whose IDs change with every run': body(
    ...['aks-1', 'aks-2'].map(name => lacking(name, { code: 'REGISTRY_NOT_FOUND', message: 'No.', azure })),
  ),
  'a title names one that was not seen': driftTitle({ drift: nothing, staying: [one] }),
  'a title counts what was not seen': driftTitle({ drift: nothing, staying: [one, staying('aks-5')] }),
  'a title has the place of one that was not seen, with a namesake': driftTitle({ drift: namesake, staying: [one] }),
  'a title has drift before what was not seen': driftTitle({
    drift: sampleDrift([sampleItem('aks-1')]),
    staying: [one],
  }),
  'a body of one cluster says its cause once': body(sampleItem('aks-1')),
  'a body says what can still be pulled': body(
    sampleItem('aks-1'),
    sampleItem('aks-2', { today: 'by-broader-role' }),
    sampleItem('aks-3', { today: 'otherwise' }),
  ),
  'a body tells clusters of one name apart': body(
    sampleItem(sampleId('aks', 'rg-a')),
    sampleItem(sampleId('aks', 'rg-b')),
    sampleItem('other'),
  ),
  'a body has what was not seen, and what it must show': driftBody(
    {
      drift: nothing,
      staying: [
        staying(sampleId('aks-3')),
        staying(sampleId('aks-3', 'rg-eu'), { lacks: 'pull' }),
        staying('aks-5', { lacks: 'identity' }),
        ...[['node-1', 'node-2'], []].map((nodes, at) =>
          staying(`aks-${7 + at}`, { lacks: 'nodes', former: sampleFormer(`aks-${7 + at}`, { nodes }) }),
        ),
        staying('aks-6', { isListed: true }),
        unseenImage,
      ],
    },
    run,
    60_000,
  ),
  'a comment without a change is empty': change({}),
  'a comment has what is worse, repaired and gone': change({
    worse: [sampleItem('aks-1')],
    lost: [sampleItem('aks-6')],
    better: [sampleItem('aks-2'), sampleItem('nginx:1', { kind: 'input' })],
    gone: [gone('aks-3')],
  }),
  'a comment has twenty lines, and counts the rest': linesOf(change({ worse: clusters(21) }), /.*(?:more|aks-19).*/g),
  'a comment escapes names and lines of others': change({ worse: clusters(1, '@octocat\n# a') }),
  'a comment has a quote as code': change({ worse: [sampleItem('aks-1', { said: { what: 'It is refused', quote } })] }),
  'a comment counts more than before, too many to list': countComment(2000, 2500, run),
  'a comment counts fewer than before, too many to list': countComment(2500, 2000, run),
  'a closing comment says that all is repaired': closingComment(nothing, [], run),
  'a closing comment says what is gone': closingComment(nothing, [gone('aks-3')], run),
  'a closing comment says that a refused node left': closingComment(
    nothing,
    [{ ...gone('aks-3'), why: 'its refused node n1 left the cluster' }],
    run,
  ),
  'a closing comment counts what could not be checked': closingComment(unsure, [], run),
  'a closing comment counts a job that left no report': closingComment({ ...unsure, unknown: [] }, [], run),
  'a reopening comment has what drifts': reopeningComment(sampleDrift([sampleItem('aks-1')]), run),
  'a reopening comment without drift says that nobody saw all repaired': reopeningComment(nothing, run),
  'a duplicate links the issue that stays': duplicateText(7),
})

// `npx vitest run -u` writes texts.txt, and its diff is what a review reads.
it('the texts of an issue are those in texts.txt', async () => {
  await expect(printCatalogue(texts(), sayScopes)).toMatchFileSnapshot('texts.txt')
})

describe('a text', () => {
  it('fits, however much there is to say, and wastes no room', () => {
    const all = Array.from({ length: 30 }, (_, index) => staying(`aks-${'x'.repeat(900)}${index}`))
    expect(driftBody({ drift: nothing, staying: all }, run, 10_000).length).toBeLessThan(10_000)
    const many = sampleStanding(Array.from({ length: 2000 }, (_, index) => sampleItem(sampleId(`aks-${index}`))))
    const { length } = driftBody(many, run, 65_536)
    expect([length <= 65_536, length > 40_000]).toEqual([true, true])
    const scattered = Array.from({ length: 400 }, (_, at) => lacking(`aks-${at}`, { registry: `r${at}.azurecr.io` }))
    const { items, unknown } = {
      items: scattered,
      unknown: scattered.map(item => ({ ...item, message: 'x'.repeat(600) })),
    }
    for (const room of [20_000, 65_000]) {
      const text = driftBody(sampleStanding(items, { unknown }), run, room)
      expect([text.length <= room, text.length > room / 2]).toEqual([true, true])
    }
  })

  it('has titles, reasons and quotes of limited length', () => {
    const titleOf = (length: number) => driftTitle(sampleStanding([sampleItem('a'.repeat(length))]))
    const most = 256 - "Drift:  can't pull from contosoacr".length
    expect(titleOf(most)).toMatch(/^.{253}acr$/)
    expect(titleOf(most + 1)).toMatch(/^.{255}…$/)
    const [line] = /^- .*$/m.exec(change({ worse: clusters(1, 'x'.repeat(800)) })) ?? []
    expect(line).toHaveLength(2 + 700)
    const long = { ...quote, text: '*'.repeat(800) }
    expect(change({ worse: [sampleItem('aks-1', { said: { what: 'no', quote: long } })] })).toContain(
      `\`${'*'.repeat(699)}…\``,
    )
  })
})
