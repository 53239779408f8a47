import { expect, it } from 'vitest'
import { readDrift } from '../src/read-drift.js'
import { readReport } from '../src/read-report.js'

const group = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers'
const cluster = (name: string): string => `${group}/Microsoft.ContainerService/managedClusters/${name}`

/** A report with the fields that every version has, as another tool may write it. */
const short = {
  ...{ schemaVersion: 1, mode: 'check', attached: false, changed: false, drift: true, verified: 'none' },
  pairs: ['missing', 'attached', 'unknown'].map(status => ({
    target: cluster(`aks-${status}`),
    targetKind: 'cluster',
    principalId: '00000000-0000-4000-8000-000000000002',
    registry: `${group}/Microsoft.ContainerRegistry/registries/contosoacr`,
    loginServer: 'contosoacr.azurecr.io',
    status,
    ...{ grantedBy: null, role: 'AcrPull', scope: null, roleAssignmentId: null, changed: false, verified: 'none' },
    ...{ propagationSeconds: null, pulls: [] },
    error:
      status === 'unknown'
        ? { code: 'AUTHORIZATION_FAILED', message: 'No right.', fix: { text: 'Ask.', commands: [] } }
        : null,
  })),
  images: [
    {
      ...{ source: 'docker.io/library/nginx:1.27', image: 'contosoacr.azurecr.io/team/nginx:1.27' },
      ...{ digest: null, status: 'missing' },
    },
  ],
  plan: [{ operation: 'create-role-assignment', target: cluster('aks-missing'), reason: 'no pull role' }],
  findings: [
    {
      ...{ code: 'EXCESS_ROLE', severity: 'warning', subject: cluster('aks-missing'), message: 'Too much.' },
      fix: { text: 'Delete it.', commands: [] },
    },
  ],
  unknown: [{ subject: 'x', message: 'y' }],
  ...{ requests: 7, durationSeconds: 2.1 },
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
