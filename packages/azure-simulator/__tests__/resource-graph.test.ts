import { describe, expect, it } from 'vitest'
import { createContoso } from '../src/contoso.js'
import { parseQuery } from '../src/services/arm/kql.js'
import { arm, type Json } from '../src/client.js'
import { start, takeProblems } from './support/fixture.js'

const url = arm('/providers/Microsoft.ResourceGraph/resources', '2022-10-01')
const byLoginServer =
  "resources | where type =~ 'microsoft.containerregistry/registries' and (name =~ 'x' or tostring(properties.loginServer) =~ 'CONTOSOACR.azurecr.io') | project id,name,location,subscriptionId,resourceGroup,sku,properties"

async function setUp(contoso = createContoso()) {
  const fixture = await start({ contoso })
  const token = await fixture.client.signIn(contoso.deployer)
  const query = (text: string, rest: Record<string, unknown> = {}) =>
    fixture.client.send('POST', url, { token, body: { query: text, ...rest } })
  return { ...fixture, query }
}

describe('Resource Graph', () => {
  it('finds registries by login server in all subscriptions that the caller can see', async () => {
    const contoso = createContoso()
    const second = contoso.world.addSubscription()
    const hidden = contoso.world.addSubscription()
    second.addResourceGroup('rg').addRegistry('second', { loginServer: 'second-abc.azurecr.io' })
    hidden.addResourceGroup('rg').addRegistry('hidden')
    contoso.world.assignRole({ principalId: contoso.deployer.objectId, role: 'Reader', scope: second.id })
    const { query, registry } = await setUp(contoso)
    const found = await query(byLoginServer)
    expect(found.json).toMatchObject({ totalRecords: 1, count: 1, resultTruncated: 'false', facets: [] })
    expect(found.json.data).toMatchObject([
      {
        id: registry.id,
        resourceGroup: 'rg-shop',
        sku: { name: 'Standard' },
        properties: { loginServer: 'contosoacr.azurecr.io' },
      },
    ])
    const all = await query("Resources | where type =~ 'microsoft.containerregistry/registries' | project name")
    expect(all.json.data).toEqual([{ name: 'contosoacr' }, { name: 'second' }])
    const one = await query("resources | where name in~ ('SECOND', 'hidden') | project id, name", {
      subscriptions: [second.subscriptionId],
    })
    expect(one.json.data).toMatchObject([{ name: 'second' }])
    const none = await query('resources', { subscriptions: [hidden.subscriptionId] })
    expect([none.status, none.json.error?.code]).toEqual([403, 'AccessDenied'])
  })

  it('finds grants, with inherited ones if requested', async () => {
    const { query, world, registry, subscription, cluster, deployer } = await setUp()
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const principalId = cluster.kubeletIdentity.objectId
    world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    world.assignRole({
      principalId,
      role: 'Reader',
      scope: '/providers/Microsoft.Management/managementGroups/contoso-platform',
    })
    const text = `authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | where tostring(properties.principalId) in~ ('${principalId}') | project id, s = tostring(properties.scope)`
    expect((await query(text)).json.data).toMatchObject([{ s: registry.id }])
    const above = await query(text, { options: { authorizationScopeFilter: 'AtScopeAboveAndBelow' } })
    expect(above.json.count).toBe(2)
  })

  it('pages with $skipToken if the rows have an id', async () => {
    const { query, group } = await setUp()
    for (const name of ['aaaaa', 'bbbbb']) group.addRegistry(name)
    const text = "resources | where type =~ 'Microsoft.ContainerRegistry/registries' | project id, name"
    const first = await query(text, { options: { $top: 2 } })
    expect(first.json).toMatchObject({ totalRecords: 3, count: 2 })
    const rest = await query(text, { options: { $top: 2, $skipToken: first.json.$skipToken } })
    expect((rest.json.data as unknown as Json[]).length).toBe(1)
    expect(rest.json).not.toHaveProperty('$skipToken')
    const blind = await query(text.replace('id, ', ''), { options: { $top: 2 } })
    expect(blind.json.resultTruncated).toBe('true')
    expect(blind.json).not.toHaveProperty('$skipToken')
  })

  it('names the part of a query that it does not understand', async () => {
    const { query, simulator } = await setUp()
    const answer = await query('resources | summarize count() by type')
    expect(answer.status).toBe(400)
    expect(takeProblems(simulator)).toEqual([expect.stringContaining("unknown operator 'summarize'")])
  })
})

describe('queries', () => {
  const rows = [
    { name: 'Alpha', tags: { team: 'a' } },
    { name: 'beta', tags: null },
  ]
  it.each([
    ["t | where name =~ 'alpha'", ['Alpha']],
    ["t | where tostring(tags.team) in~ ('A', 'x')", ['Alpha']],
    ["t | where (name =~ 'beta' or tags.team =~ 'a') and name in~ ('beta')", ['beta']],
  ])('%s', (text, expected) => {
    expect(
      parseQuery(text)
        .run(rows)
        .map(row => row.name),
    ).toEqual(expected)
  })

  it.each([
    "t | where name == 'x'",
    't | where',
    "t | where (name =~ 'x'",
    't where x',
    "t | where toupper(name) =~ 'X'",
    "t | where name =~ 'x' % 2",
    't | order by name',
  ])('refuses %s', text => {
    expect(() => parseQuery(text)).toThrow()
  })
})
