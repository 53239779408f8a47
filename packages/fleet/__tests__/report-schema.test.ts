import { describe, expect, it } from 'vitest'
import type { Report } from 'report-document'
import { readDrift } from '../src/read-drift.js'
import { complete, findFault, readReport } from '../src/read-report.js'
import { fine, reportOf as reportIn } from '../../../__tests__/support/merging.js'

const text = JSON.stringify(reportIn([fine('aks-x')]))
const reportOf = (name: string): string => text.replaceAll('aks-x', name)

describe('a report of another version', () => {
  const whole = JSON.parse(reportOf('aks-1')) as Report & Record<string, unknown>
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name)))

  it('is completed with null and empty lists, at every depth', () => {
    const [pair] = whole.pairs
    const bare = Object.fromEntries(
      Object.entries(pair ?? {}).filter(([name]) => !['limitedTo', 'lacks', 'error'].includes(name)),
    )
    const completed = complete({ ...without('error', 'omitted', 'notes', 'jobs'), pairs: [bare] })
    expect(completed).toEqual({ ...whole, pairs: [{ ...pair, limitedTo: null, lacks: [], error: null }] })
    expect(findFault(completed)).toBeUndefined()
  })

  it('may say in words alone what a pair lacks', () => {
    const [pair] = whole.pairs
    const message = 'AcrPull is missing'
    const completed = complete({ ...whole, pairs: [{ ...pair, lacks: [message] }] })
    expect(completed).toMatchObject({ pairs: [{ lacks: [{ kind: 'role', role: null, group: null, message }] }] })
    expect(findFault(completed)).toBeUndefined()
  })

  it('is completed in errors and other nullable parts', () => {
    const error = { code: 'DRIFT', message: 'x', fix: { text: '', commands: [] } }
    expect(complete({ ...whole, error })).toMatchObject({
      error: { ...error, reason: null, cause: null, quote: null, azure: null },
    })
    expect(complete({ ...whole, jobs: [{ name: 'a' }] })).toMatchObject({ jobs: [{ name: 'a', error: null }] })
  })

  it('is completed by the alternative that is not null, in any position', () => {
    const part = { type: 'object', required: ['b'], properties: { b: { type: ['string', 'null'] } } }
    for (const anyOf of [
      [part, { type: 'null' }],
      [{ type: 'null' }, part],
    ])
      expect([complete({ a: 1 }, { anyOf }), complete(null, { anyOf })]).toEqual([{ a: 1, b: null }, null])
  })

  it("keeps its values, and values that can't be guessed stay missing", () => {
    expect(complete(whole)).toEqual(whole)
    expect(complete(without('attached'))).not.toHaveProperty('attached')
    expect([complete(null), complete('text'), complete([1])]).toEqual([null, 'text', [1]])
  })

  it('keeps what the schema does not know as it is, however deep', () => {
    const deep = JSON.parse(`${'{"x":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as unknown
    expect(findFault(complete({ ...whole, deep }))).toBe('/deep is unknown')
  })

  it.each(['1e999', '9007199254740992'])('has no number like %s, which would be written as another one', number => {
    for (const name of ['requests', 'durationSeconds', 'propagationSeconds']) {
      const text = reportOf('aks-1').replace(new RegExp(`("${name}":)[^,}]+`), `$1${number}`)
      const place = name === 'propagationSeconds' ? `/pairs/0/${name}` : `/${name}`
      expect(findFault(JSON.parse(text))).toBe(`${place}: the number is too large`)
    }
  })

  it.each([
    [without('attached'), 'the whole: '],
    [{ ...whole, attached: 'yes' }, '/attached: '],
    [{ ...whole, pairs: [{ ...whole.pairs[0], verified: 'x' }] }, '/pairs/0/verified: '],
    [{ ...whole, more: 1 }, '/more is unknown'],
    ['text', 'the whole: '],
  ])('is reported by its place: %#', (value, fault) => {
    expect(findFault(value)).toContain(fault)
  })
})

const group = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers'
const cluster = (name: string): string => `${group}/Microsoft.ContainerService/managedClusters/${name}`

/** A report with the fields that every version has, as another tool may write it. */
const short = {
  schemaVersion: 1,
  mode: 'check',
  attached: false,
  changed: false,
  drift: true,
  verified: 'none',
  pairs: ['missing', 'attached', 'unknown'].map(status => ({
    target: cluster(`aks-${status}`),
    targetKind: 'cluster',
    principalId: '00000000-0000-4000-8000-000000000002',
    registry: `${group}/Microsoft.ContainerRegistry/registries/contosoacr`,
    loginServer: 'contosoacr.azurecr.io',
    status,
    grantedBy: null,
    role: 'AcrPull',
    scope: null,
    roleAssignmentId: null,
    changed: false,
    verified: 'none',
    propagationSeconds: null,
    pulls: [],
    error:
      status === 'unknown'
        ? { code: 'AUTHORIZATION_FAILED', message: 'No right.', fix: { text: 'Ask.', commands: [] } }
        : null,
  })),
  images: [
    {
      source: 'docker.io/library/nginx:1.27',
      image: 'contosoacr.azurecr.io/team/nginx:1.27',
      digest: null,
      status: 'missing',
    },
  ],
  plan: [{ operation: 'create-role-assignment', target: cluster('aks-missing'), reason: 'no pull role' }],
  findings: [
    {
      code: 'EXCESS_ROLE',
      severity: 'warning',
      subject: cluster('aks-missing'),
      message: 'Too much.',
      fix: { text: 'Delete it.', commands: [] },
    },
  ],
  unknown: [{ subject: 'x', message: 'y' }],
  requests: 7,
  durationSeconds: 2.1,
}

it('a report with only the fields that every version has is merged', () => {
  const text = JSON.stringify(short)
  const { report, problem } = readReport('report.json', { text, size: text.length })
  expect(problem).toBeUndefined()
  if (!report) throw new Error('there is none')
  expect(report.ready).toBe(false)
  const { items, unknown, fine } = readDrift(report, 'job')
  expect(items.map(({ name, message }) => [name, message])).toEqual([
    ['aks-missing', 'the pull role is missing'],
    ['team/nginx:1.27', ''],
  ])
  expect(unknown.map(({ name, code }) => [name, code])).toEqual([['aks-unknown', 'AUTHORIZATION_FAILED']])
  expect(fine.map(({ name, unproven }) => [name, unproven])).toEqual([['aks-attached', ['identity', 'pull']]])
  expect(report.pairs[0]?.asked).toEqual({ target: short.pairs[0]?.target, registry: short.pairs[0]?.registry })
  expect(report.plan[0]?.description).toBe('no pull role')
})

it('fields that another tool gave another type are not replaced', () => {
  const text = JSON.stringify({ ...short, images: [{ ...short.images[0], image: 7 }] })
  expect(readReport('report.json', { text, size: text.length }).problem).toContain('/images/0')
})
