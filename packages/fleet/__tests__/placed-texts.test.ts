import { describe, expect, it } from 'vitest'
import { type Finding, fix } from 'kernel'
import type { Report } from 'report-document'
import { placeTexts } from '../src/placed-texts.js'
import { acr, refusal, reportedGrant, reportedPair } from '../../../__tests__/support/drift-report.js'
import { sampleId } from '../../../__tests__/support/drift.js'

const [shop, eu] = [sampleId('aks'), sampleId('aks', 'rg-eu')]

/** A job with a report of these targets. */
function jobOf(called: string, targets: string[], more: Partial<Report> = {}) {
  const pairs = targets.map(target => reportedPair('aks', { target }))
  const lists = { findings: [], unknown: [], notes: [], plan: [] }
  return { called, where: '', entries: [], report: { pairs, ...lists, ...more } as Partial<Report> as Report }
}
const finding = (subject: string, message: string, code: Finding['code'] = 'EXCESS_ROLE') => ({
  code,
  severity: 'warning' as const,
  subject,
  message,
  fix: fix(''),
})
const messagesOf = (report: Report | undefined) => report?.findings.map(({ message }) => message)

describe('texts of jobs whose clusters have the same name', () => {
  const other = jobOf('rg-eu', [eu])

  it('get the place of the cluster that they are about', () => {
    const error = {
      ...refusal(),
      message: 'aks is refused.',
      quote: { statement: 'aks is refused.', intro: '', text: '' },
    }
    const job = jobOf('rg-shop', [shop], {
      pairs: [reportedPair('aks', { target: shop, error })],
      findings: [finding(shop, 'aks is stopped.')],
      unknown: [{ subject: shop, message: 'aks could not be read.', about: null }],
      plan: [reportedGrant('aks', { target: shop, description: 'AcrPull for aks' })],
    })
    const [placed] = placeTexts([job, other])
    const place = 'In rg-shop, subscription …abcd: '
    // The name of its entry is better, if it is the only one about the subscription.
    const entry = { name: 'Contoso prod', 'subscription-id': '00000000-0000-0000-0000-00000000abcd' }
    const [named] = placeTexts([{ ...job, entries: [entry] }, other])
    expect(messagesOf(named)).toEqual(['In rg-shop, subscription Contoso prod: aks is stopped.'])
    const rival = { ...other, entries: [{ ...entry, name: 'Contoso' }] }
    expect(messagesOf(placeTexts([{ ...job, entries: [entry] }, rival])[0])).toEqual([`${place}aks is stopped.`])
    expect(placed).toMatchObject({
      pairs: [{ error: { message: `${place}aks is refused.`, quote: { statement: `${place}aks is refused.` } } }],
      findings: [{ message: `${place}aks is stopped.` }],
      unknown: [{ message: `${place}aks could not be read.` }],
      plan: [{ description: `${place}AcrPull for aks` }],
    })
  })

  it('get the job if they are not about one cluster, but not if they are about a registry alone', () => {
    const findings = [
      finding(acr, 'aks pulls more.', 'LIMIT_NOT_IN_FORCE'),
      finding(acr, 'The admin user is enabled.', 'ADMIN_USER_ENABLED'),
    ]
    const job = jobOf('subscription 11111111-2222-3333-4444-5555555577f3', [shop], { findings, notes: ['a note'] })
    const [placed] = placeTexts([job, other])
    expect(messagesOf(placed)).toEqual(['subscription …77f3: aks pulls more.', 'The admin user is enabled.'])
    expect(placed?.notes).toEqual(['subscription …77f3: a note'])
  })

  it('stay as they are if several jobs have them, so that they still count once', () => {
    const shared = { findings: [finding('principal', 'A group is too broad.')] }
    const placed = placeTexts([jobOf('a', [shop], shared), jobOf('b', [eu], shared)])
    expect(placed.map(messagesOf)).toEqual([['A group is too broad.'], ['A group is too broad.']])
  })

  it('stay as they are if the job has distinguished its clusters itself, or no other has that name', () => {
    const findings = [finding(shop, 'aks (rg-shop) is stopped.')]
    const both = jobOf('all', [shop, eu], { findings })
    const alone = jobOf('rg-shop', [shop], { findings })
    expect(placeTexts([both, other]).map(messagesOf)[0]).toEqual(['aks (rg-shop) is stopped.'])
    expect(placeTexts([alone, jobOf('c', [sampleId('aks-2')])]).map(messagesOf)[0]).toEqual([
      'aks (rg-shop) is stopped.',
    ])
    expect(placeTexts([{ called: 'lost', where: '', entries: [] }, alone])[0]).toBeUndefined()
  })

  it('get it in the report of several clusters of which one has that name', () => {
    const findings = [finding(shop, 'aks is stopped.'), finding(sampleId('aks-2'), 'aks-2 is stopped.')]
    const plan = [
      reportedGrant('aks', { target: shop, description: 'AcrPull for aks' }),
      reportedGrant('aks-2', { description: 'AcrPull for aks-2' }),
      reportedGrant('', { operation: 'create-registry', target: null, description: 'create contosoacr' }),
    ]
    const [placed] = placeTexts([jobOf('rg-shop', [shop, sampleId('aks-2')], { findings, plan }), other])
    expect(messagesOf(placed)?.[0]).toBe('In rg-shop, subscription …abcd: aks is stopped.')
    expect(placed?.plan.map(({ description }) => description)).toEqual([
      'In rg-shop, subscription …abcd: AcrPull for aks',
      'AcrPull for aks-2',
      'create contosoacr',
    ])
  })

  it('stay as they are if two jobs have checked the same cluster, wherever they looked for others', () => {
    const findings = [finding(shop, 'aks is stopped.')]
    const jobs = [shop, shop.toUpperCase()].map((target, index) => ({
      ...jobOf('x', [target], { findings }),
      where: `rg-${index}`,
    }))
    expect(placeTexts(jobs).map(messagesOf)).toEqual([['aks is stopped.'], ['aks is stopped.']])
  })

  it('name the place of each of two clusters that were not found', () => {
    const jobs = ['rg-a', 'rg-b'].map(where => ({
      ...jobOf('x', ['aks'], { findings: [finding('aks', 'aks is lost.')] }),
      where,
    }))
    expect(placeTexts(jobs).map(messagesOf)).toEqual([['In rg-a: aks is lost.'], ['In rg-b: aks is lost.']])
  })

  it('name the place where a cluster was looked for that was not found', () => {
    const job = {
      ...jobOf('x', ['aks'], { findings: [finding('aks', 'aks is lost.')] }),
      where: 'rg-b, subscription …0001',
    }
    expect(messagesOf(placeTexts([job, other])[0])).toEqual(['In rg-b, subscription …0001: aks is lost.'])
  })
})
