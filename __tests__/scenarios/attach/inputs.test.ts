import { describe, expect } from 'vitest'
import { headlineOf, problemsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it } from '../../support/scenario.js'

describe('bad input', () => {
  it('is reported all together, before any request', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({
      'client-id': 'gh-deployer',
      'tenant-id': '',
      environment: 'AzureGermanCloud',
      mode: 'Attach',
      cluster: '-wrong-\n/subscriptions/x',
      registry: 'a_b\nhttps://contosoacr.azurecr.io/app\ncontosoacr.azurecr.cn',
      verify: 'maybe',
      timeout: '15',
      concurrency: '0',
      'fail-on-drift': 'yes',
    })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    for (const [input, found] of [
      ['client-id', '"gh-deployer"'],
      ['environment', '"AzureGermanCloud"'],
      ['mode', '"Attach"'],
      ['cluster', '"-wrong-"'],
      ['cluster', '"/subscriptions/x"'],
      ['registry', '"a_b"'],
      ['registry', '"https://contosoacr.azurecr.io/app"'],
      ['registry', '"contosoacr.azurecr.cn"'],
      ['verify', '"maybe"'],
      ['timeout', '"15"'],
      ['concurrency', '"0"'],
      ['fail-on-drift', '"yes"'],
    ] as const)
      expect(problemsOf(end, input), end.log).toContainEqual(expect.stringContaining(found))
    expect(end.annotations).toHaveLength(1)
  })

  it('includes names that are no inputs, which the runner only warns about', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ registries: 'contosoacr', registry: '', timeout: 'soon' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    expect(headlineOf(end)).toMatch(/registries .*registry .*timeout /)
  })

  it('like a missing identity names the variables too', async ({ begin }) => {
    const { attach } = await begin()
    const environment = { AZURE_CLIENT_ID: '', AZURE_TENANT_ID: '', AZURE_SUBSCRIPTION_ID: 'not-a-guid' }
    const end = await attach({}, { environment })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'client-id')).toEqual([expect.stringContaining('AZURE_CLIENT_ID')])
    expect(problemsOf(end, 'tenant-id')).toEqual([expect.stringContaining('AZURE_TENANT_ID')])
    expect(problemsOf(end, 'subscription-id')).toEqual([expect.stringMatching(/"not-a-guid".*AZURE_SUBSCRIPTION_ID/)])
  })
})

describe('good input', () => {
  it('can be quoted, commented and spread over lines', async ({ begin }) => {
    const { attach, cluster } = await begin()
    const end = await attach({
      cluster: `\n  # production\n  "aks-prod-1"  \r\n '${cluster.id}'\n`,
      registry: ' "contosoacr" ',
      environment: 'azurecloud',
      timeout: ' 1h30m ',
    })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toHaveLength(1)
  })

  it('can come as inputs instead of variables', async ({ begin }) => {
    const { attach, variables } = await begin()
    const { AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID } = variables
    const end = await attach(
      {
        'client-id': AZURE_CLIENT_ID.toUpperCase(),
        'tenant-id': AZURE_TENANT_ID,
        'subscription-id': AZURE_SUBSCRIPTION_ID,
      },
      { environment: { AZURE_CLIENT_ID: '', AZURE_TENANT_ID: '', AZURE_SUBSCRIPTION_ID: '' } },
    )
    expectAttached(end, { changed: true })
  })
})
