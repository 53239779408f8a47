import { expect, it } from 'vitest'
import { type Finding, fix } from 'kernel'
import type { ReportJson } from 'report-document'
import { placeTexts } from '../src/placed-texts.js'
import { catalogueOf } from '../../../__tests__/support/concluding.js'
import { acr, refusal, reportedGrant, reportedPair } from '../../../__tests__/support/drift-report.js'
import { sampleId } from '../../../__tests__/support/drift.js'

// The texts of jobs whose clusters have the same name. They are in placed-texts.txt, beside this file: `npx vitest run -u` writes it.

const [shop, eu, next] = [sampleId('aks'), sampleId('aks', 'rg-eu'), sampleId('aks-2')]

/** A job with a report of these targets. */
function jobOf(called: string, targets: string[], more: Partial<ReportJson> = {}, where = '', entries: object[] = []) {
  const pairs = targets.map(target => reportedPair('aks', { target }))
  const lists = { findings: [], unknown: [], notes: [], plan: [] }
  return { called, where, entries, report: { pairs, ...lists, ...more } as Partial<ReportJson> as ReportJson }
}
const finding = (subject: string, message: string, code: Finding['code'] = 'EXCESS_ROLE') => ({
  findings: [{ code, severity: 'warning' as const, subject, message, fix: fix('') }],
})
const stopped = finding(shop, 'aks is stopped.')
const own = finding(shop, 'aks (rg-shop) is stopped.')
const error = { ...refusal(), message: 'aks is refused.', quote: { statement: 'aks is refused.', intro: '', text: '' } }

/** All texts of each report, in a line. */
const textsOf = (...jobs: Parameters<typeof placeTexts>[0]): string[] =>
  placeTexts(jobs).map(report => {
    if (!report) return 'no report'
    const { pairs, findings, unknown, plan, notes } = report
    return [
      ...pairs.flatMap(pair => (pair.error ? [pair.error.message, `“${pair.error.quote?.statement}”`] : [])),
      ...[...findings, ...unknown].map(({ message }) => message),
      ...plan.map(({ description }) => description),
      ...notes,
    ].join(' | ')
  })
const first = (...jobs: Parameters<typeof placeTexts>[0]): string => textsOf(...jobs)[0] ?? ''

const other = jobOf('rg-eu', [eu])
const prod = { name: 'Contoso prod', 'subscription-id': '00000000-0000-0000-0000-00000000abcd' }
const whole = {
  ...stopped,
  pairs: [reportedPair('aks', { target: shop, error })],
  unknown: [{ subject: shop, message: 'aks could not be read.', about: null }],
  plan: [reportedGrant('aks', { target: shop, description: 'AcrPull for aks' })],
}
const withRegistry = {
  findings: [
    ...finding(acr, 'aks pulls more.', 'LIMIT_NOT_IN_FORCE').findings,
    ...finding(acr, 'The admin user is enabled.', 'ADMIN_USER_ENABLED').findings,
  ],
  notes: ['a note'],
}
const several = {
  findings: [...stopped.findings, ...finding(next, 'aks-2 is stopped.').findings],
  plan: [
    reportedGrant('aks', { target: shop, description: 'AcrPull for aks' }),
    reportedGrant('aks-2', { description: 'AcrPull for aks-2' }),
    reportedGrant('', { operation: 'create-registry', target: null, description: 'create contosoacr' }),
  ],
}
const shared = finding('principal', 'A group is too broad.')
const lost = finding('aks', 'aks is lost.')

const cases = (): Record<string, string | string[]> => ({
  'all texts about a cluster': first(jobOf('rg-shop', [shop], whole), other),
  'its subscription has the name of an entry': first(jobOf('rg-shop', [shop], stopped, '', [prod]), other),
  'its subscription has the names of two entries': first(jobOf('rg-shop', [shop], stopped, '', [prod]), {
    ...other,
    entries: [{ ...prod, name: 'Contoso' }],
  }),
  'not about one cluster, and about a registry alone': first(
    jobOf('subscription 11111111-2222-3333-4444-5555555577f3', [shop], withRegistry),
    other,
  ),
  'two jobs have the same text, which counts once': textsOf(jobOf('a', [shop], shared), jobOf('b', [eu], shared)),
  'the job has told its clusters apart itself': first(jobOf('all', [shop, eu], own), other),
  'no other job has a cluster of that name': textsOf(jobOf('rg-shop', [shop], own), jobOf('c', [next])),
  'a job without a report': textsOf({ called: 'lost', where: '', entries: [] }, jobOf('rg-shop', [shop], own)),
  'one of several clusters has that name': first(jobOf('rg-shop', [shop, next], several), other),
  'two jobs have checked the same cluster, and looked elsewhere for others': textsOf(
    jobOf('x', [shop], stopped, 'rg-0'),
    jobOf('x', [shop.toUpperCase()], stopped, 'rg-1'),
  ),
  'two clusters that were not found': textsOf(jobOf('x', ['aks'], lost, 'rg-a'), jobOf('x', ['aks'], lost, 'rg-b')),
  'one was not found': first(jobOf('x', ['aks'], lost, 'rg-b, subscription …0001'), other),
})

it('the texts of jobs whose clusters have the same name are in placed-texts.txt', async () => {
  await expect(catalogueOf(cases())).toMatchFileSnapshot('placed-texts.txt')
})
