import { basename } from 'node:path'
import type { StepResult } from 'azure-simulator/runner/step'
import type { PageContent } from 'html-report/src/sections.js'
import { groupProblems, toReport, toReportJson, toSpot, type ReportJson } from 'report-document'
import { conclude } from 'run-report'
import { readJson, reportedPair, type Pair } from './drift-report.js'
import { sampleId } from './drift.js'
import { sampleRun } from './sample.js'

/** A report of a merge with only this content. */
export const mergedReport = (more: Partial<ReportJson> = {}): ReportJson => ({
  ...toReportJson(toReport(conclude(sampleRun()))),
  mode: 'merge',
  ...more,
})

/** The content of a page about these pairs. */
export function samplePage(pairs: readonly Pair[], more: Partial<PageContent> = {}): PageContent {
  return {
    headline: "✗ 2 of 5 clusters can't pull",
    worst: '',
    change: '',
    report: readJson(mergedReport({ pairs: [...pairs] })),
    jobs: [],
    spots: readJson(mergedReport({ pairs: [...pairs] })).pairs.map(pair => toSpot(pair)),
    causes: [],
    ages: {},
    issue: undefined,
    problems: [],
    run: { name: 'fleet-drift, run 42', url: 'https://github.com/contoso/platform/actions/runs/42' },
    at: Date.UTC(2026, 10, 27, 3, 17),
    ...more,
  }
}

/** AcrPull is missing on contosoacr for these, as a page has it. */
export const sampleCause = (
  names: string[],
  commands: string[],
  more: Partial<PageContent['causes'][number]> = {},
): PageContent['causes'][number] => ({
  state: 'refused',
  role: 'AcrPull',
  registry: 'contosoacr',
  keys: [],
  code: 'DRIFT',
  list: '',
  title: '',
  said: { what: '' },
  whole: { what: '' },
  claim: '',
  names,
  details: [],
  text: `AcrPull on contosoacr is missing for ${names.length}`,
  advice: [{ text: '', commands }],
  ...more,
})

/** A pair in the state that a report calls so. */
export const pairThat = {
  isFine: (name: string, more: Partial<Pair> = {}): Pair =>
    reportedPair(name, { status: 'attached', grantedBy: 'direct', lacks: [], verified: 'assignment', ...more }),
  drifted: reportedPair,
  isUnknown: (name: string, message: string, more: Partial<Pair> = {}): Pair =>
    reportedPair(name, { status: 'unknown', lacks: [], error: errorOf('AUTHORIZATION_FAILED', message), ...more }),
  failed: (name: string, message: string, more: Partial<Pair> = {}): Pair =>
    reportedPair(name, { status: 'failed', lacks: [], error: errorOf('CLUSTER_STOPPED', message), ...more }),
}

function errorOf(code: 'AUTHORIZATION_FAILED' | 'CLUSTER_STOPPED', message: string): Pair['error'] {
  return { code, message, reason: null, cause: null, quote: null, fix: { text: '', commands: [] }, azure: null }
}

/** Ten thousand pairs with names of realistic length, of which each twentieth is not as expected. */
export function tenThousandPairs(): Pair[] {
  return Array.from({ length: 10_000 }, (_, index) => {
    const subscription = `00000000-0000-0000-0000-${String(index % 250).padStart(12, '0')}`
    const name = `aks-prod-westeurope-${index}`
    const target = sampleId(name, `rg-platform-production-${index % 40}`, undefined, subscription)
    const more = { target, loginServer: `contosoregistry${index % 8}-h4shh4shh4sh.azurecr.io` }
    if (index % 20 === 0) return pairThat.drifted(name, more)
    if (index % 20 === 1)
      return pairThat.failed(name, `The cluster ${name} is stopped. ${'It can not be probed. '.repeat(20)}`, more)
    if (index % 20 === 2) return pairThat.isUnknown(name, 'The signed-in identity has no permission to read it.', more)
    return pairThat.isFine(name, more)
  })
}

/** Failures or findings as the page has them. */
export const toProblems = (...problems: Parameters<typeof groupProblems>[0]): PageContent['problems'] =>
  groupProblems(problems)

/** The page in the file that the output names. */
export function pageOf({ outputs, temporary }: Pick<StepResult, 'outputs' | 'temporary'>): string {
  const name = basename(outputs['report-html-file'] ?? '')
  const [page] = Object.entries(temporary).flatMap(([path, text]) => (name && basename(path) === name ? text : []))
  if (page === undefined) throw new Error('there is no page')
  return page
}

/** The rows of a table of the page, each with its class and the texts of its cells. */
export function rowsOf(page: string, id = 'pairs'): string[][] {
  const [, table = ''] = new RegExp(`<table id="${id}"[^]*?</thead>([^]*?)</table>`).exec(page) ?? []
  return table
    .split('<tr')
    .slice(1)
    .map(row => {
      const [head = '', ...cells] = row.split(/<t[dh][^>]*>/)
      const [, kind = head] = / class="(\w+)"/.exec(head) ?? []
      return [kind, ...cells.map(cell => cell.replaceAll(/<[^>]+>/g, '').trim())]
    })
}
