import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect } from 'vitest'
import { builtInRoles, delegationCondition } from 'azure'
import { it, type Machine } from '../support/conformance.js'
import { pasteInto, runSetUp, variablesOf } from '../support/pasting.js'
import { letProbe } from '../support/pull-scenario.js'
import { expectAttached, expectFailure } from '../support/scenario.js'

const root = resolve(import.meta.dirname, '../..')
const readText = (path: string): Promise<string> => readFile(join(root, path), 'utf8')

/** The blocks of shell commands under a heading of a document. */
async function blocksOf(path: string, heading: string): Promise<string> {
  const text = await readText(path)
  const section = text.split(`\n${heading}\n`)[1]?.split(/\n#{1,4} /)[0] ?? ''
  const blocks = [...section.matchAll(/^```sh\n([\s\S]+?)^```$/gm)].map(([, block = '']) => block)
  expect(blocks, `${path} ${heading}`).not.toEqual([])
  return blocks.join('\n')
}

/** The commands of docs/moving.md that move a registry to ABAC. */
async function moveToAbac(): Promise<string> {
  const sections = ['### Everyone else', '### Switch a registry'].map(heading => blocksOf('docs/moving.md', heading))
  return (await Promise.all(sections)).join('\n')
}

/** Runs commands like a person who has pasted them, and stops at the first that fails. @returns their output */
async function paste(machine: Machine, commands: string): Promise<string> {
  const end = await pasteInto(machine, `(\nset -euo pipefail\n${commands}\n)`)
  expect(end, end.stderr).toMatchObject({ exitCode: 0 })
  return end.stdout
}

/** Runs the script for an identity that only attaches, and has what more an option says. */
async function attachOnly(machine: Machine, more = ''): Promise<void> {
  const options = `--clusters aks-prod-1 --registries contosoacr --no-verify ${more} --yes`
  expect(await runSetUp(machine, `--repo contoso/shop ${options}`)).toMatchObject({ exitCode: 0 })
}

const beginning = { clients: ['az', 'bash'], azAs: 'owner', role: 'none' } as const

describe('the commands to paste from the documents, run by bash and az', () => {
  it('set up an identity that can check, and do nothing else', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, cluster, grants, registry, subscription, world } = machine
    const [, options = ''] = /^bash set-up\.sh (.*--check.*)$/m.exec(await readText('docs/set-up.md')) ?? []
    const { exitCode, stderr } = await runSetUp(machine, `${options} --yes`)
    expect(exitCode, stderr).toBe(0)
    const { AZURE_CHECK_CLIENT_ID = '', ...rest } = await variablesOf(machine)
    const { AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID } = machine.variables
    expect(rest).toEqual({ AZURE_TENANT_ID, AZURE_SUBSCRIPTION_ID })

    const inputs = { 'client-id': AZURE_CHECK_CLIENT_ID }
    const check = { ...inputs, mode: 'check', cluster: '*', 'resource-group': '' }
    const missing = await attach(check)
    expect(missing.outputs).toMatchObject({ attached: 'false', drift: 'true', 'error-code': 'DRIFT' })
    expect(missing.report.unknown).toEqual([])
    expectFailure(await attach(inputs), 'AUTHORIZATION_FAILED')
    expect(grants()).toEqual([])
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expect((await attach(check)).outputs).toMatchObject({ attached: 'true', drift: 'false' })
    const { objectId } = world.directory.findClient(AZURE_CHECK_CLIENT_ID) ?? {}
    const held = world.roleAssignments.filter(({ principalId }) => principalId === objectId)
    expect(held.map(({ scope }) => scope)).toEqual([subscription.id])
  })

  it('let every environment of a repository sign in, and none of another one', async ({ begin }) => {
    const machine = await begin({ ...beginning, runner: { environment: 'production' } })
    const { attach, simulator } = machine
    expect(simulator.subject).toBe('repo:contoso/shop:environment:production')
    await attachOnly(machine)
    const inputs = { 'client-id': (await variablesOf(machine)).AZURE_CLIENT_ID ?? '' }
    expect((await attach(inputs)).outputs['error-code']).toBe('FEDERATED_CREDENTIAL_MISMATCH')
    const [flexible = ''] =
      /^CLIENT_ID=[^]*/m.exec(await blocksOf('docs/permissions.md', '## Subject of the federated credential')) ?? []
    const another = flexible.replace('repo:contoso/shop:', 'repo:contoso/shop2:').replace('github-env', 'another-env')
    await paste(machine, another)
    expect((await attach(inputs)).outputs['error-code']).toBe('FEDERATED_CREDENTIAL_MISMATCH')
    await paste(machine, flexible)
    expectAttached(await attach(inputs), { changed: true })
  })

  it('assign the roles of docs/permissions.md', async ({ begin }) => {
    const machine = await begin(beginning)
    const { world, registry, cluster, subscription } = machine
    // What follows has the roles for probing, too: a role can't be defined twice.
    await attachOnly(machine)
    const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
    const administrator = world.roleAssignments.find(({ condition }) => condition)
    if (administrator) world.assignments.remove(administrator)
    const headings = [
      '### The condition on role assignments',
      '### A smaller role to read',
      '### With `create-registry`',
      '### With `images`',
      '### With `verify: pull`',
    ]
    const variables = await blocksOf('docs/permissions.md', '## The signed-in identity')
    for (const heading of headings) {
      const blocks = (await blocksOf('docs/permissions.md', heading)).split('kubectl create')[0] ?? ''
      await paste(machine, `${variables}\n${blocks}`)
    }
    const { id } = await machine.az<{ id: string }>(`ad sp show --id ${AZURE_CLIENT_ID}`)
    const given = world.roleAssignments.filter(({ principalId }) => principalId === id)
    expect(given.map(({ scope }) => scope).sort()).toEqual(
      [
        ...[cluster.id, cluster.id, cluster.id, `${cluster.id}/namespaces/default`],
        ...[registry.id, registry.id, registry.id, registry.id.split('/providers/')[0], subscription.id],
      ].sort(),
    )
    const principalIds = [cluster.kubeletIdentity.objectId]
    const conditions = given.flatMap(({ condition }) => condition?.replaceAll(/\s+/g, ' ') ?? [])
    expect(conditions).toEqual([delegationCondition({ principalIds }).replaceAll(/\s+/g, ' ')])
    expectAttached(await machine.attach({ 'client-id': AZURE_CLIENT_ID }), { changed: true })
  })

  it('move a registry from RBAC to ABAC without interrupting pulls', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, cluster, group, registry, world } = machine
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const second = group.addCluster('aks-prod-2')
    const pullers = world.addGroup('pullers', { members: [second.kubeletIdentity.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: group.id })
    const printed = await paste(machine, await moveToAbac())
    for (const { objectId } of [cluster.kubeletIdentity, pullers]) expect(printed).toContain(objectId)
    const end = await attach({ mode: 'check', cluster: 'aks-prod-1\naks-prod-2' })
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'false' })
    expect(end.report.findings.map(({ code }) => code)).toContain('ROLE_IGNORED_BY_ABAC')
  })

  it('grant the Microsoft Graph permission and the ownership of docs/permissions.md', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, world, group, registry, cluster } = machine
    await attachOnly(machine, '--any-cluster')
    const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
    const { objectId = '' } = world.directory.findClient(AZURE_CLIENT_ID) ?? {}
    const inputs = { 'client-id': AZURE_CLIENT_ID }
    const variables = await blocksOf('docs/permissions.md', '## The signed-in identity')

    const old = group.addCluster('aks-old', { identity: 'ServicePrincipal' })
    world.assignRole({ principalId: objectId, role: 'Reader', scope: old.id })
    expectFailure(await attach({ ...inputs, cluster: 'aks-old' }), 'AUTHORIZATION_FAILED')
    const permission = await blocksOf('docs/permissions.md', '## Permissions in Microsoft Graph')
    await paste(machine, `${variables}\n${permission}`)
    expectAttached(await attach({ ...inputs, cluster: 'aks-old' }), { changed: true })

    const pullers = world.addGroup('acr-pullers')
    const asGroup = { ...inputs, group: pullers.objectId }
    expect((await attach(asGroup)).log).toContain('✗ GROUP_ACCESS_DENIED')
    const [owner = '', role = ''] = (await blocksOf('docs/permissions.md', '### With `group`')).split(
      /\n(?=az role assignment create )/,
    )
    await paste(machine, `${variables}\n${owner}`)
    expect(pullers.owners).toEqual([objectId])
    // The condition of the set-up is for service principals.
    const withoutRole = await attach(asGroup)
    expectFailure(withoutRole, 'AUTHORIZATION_FAILED')
    expect(withoutRole.log).not.toContain('GROUP_ACCESS_DENIED')
    await paste(machine, `${variables}\nPULLERS=${pullers.objectId}\n${role}`)
    expectAttached(await attach(asGroup), { changed: false })
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
    expect(world.roleAssignments).toContainEqual(
      expect.objectContaining({ principalId: pullers.objectId, scope: registry.id }),
    )
  })

  it('let an identity probe a cluster without Azure RBAC, with the ClusterRole, the Role and the bindings of docs/permissions.md', async ({
    begin,
  }) => {
    const machine = await begin({ ...beginning, clients: ['az', 'bash', 'kubectl'] })
    const { attach, az, deployer, group, kubectl } = machine
    letProbe(machine, { aad: true })
    const probe = () => attach({ cluster: 'aks-pull', verify: 'pull', 'probe-image': 'team/app:v1' })
    expectFailure(await probe(), 'AUTHORIZATION_FAILED')
    await az(`aks get-credentials --admin --resource-group ${group.name} --name aks-pull`)
    const roles = (await readText('docs/permissions.md')).matchAll(/^```yaml\n(apiVersion: rbac[^]+?)^```$/gm)
    for (const [, role = ''] of roles) await kubectl('apply --filename -', { input: role })
    const bindings = (await blocksOf('docs/permissions.md', '### With `verify: pull`')).match(/^kubectl create .*$/gm)
    await paste(machine, [`OBJECT_ID=${deployer.objectId}`, ...(bindings ?? [])].join('\n'))
    const end = await probe()
    expectAttached(end, { changed: false })
    expect(end.outputs.verified).toBe('pull')
  })

  it('delete the assignment that az has created, as described in docs/moving.md', async ({ begin }) => {
    const machine = await begin(beginning)
    const { world, registry, cluster, grants } = machine
    const { objectId: principalId } = cluster.kubeletIdentity
    world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId, role: 'AcrPush', scope: registry.id })
    await paste(machine, await blocksOf('docs/moving.md', '## Bicep'))
    expect(grants()).toEqual([[builtInRoles.acrPush.id, registry.id]])
  })

  it('take pull secrets out of a workload and a service account, as described in docs/moving.md', async ({ begin }) => {
    const machine = await begin({ ...beginning, clients: ['az', 'bash', 'kubectl'] })
    const { az, group, kubectl, cluster, registry, world } = machine
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    registry.images.push('shop/web', '1')
    await az(`aks get-credentials --admin --resource-group ${group.name} --name ${cluster.name}`)
    await kubectl('create namespace shop')
    await kubectl('apply --filename -', {
      input: `apiVersion: v1
kind: ServiceAccount
metadata: { name: default, namespace: shop }
imagePullSecrets: [{ name: acr }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: 'contosoacr.azurecr.io/shop/web:1' }], imagePullSecrets: [{ name: acr }] }
`,
    })
    const text = (await readText('docs/moving.md')).split('\n## From pull secrets\n')[1]?.split('\n## ')[0] ?? ''
    const blocks = [...text.matchAll(/^ {3}```sh\n([^]+?)^ {3}```$/gm)].map(([, block = '']) => block)
    expect(blocks).toHaveLength(2)
    const printed = await paste(machine, blocks.join('\n'))
    expect(printed).toMatch(/^shop +web\S* +<none>$/m)
    expect(printed).not.toMatch(/^shop .* acr$/m)
    expect(await kubectl('get serviceaccount default --namespace shop --output json')).not.toContain('"acr"')
  })

  it('delete what the identity of a deleted cluster has left, and nothing of others, as described in docs/detach.md', async ({
    begin,
  }) => {
    const machine = await begin(beginning)
    const { world, group, registry, cluster } = machine
    const gone = '11111111-1111-4111-8111-111111111111'
    const pullers = world.addGroup('pullers', { members: [] })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    for (const [role, scope] of [
      ['AcrPush', registry.id],
      ['AcrPull', group.id],
      ['AcrPull', registry.id],
      ['Container Registry Repository Reader', registry.id],
    ] as const)
      world.assignRole({ principalId: gone, role, scope, principalType: 'ServicePrincipal' })
    const before = [...world.roleAssignments]
    const left = before.slice(-2)
    const printed = await paste(machine, await blocksOf('docs/detach.md', '## The cluster is already gone'))
    for (const { id } of left) expect(printed).toContain(id)
    expect(printed.match(/\t\/subscriptions\//g)).toHaveLength(2)
    expect(world.roleAssignments).toEqual(before.slice(0, -2))
  })

  // A person's shell continues after a command that fails. To az, an empty assignee is everybody, and an empty scope the whole subscription.
  const wrong: [what: string, read: () => Promise<string>, name: string, typo: string][] = [
    ['Bicep', () => blocksOf('docs/moving.md', '## Bicep'), 'aks-prod-1', 'aks-prd-1'],
    ['Bicep', () => blocksOf('docs/moving.md', '## Bicep'), 'contosoacr', 'contosoarc'],
    ['ABAC', moveToAbac, 'contosoacr', 'contosoarc'],
    [
      'docs/permissions.md, the condition',
      async () => {
        const variables = await blocksOf('docs/permissions.md', '## The signed-in identity')
        return `${variables}\n${await blocksOf('docs/permissions.md', '### The condition on role assignments')}`
      },
      'gh-attach-acr',
      'gh-atach-acr',
    ],
  ]
  it.for(wrong)('give nothing to others and take nothing from them if a name is wrong: %s', async (row, { begin }) => {
    const [, read, name, typo] = row
    const machine = await begin(beginning)
    const { world, registry, group } = machine
    const { objectId: principalId } = group.addCluster('aks-prod-2').kubeletIdentity
    for (const role of ['AcrPull', 'Role Based Access Control Administrator'])
      world.assignRole({ principalId, role, scope: registry.id })
    const rolesOf = (): string[] => world.roleAssignments.map(each => JSON.stringify(each))
    const before = rolesOf()
    const { stderr } = await pasteInto(machine, (await read()).replaceAll(name, typo))
    expect(rolesOf()).toEqual(before)
    expect(stderr).toContain('parameter null or not set')
  })
})
