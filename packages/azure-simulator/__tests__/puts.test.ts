import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { arm, type Json } from '../src/client.js'
import { start, type Fixture } from './support/fixture.js'

// A PUT replaces: what it leaves out is as in a resource that never had it. A fake that keeps it hides what a client forgets to send again.

interface Put {
  /** As the route names it, at its end. */
  route: string
  path: (fixture: Fixture) => string
  version?: string
  /** What each PUT has, and what only the first one has. */
  body: (fixture: Fixture) => Record<string, unknown>
  more: Record<string, unknown>
  /** Where it is read, if not there. */
  read?: Put['path']
  /** What stays nevertheless: Azure documents it neither way, and no step relies on it. */
  keeps?: readonly string[]
}

/** Each simulator has its own. */
const guids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

const guid = '11111111-aaaa-4aaa-8aaa-111111111111'
const acrPull = '/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d'
const ofGroup = (name: string) => (fixture: Fixture) => `${fixture.group.id}/providers/${name}`
const identity = 'Microsoft.ManagedIdentity/userAssignedIdentities/one'
const credential = { issuer: 'https://token.actions.githubusercontent.com', audiences: ['api://AzureADTokenExchange'] }
const value = "claims['sub'] matches 'repo:contoso/shop:*' and claims['repository_owner_id'] eq '9919'"
const expression = { value, languageVersion: 1 }
const located = () => ({ location: 'westeurope' })

const puts: readonly Put[] = [
  {
    route: '/roleAssignments/:name',
    path: ({ registry }) => `${registry.id}/providers/Microsoft.Authorization/roleAssignments/${guid}`,
    body: ({ cluster }) => ({
      properties: {
        ...{ roleDefinitionId: acrPull, principalType: 'ServicePrincipal' },
        principalId: cluster.kubeletIdentity.objectId,
      },
    }),
    more: {
      properties: {
        ...{ description: 'Ticket 4711', condition: '@Resource[x:y] StringEquals 1', conditionVersion: '2.0' },
        delegatedManagedIdentityResourceId: '/subscriptions/s/x',
      },
    },
    keeps: ['condition', 'conditionVersion'],
  },
  {
    route: '/roleDefinitions/:name',
    path: ({ group }) => `${group.id}/providers/Microsoft.Authorization/roleDefinitions/${guid}`,
    body: ({ group }) => ({ properties: { roleName: 'One', assignableScopes: [group.id] } }),
    more: { properties: { description: 'Ticket 4711', permissions: [{ actions: ['*/read'] }] } },
  },
  {
    route: '`/subscriptions/:subscription/resourceGroups/:group/providers/${type}/:name`',
    path: ofGroup(identity),
    version: '2023-01-31',
    body: located,
    more: { tags: { ticket: '4711' } },
  },
  {
    route: '`${credentialsPath}/:credential`',
    path: ofGroup(`${identity}/federatedIdentityCredentials/one`),
    version: '2025-01-31-preview',
    body: () => ({ properties: { ...credential, subject: 'repo:contoso/shop:ref:refs/heads/main' } }),
    more: { properties: { claimsMatchingExpression: expression, subject: undefined } },
    read: ofGroup(`${identity}/federatedIdentityCredentials`),
  },
  {
    route: 'path (resource-groups.ts)',
    path: ({ subscription }) => `${subscription.id}/resourceGroups/rg-one`,
    version: '2021-04-01',
    body: located,
    more: { tags: { ticket: '4711' } },
  },
]

/** Routes that create only, or of which nothing can be read; and registries and clusters, which no step writes once they are there. */
const others = [
  'locks',
  'policyDefinitions',
  'policyAssignments',
  'agentPools',
  'path (cluster-update.ts)',
  'path (registries.ts)',
]

const join = (body: Record<string, unknown>, more: Record<string, unknown>): Record<string, unknown> => {
  const nested = { ...(body.properties as object), ...(more.properties as object) }
  return { ...body, ...more, ...('properties' in body && { properties: nested }) }
}

/** An answer without what each write changes. */
function settled({ properties, ...rest }: Json, keeps: readonly string[] = []): unknown {
  const left = ['createdOn', 'updatedOn', 'createdBy', 'updatedBy', ...keeps]
  const kept = Object.entries(properties ?? {}).filter(([name]) => !left.includes(name))
  return { ...rest, properties: Object.fromEntries(kept) }
}

it.each(puts)(
  'a PUT of $route keeps nothing that it leaves out',
  async ({ path, read, version, body, more, keeps }) => {
    const states = await Promise.all(
      [[], [more]].map(async before => {
        const fixture = await start()
        const { world, deployer, subscription, client, group } = fixture
        world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
        group.addUserAssignedIdentity('one')
        const token = await client.signIn(deployer)
        const url = arm(path(fixture), version)
        const send = (sent: unknown) => client.send('PUT', url, { token, body: sent })
        for (const each of before) expect((await send(join(body(fixture), each))).status).toBeLessThan(300)
        await send(body(fixture))
        return (await client.get(arm((read ?? path)(fixture), version), token)).json
      }),
    )
    const [plain, replaced] = states.map(each => JSON.stringify(settled(each, keeps)).replaceAll(guids, ''))
    expect(replaced).toBe(plain)
  },
)

it('every PUT of Azure Resource Manager is among these', () => {
  const folder = `${import.meta.dirname}/../src/services/arm`
  const routes = readdirSync(folder).flatMap(file => {
    const text = readFileSync(`${folder}/${file}`, 'utf8')
    return [...text.matchAll(/\bapp\.put\(([^,]+),/g)].map(([, route = '']) =>
      route === 'path' ? `path (${file})` : route,
    )
  })
  const known = [...puts.map(({ route }) => route), ...others]
  expect(routes.filter(route => !known.some(each => route.includes(each)))).toEqual([])
})
