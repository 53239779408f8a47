import { existsSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { fix, toFixJson, type Finding } from 'kernel'
import { quoteReport } from '../src/quotes.js'
import { judgeReport, type ReportJson } from 'report-document'
import { maxBytes, readReport } from '../src/read-report.js'
import { readReports } from '../src/read-reports.js'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'
import { refusal } from '../../../__tests__/support/drift-report.js'
import { fine, lay, reportOf } from '../../../__tests__/support/merging.js'
import { nothingOmitted } from '../../../__tests__/support/sample.js'

// Which jobs a fleet has, what each is called, and which report is whose. All of it is in legs.txt, beside this file: `npx vitest run -u` writes it, and its diff
// is what a review reads.

const runId = '1658821493'
const whole = reportOf([fine('aks-x')])
const text = JSON.stringify(whole)

/** The report of a job about a cluster, with the entry that it declares. */
const reportAbout = (name: string, entry: object | null = null, more: Partial<ReportJson> = {}): string =>
  JSON.stringify({ ...(JSON.parse(text.replaceAll('aks-x', name)) as ReportJson), entry, ...more })

/** The same, of this run or of another one. */
const madeBy = (run: Partial<NonNullable<ReportJson['run']>>, name = 'aks-1', more: Partial<ReportJson> = {}): string =>
  reportAbout(
    name,
    { cluster: name },
    { run: { id: runId, number: 42, attempt: 1, startedAt: '2026-11-28T03:17:04.000Z', ...run }, ...more },
  )

type Leg = ReturnType<typeof readReports>[number]

const said = new Set<string>()
/** Advice whole where it is given first, and otherwise its first words. */
function sayOnce(advice: string): string {
  if (!said.has(advice)) return said.add(advice) && advice
  return `${advice.slice(0, 20)}…`
}

/** What is known of a job: its names, and its problem or the clusters of its report. */
function lineOf({ name, called, where, isPlural, advice, report, error, ...leg }: Leg): string {
  // Versions of Node say differently what is wrong with JSON.
  const problem = leg.problem?.replace(/(can't be read: )(?:Expected|Unexpected token|Bad control).*/s, '$1…')
  const names = called === name ? name : `${name}, called ${called}`
  const clusters = report?.pairs.map(({ target }) => target.split('/').at(-1)).join(', ')
  const attempt = report?.run ? `, attempt ${report.run.attempt}` : ''
  return [
    `${names}${isPlural ? ' (plural)' : ''}${where && ` (looks in ${where})`}`,
    ...(report ? [`report about ${clusters || 'nothing'}${attempt}`] : []),
    ...(problem
      ? [problem.length > 200 ? `${problem.slice(0, 100)}… (${problem.length < 400 ? 'cut' : 'whole'})` : problem]
      : []),
    ...(advice ? [`> ${sayOnce(advice.replaceAll('\n', ' '))}`] : []),
    ...(error ? [error.code] : []),
  ].join(' | ')
}

const told = (files: Record<string, string>, fleet: readonly unknown[] = []): string =>
  readReports(lay(files), fleet).map(lineOf).join('\n') || 'no job'

/** The same in attempt 2 of a run. */
function inRun(files: Record<string, string>, fleet: readonly unknown[] = [], id = runId, attempt = '2'): string {
  vi.stubEnv('GITHUB_RUN_ID', id)
  vi.stubEnv('GITHUB_RUN_ATTEMPT', attempt)
  const lines = told(files, fleet)
  vi.unstubAllEnvs()
  return lines
}

/** What a job is called after its entry, without and with its report. */
function named(entry: unknown): string {
  const [lost] = readReports('/no/such/folder', [entry])
  const [present] = readReports(lay({ 'report.json': reportAbout('aks-1', { entry }) }), [entry])
  expect([present?.called, present?.where, present?.problem]).toEqual([lost?.called, lost?.where, undefined])
  return lost ? (lineOf(lost).split(' | ')[0] ?? '') : ''
}

const subscription = '1fc6673f-c37b-4448-b557-adeba43adc5a'
const idOf = (name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/rg-eu/providers/Microsoft.ContainerService/managedClusters/${name}`
const entries: unknown[] = [
  { cluster: '*', 'resource-group': 'rg-eu', registry: 'contosoacr' },
  { cluster: '*', 'subscription-id': subscription, registry: 'contosoacr\nbaseacr' },
  { cluster: '*', 'resource-group': 'rg-eu', 'subscription-id': subscription },
  { cluster: '*\n!aks-9' },
  { cluster: 'aks-1' },
  { cluster: ' aks-1 \n\n', count: 1 },
  { cluster: 'aks-1', 'resource-group': 'rg-eu' },
  { cluster: `${idOf('aks-1')}\n${idOf('aks-2')}`, 'client-id': 'x', stage: 'prod' },
  { cluster: 'a\nb\nc', registry: 'contosoacr' },
  // As an input is read.
  { cluster: '# the shop\n"aks-1"', 'resource-group': "'rg-eu'" },
  // Unless it declares a name.
  { name: '#1 in Europe', cluster: '*' },
  { name: 'Production EU', cluster: '*\n!aks-9', 'resource-group': 'rg-eu' },
  { name: 'shop', team: 'x' },
  { name: '', cluster: 'aks-1' },
  // An entry that names no clusters is shown as it is.
  { team: 'shop', region: 'eu' },
  { cluster: ['a', 'b'] },
  { nodes: ['a', 7] },
  'rg-eu',
  7,
  null,
  'text\n::error::x',
  'x'.repeat(200),
  'x'.repeat(201),
]

const two = { name: 'eu', cluster: 'aks-1' }
/** Whether the report that declares this is of the entry. */
const isOf = (declared: object, entry: unknown): string =>
  `${JSON.stringify(declared)} is ${told({ 'a.json': reportAbout('aks-1', declared) }, [entry]).includes('no') ? 'not ' : ''}of ${JSON.stringify(entry)}`

const old = { id: '1658821400', number: 41 }
const fleet = [{ cluster: 'aks-1' }, { cluster: 'aks-2' }]
const refused = { pairs: [], searched: [], error: refusal('AUTHORIZATION_FAILED') }
const keys = [{ cluster: 'aks-1' }, { cluster: 'aks-1', registry: 'contosoacr' }]

const empty = { ...whole, pairs: [] }
const without = (name: keyof ReportJson) => Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name))
const nothingMatched = (severity: Finding['severity'], code: Finding['code'] = 'FILTER_WITHOUT_EFFECT') => ({
  ...empty,
  findings: [
    { code, severity, subject: 'cluster', message: 'There is no cluster.', fix: toFixJson(fix('Look at it.')) },
  ],
})
const failure = { ...refusal(), code: 'SIGN_IN_FAILED' as const }
const job = (name: string, more = {}) => ({ name, error: null, problem: null, ...more })
const lost = job('lost', { problem: 'its job left no report' })
const merged = (...jobs: object[]) => ({ ...whole, mode: 'merge', jobs })
const one = (value: unknown): string => told({ 'r.json': typeof value === 'string' ? value : JSON.stringify(value) })
const same = reportAbout('aks-1', { n: 1 })

function large(): string {
  const folder = lay({ 'r.json': '' })
  truncateSync(join(folder, 'r.json'), 100_600_000)
  return readReports(folder, []).map(lineOf).join('\n')
}

function noFiles(): string {
  const folder = lay({})
  mkdirSync(join(folder, 'other'))
  for (const [target, name] of [
    ['other', 'folder'],
    ['other', 'folder-2'],
    ['nothing', 'nowhere'],
    ['nothing', 'nowhere-2'],
  ] as const)
    symlinkSync(target, join(folder, `${name}.json`))
  return readReports(folder, []).map(lineOf).join('\n')
}

/** Four sparse files, of which the fourth does not fit beside the others. */
function largeTogether(): string {
  const folder = lay({ 'a.json': '', 'b.json': '', 'c.json': '', 'd.json': reportAbout('aks-1') })
  for (const name of ['a', 'b', 'c']) truncateSync(join(folder, `${name}.json`), maxBytes)
  return readReports(folder, []).map(lineOf).join('\n')
}

/** A report in a folder to which only a link leads. */
function behindLink(): string {
  const folder = lay({ 'r.json': text })
  symlinkSync(lay({ 'report.json': reportAbout('aks-9') }), join(folder, 'linked'))
  return readReports(folder, []).map(lineOf).join('\n')
}

/** A report whose entry has this many levels. */
const nested = (levels: number, [begin = '', end = '']: string[]): string =>
  text.replace('"entry":null', `"entry":{"x":${begin.repeat(levels - 1)}1${end.repeat(levels - 1)}}`)
const withKey = (key: string, at: RegExp): string => text.replace(at, `$&"${key}":{"x":1},`)

const cases: Record<string, () => string> = {
  'a job is called by its entry': () => entries.map(named).join('\n'),
  'a report is of the entry that it declares, and may declare more': () =>
    [
      isOf({ name: 'eu', cluster: 'aks-1' }, two),
      isOf({ cluster: 'aks-1', name: 'eu', verify: 'pull' }, two),
      isOf({ name: 'eu' }, two),
      isOf({ name: 'eu', cluster: 'aks-10' }, two),
      isOf({ entry: two, verify: 'pull' }, two),
      isOf({ cluster: 'aks-1' }, 'aks-1'),
      isOf({ cluster: 'aks-10' }, 'aks-1'),
      isOf({ nodes: ['a', 7] }, { nodes: ['a', 7] }),
      isOf({ nodes: [7, 'a'] }, { nodes: ['a', 7] }),
      isOf({ n: 1 }, { n: '1' }),
    ].join('\n'),
  'jobs stand in the order of the fleet, whatever folders and clusters are called': () =>
    told(
      {
        'r-0/a.json': reportAbout('aks-2', { n: 2 }),
        'r-1/a.json': reportAbout('aks-10', { n: 10 }),
        'other/deep/a.json': reportAbout('aks-0', { n: 0 }),
        'r-3/notes.txt': 'no report',
      },
      [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 10 }],
    ),
  'a report is of the entry with the most keys': () =>
    told({ 'a.json': reportAbout('aks-2', keys[1]), 'b.json': reportAbout('aks-1', keys[0]) }, keys),
  'a report is of the entry with the most keys, and of no other one': () =>
    told({ 'a.json': reportAbout('aks-2', keys[1]) }, keys),
  'an entry that stands twice in the fleet is one job': () =>
    told({ 'a.json': reportAbout('aks-1', two) }, [two, { ...two }]),
  'an entry can have several reports': () =>
    told(
      {
        'a.json': reportAbout('aks-1', { ...two, verify: 'pull' }),
        'b.json': reportAbout('aks-1', { ...two, verify: 'none' }),
      },
      [two],
    ),
  'a report that declares no entry is of none': () =>
    told({ 'r-0/a.json': reportAbout('aks-1') }, [{ cluster: 'aks-1' }]),
  'a report that declares another entry is of none': () =>
    told({ 'a.json': reportAbout('aks-1', { cluster: 'aks-9' }) }, [{ cluster: 'aks-1' }]),
  'a file that can not be used is of no entry': () =>
    told({ 'r-0/1.json': '{', 'r-1/1.json': reportAbout('aks-1', { cluster: 'b' }) }, ['a', 'b']),
  'without a fleet, jobs stand in the order of paths': () =>
    told({ 'b/1.json': reportAbout('aks-b'), 'a/10.json': reportAbout('aks-10'), 'a/9.json': reportAbout('aks-9') }),
  'without a fleet and a folder, there is no job': () =>
    readReports('/there/is/no/such/folder', []).map(lineOf).join('\n') || 'no job',
  'one report in two files is one job': () => told({ 'a/1.json': same, 'b/1.json': same }),
  'one report of an entry in two files is one job': () => told({ 'r-0/1.json': same, 'r-1/1.json': same }, [{ n: 1 }]),
  'two empty files are two jobs': () => told({ 'a/1.json': '', 'b/1.json': '' }),
  'a report of another run counts as none': () =>
    inRun({ 'r-0/r.json': madeBy({}), 'r-1/r.json': madeBy(old, 'aks-2') }, fleet),
  'a report of another run is none, also of an entry that the fleet no longer has': () =>
    inRun({ 'r-1/r.json': madeBy(old, 'aks-7') }, fleet),
  'a report of another run is none without a fleet, too': () =>
    inRun({ 'a/r.json': madeBy(old), 'b/r.json': madeBy({}, 'aks-2') }),
  'a report of another run is none without a number, too': () =>
    inRun({ 'a/r.json': madeBy({ ...old, number: null }) }),
  'outside of GitHub, a report of any run counts': () => inRun({ 'r-0/r.json': madeBy(old) }, fleet.slice(0, 1), ''),
  'of several attempts, the newest counts, wherever it is': () =>
    [
      ['a', 'b', 1, 2],
      ['b', 'a', 1, 2],
      ['a', 'b', 9, 10],
      ['b', 'a', 9, 10],
    ]
      .map(([first, later, was, is]) =>
        inRun(
          {
            [`${first}/r.json`]: madeBy({ attempt: Number(was) }),
            [`${later}/r.json`]: madeBy({ attempt: Number(is) }),
          },
          fleet.slice(0, 1),
        ),
      )
      .join('\n'),
  'of one attempt, each report counts': () =>
    inRun(
      { 'r-0/a.json': madeBy({}), 'r-0/b.json': madeBy({ startedAt: '2026-11-28T02:00:00.000Z' }) },
      fleet.slice(0, 1),
    ),
  'an attempt that has not been is none, beside the job itself': () =>
    inRun({ 'a/r.json': madeBy({}), 'b/r.json': madeBy({ attempt: 7 }, 'aks-1', { drift: false }) }, fleet.slice(0, 1)),
  'an attempt that has not been is none without a fleet, too': () =>
    inRun({ 'a/r.json': madeBy({}), 'b/r.json': madeBy({ attempt: 3 }) }),
  "an attempt counts up to today's, which is the first if unknown": () =>
    ['2', '1', ''].map(attempt => inRun({ 'r.json': madeBy({ attempt: 2 }) }, [], runId, attempt)).join('\n'),
  'attempts of two legs both count': () =>
    inRun({ 'r-0/a.json': madeBy({}), 'r-0/b.json': madeBy({ attempt: 2 }, 'aks-1', { job: 'b' }) }, fleet.slice(0, 1)),
  'an attempt of nobody knows which run counts, too': () =>
    inRun(
      { 'r-0/a.json': madeBy({}, 'aks-1', { run: null, requests: 1 }), 'r-0/b.json': madeBy({ attempt: 2 }) },
      fleet.slice(0, 1),
    ),
  'an attempt of nobody knows which job counts, too': () =>
    inRun(
      { 'r-0/a.json': madeBy({}, 'aks-1', { job: null, requests: 1 }), 'r-0/b.json': madeBy({ attempt: 2 }) },
      fleet.slice(0, 1),
    ),
  'the later attempt counts, although it saw little': () =>
    inRun({ 'a/r.json': madeBy({}), 'b/r.json': madeBy({ attempt: 2 }, 'aks-1', refused) }, fleet.slice(0, 1)),
  'a file of another version is no report': () =>
    [
      { ...whole, schemaVersion: 2 },
      { schemaVersion: 12, anything: 'else' },
      { ...whole, schemaVersion: '2' },
      { ...whole, schemaVersion: 1.5 },
    ]
      .map(one)
      .join('\n'),
  'a file of something else is no report': () =>
    [
      without('pairs'),
      { ...whole, pairs: [null] },
      { ...whole, pairs: null },
      { ...whole, error: [] },
      '[]',
      'null',
      '7',
      '"text"',
      '{}',
      '{oops',
      '',
    ]
      .map(one)
      .join('\n'),
  'a file of another mode is no report of a check': () =>
    [
      { ...whole, mode: 'attach' },
      { ...whole, mode: 'detach' },
      { ...whole, mode: 'merge' },
    ]
      .map(one)
      .join('\n'),
  'a file about no cluster has nothing checked, unless a merge or a finding says why': () =>
    [empty, nothingMatched('warning'), nothingMatched('notice', 'NODE_SKIPPED'), { ...merged(job('a')), pairs: [] }]
      .map(one)
      .join('\n'),
  'a file about no cluster says why': () =>
    [nothingMatched('notice'), { ...empty, error: failure }, { ...without('pairs'), error: failure }]
      .map(one)
      .join('\n'),
  'a file of a merge says which of its jobs left nothing': () =>
    [merged(job('a'), lost, job('failed', { error: failure })), { ...merged(job('a'), lost), pairs: [] }]
      .map(one)
      .join('\n'),
  'a file that is not complete says what it lacks': () =>
    [
      { ...whole, omitted: { ...nothingOmitted, pairs: 4000, images: 20, fixes: true } },
      { ...whole, omitted: nothingOmitted },
    ]
      .map(one)
      .join('\n'),
  'a file with a byte order mark at its start is read': () => [`\uFEFF${text}`, ` \uFEFF${text}`].map(one).join('\n'),
  'a file with a long name of a field is refused, the name cut': () => one(`{"pairs":[],"${'x'.repeat(100_000)}":1}`),
  'a file that is too large is refused': large,
  'files that are too large together are refused from there on': largeTogether,
  'a file nested 100 levels deep is read, and no deeper one': () =>
    [99, 100, 20_000, 200_000]
      .flatMap(levels => [nested(levels, ['[', ']']), nested(levels, ['{"a":', '}'])].map(one))
      .join('\n'),
  'a file of nothing but brackets is refused': () => [one(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)].join('\n'),
  'a binary file is refused': () =>
    ['\0\0\0', '\u00ff\u00fe{\0"\0', text.replace('"aks-x"', '"\0"')].map(one).join('\n'),
  'a file with keys of prototypes is refused': () =>
    ['__proto__', 'constructor', 'toString']
      .flatMap(key => [withKey(key, /^\{/), withKey(key, /"pairs":\[\{/), withKey(key, /"asked":\{/)].map(one))
      .join('\n'),
  'a file with a time or a name that is none is refused': () =>
    [
      text.replace('"contosoacr.azurecr.io"', `"${'a'.repeat(243)}.azurecr.io"`),
      text.replace('"contosoacr.azurecr.io"', '"contosoacr.azurecr.io: run this"'),
      madeBy({ startedAt: 'yesterday, and more' }),
      madeBy({ startedAt: `2026-11-28T03:17:04.${'0'.repeat(100_000)}Z` }),
      madeBy({}, 'a'.repeat(2048)),
    ]
      .map(one)
      .join('\n'),
  'a file behind a link to a folder is not looked for': behindLink,
  'a folder or a link to nothing is no file': noFiles,
}

it('the jobs of a fleet are those in legs.txt', async () => {
  said.clear()
  await expect(printCatalogue(cases, tell => sayScopes(tell()))).toMatchFileSnapshot('legs.txt')
})

describe('a report file', () => {
  const read = (value: object, content: { size?: number; unreadable?: string } = {}) =>
    readReport('r.json', { text: JSON.stringify(value), size: 1, ...content })

  it('is read up to its maximum size, and not where it can not be', () => {
    expect(read(whole, { size: maxBytes })).toEqual({ report: judgeReport(quoteReport(whole)), error: null })
    expect(read(whole, { size: maxBytes + 1 })).toHaveProperty('problem')
    expect(read(whole, { unreadable: 'EACCES' }).problem).toContain('EACCES')
  })

  it('of a merge names those without a report among its jobs, and not once more', () => {
    const about = (subject: string, kind: 'pair' | null = null) => ({ subject, message: 'It is lost.', about: kind })
    const unknown = [about('lost'), about('a'), about('failed'), about('lost', 'pair'), about('a role')]
    const told = read({ ...merged(job('a'), lost), unknown }).report?.unknown
    expect(told?.map(({ subject, about: kind }) => ({ ...about(subject), about: kind }))).toEqual(unknown.slice(1))
  })

  it.runIf(existsSync('/proc/version'))('is not read if it has no size, as below /proc', () => {
    const folder = lay({})
    symlinkSync('/proc/version', join(folder, 'report.json'))
    expect(readReports(folder, [])).toMatchObject([
      { problem: "its file report.json can't be read (it is not a file)" },
    ])
  })
})
