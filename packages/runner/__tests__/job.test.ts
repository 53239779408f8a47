import { beforeEach, describe, expect, it, vi } from 'vitest'
import { hashJob, readFleetEntry } from '../src/job.js'

const environment = {
  GITHUB_WORKFLOW_REF: 'contoso/shop/.github/workflows/nightly.yml@refs/heads/main',
  GITHUB_JOB: 'check',
  GITHUB_REPOSITORY: 'contoso/shop',
  GITHUB_ACTION: 'acr',
  GITHUB_RUN_ID: '1658821493',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_SHA: 'f1bd120d9c',
  INPUT_REGISTRY: 'contosoacr',
  INPUT_CLUSTER: 'aks-1',
  INPUT_VERIFY: 'pull',
  'INPUT_GITHUB-TOKEN': 'ghs_1',
  'INPUT_SOURCE-PASSWORD': 'secret',
  'INPUT_FLEET-ENTRY': '{"stage":"prod"}',
  'INPUT_PROBE-IMAGE': 'probe:1658821493',
}

const hashWith = (more: Record<string, string> = {}): string => {
  for (const [name, value] of Object.entries({ ...environment, ...more })) vi.stubEnv(name, value)
  return hashJob()
}

describe('the job of a report', () => {
  let first = ''
  beforeEach(() => {
    first = hashWith()
  })

  it.each<[string, Record<string, string>]>([
    ['another attempt', { GITHUB_RUN_ATTEMPT: '2' }],
    [
      'another run, whose ID and commit are parts of its inputs',
      { GITHUB_RUN_ID: '1658821500', 'INPUT_PROBE-IMAGE': 'probe:1658821500', GITHUB_SHA: 'aaaaaaaaaa' },
    ],
    ['another token and password', { 'INPUT_GITHUB-TOKEN': 'ghs_2', 'INPUT_SOURCE-PASSWORD': 'other' }],
    ['another spelling of a registry', { INPUT_REGISTRY: 'ContosoAcr.azurecr.io' }],
    ['the ID of a registry', { INPUT_REGISTRY: '/subscriptions/a/resourceGroups/rg.eu/providers/b/c/contosoacr' }],
    ['another branch', { GITHUB_WORKFLOW_REF: 'contoso/shop/.github/workflows/nightly.yml@refs/heads/fix' }],
    ['an input that is empty', { INPUT_GROUP: '' }],
  ])('is the same with %s', (_, more) => {
    expect(hashWith(more)).toBe(first)
    expect(first).toMatch(/^[\da-f]{16}$/)
  })

  it.each<[string, Record<string, string>]>([
    ['a leg with other clusters', { INPUT_CLUSTER: 'aks-2' }],
    ['a leg with another entry', { 'INPUT_FLEET-ENTRY': '{"stage":"test"}' }],
    ['a leg with another level', { INPUT_VERIFY: 'assignment' }],
    ['a leg with other namespaces', { INPUT_WORKLOADS: 'team-a' }],
    ['another subscription', { AZURE_SUBSCRIPTION_ID: 'b' }],
    ['another job', { GITHUB_JOB: 'test' }],
    ['another step', { GITHUB_ACTION: 'acr-2' }],
    ['another workflow file', { GITHUB_WORKFLOW_REF: 'contoso/shop/.github/workflows/weekly.yml@refs/heads/main' }],
  ])('is another one with %s', (_, more) => {
    expect(hashWith(more)).not.toBe(first)
  })

  it.each([
    ['{"stage":"prod"}', { stage: 'prod' }],
    ['null', null],
    ['', null],
    ['["prod"]', null],
    ['{', null],
  ])('keeps the entry %j as %j', (text, entry) => {
    vi.stubEnv('INPUT_FLEET-ENTRY', text)
    expect(readFleetEntry()).toEqual(entry)
  })
})
