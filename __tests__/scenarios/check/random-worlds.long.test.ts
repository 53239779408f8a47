import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { disarm, letDeploy } from '../../support/estate.js'
import { it, type Scenario } from '../../support/scenario.js'

// Every step of a scenario fails if it takes access from somebody (support/nobody-else.ts). Here it runs in worlds made at random, always the same ones: SEED
// and WORLDS make others.

const pullRoles = ['AcrPull', 'AcrPush', 'Reader', 'Contributor', 'Owner'] as const
const repositoryRoles = ['Container Registry Repository Reader', 'Container Registry Repository Writer'] as const

/** Who can hold a role: cluster `own` pulls with its own identity, and `blue` and `green` share one. */
const holders = [
  'own',
  'own control plane',
  'own client ID',
  'shared',
  'foreign',
  'boot',
  'inner',
  'outer',
  'person',
  'deleted',
  'ForeignGroup',
] as const
const scopes = ['contosoacr', 'abacacr', 'otheracr', 'group', 'subscription'] as const
const clusters = ['aks-prod-1', 'blue', 'green', 'control', 'booting', 'foreign'] as const
const registries = ['contosoacr', 'abacacr'] as const

/** One of these, the first ones more often. */
const mostly = <T, U>(often: readonly T[], seldom: readonly U[]): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...often) }, { weight: 1, arbitrary: fc.constantFrom(...seldom) })

const grant = fc.record({
  holder: mostly(['own', 'own', 'shared', 'own control plane', 'deleted', 'own client ID'], holders),
  role: fc.constantFrom(...pullRoles, ...repositoryRoles),
  scope: mostly(registries, scopes),
  limit: fc.option(fc.constantFrom(['team/app'], ['team/*'], ['shop/*', 'team/app']), { freq: 3 }),
})

const world = fc.record({
  grants: fc.uniqueArray(grant, {
    minLength: 1,
    maxLength: 7,
    selector: ({ holder, role, scope }) => [holder, role, scope].join(),
  }),
  members: fc.subarray(['own', 'shared', 'foreign', 'boot'] as const),
  isOtherAbac: fc.boolean(),
  /** Whether the cluster `control` pulls with the control plane identity of `aks-prod-1`. */
  isControlShared: fc.boolean(),
  bootsFrom: fc.constantFrom('contosoacr', 'otheracr'),
  rights: mostly(['all'], ['no Graph', 'no writing', 'no reading above']),
  cluster: fc.oneof(
    { weight: 2, arbitrary: fc.constant<(typeof clusters)[number][]>(['aks-prod-1']) },
    { weight: 1, arbitrary: fc.subarray([...clusters], { minLength: 1 }) },
  ),
  inputs: mostly(
    [{ registry: 'contosoacr' }, { registry: 'abacacr' }, { registry: 'contosoacr\nabacacr' }],
    [
      { registry: 'contosoacr\nabacacr', group: 'inner' },
      { registry: 'contosoacr', group: 'outer' },
      { registry: 'contosoacr', role: 'AcrPush' },
      { registry: 'abacacr', repositories: 'team/*' },
      { registry: 'abacacr', repositories: 'team/app\nshop/*' },
      { registry: 'abacacr', role: 'Container Registry Repository Writer', repositories: 'team/*' },
    ],
  ),
})

type Made = typeof world extends fc.Arbitrary<infer T> ? T : never

function build(scenario: Scenario, made: Made): Record<string, string> {
  const { world: azure, group, cluster, deployer, subscription, registry } = scenario
  const abac = { roleAssignmentMode: 'AbacRepositoryPermissions' as const }
  const at = {
    contosoacr: registry.id,
    abacacr: group.addRegistry('abacacr', abac).id,
    otheracr: group.addRegistry('otheracr', made.isOtherAbac ? abac : {}).id,
    group: group.id,
    subscription: subscription.id,
  }
  const { kubeletIdentity: own, controlPlanePrincipalId: control = '' } = cluster
  const shared = group.addUserAssignedIdentity('shared-kubelet')
  for (const name of ['blue', 'green']) group.addCluster(name, { kubeletIdentity: shared })
  const controlled = group.addUserAssignedIdentity('controlled')
  const kubeletIdentity = made.isControlShared ? { ...controlled, objectId: control } : controlled
  group.addCluster('control', { kubeletIdentity })
  const foreign = group.addUserAssignedIdentity('foreign', { tenantId: azure.addTenant('fabrikam') })
  group.addCluster('foreign', { kubeletIdentity: foreign })
  const booting = group.addUserAssignedIdentity('booting')
  group.addCluster('booting', { kubeletIdentity: booting, bootstrapRegistryId: at[made.bootsFrom as 'contosoacr'] })
  const ids: Record<string, string> = {
    own: own.objectId,
    'own control plane': control,
    'own client ID': own.clientId,
    shared: shared.objectId,
    foreign: foreign.objectId,
    boot: booting.objectId,
    person: azure.directory.addUser('somebody').objectId,
    deleted: randomUUID(),
    ForeignGroup: randomUUID(),
  }
  const inner = azure.addGroup('inner', { members: made.members.map(name => ids[name] ?? '') })
  const outer = azure.addGroup('outer', { members: [inner.objectId] })
  Object.assign(ids, { inner: inner.objectId, outer: outer.objectId })
  for (const { holder, role, scope, limit } of made.grants) {
    const isLimitable = repositoryRoles.some(name => name === role)
    const principalType = holder === 'ForeignGroup' ? { principalType: holder as unknown as 'Group' } : {}
    azure.assignRole({
      principalId: ids[holder] ?? '',
      role,
      scope: at[scope],
      ...principalType,
      ...(limit && isLimitable && { condition: repositoryCondition(limit) }),
    })
  }
  disarm(scenario)
  if (made.rights === 'no reading above') for (const name of registries) letDeploy(scenario, at[name])
  else letDeploy(scenario, subscription.id)
  if (made.rights === 'no reading above')
    azure.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
  if (made.rights === 'no writing') {
    disarm(scenario)
    azure.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
  }
  if (made.rights !== 'no Graph') azure.grantGraphPermission(deployer, 'Directory.Read.All', 'Group.ReadWrite.All')
  const { group: asked, ...inputs }: Record<string, string> = made.inputs
  return { cluster: made.cluster.join('\n'), timeout: '1s', ...inputs, ...(asked && { group: ids[asked] ?? '' }) }
}

const count = Number(process.env.WORLDS ?? 24)
const worlds = fc.sample(world, { seed: Number(process.env.SEED ?? 26), numRuns: count })

describe('nobody is harmed by what is done in a world made at random', () => {
  it.for(worlds.map((made, index) => [index + 1, made] as const))('%i', async ([, made], { begin }) => {
    const scenario = await begin()
    const inputs = build(scenario, made)
    for (const mode of ['check', 'attach', 'check']) {
      const step = { ...inputs, mode, 'fail-on-drift': 'false' }
      const end = await scenario.attach(step)
      expect(end.outputs['error-code'], JSON.stringify(made)).not.toBe('UNEXPECTED')
      if (mode === 'check') continue
      // What attach has written is all that it wants.
      const failed = end.report.pairs.filter(({ error }) => error).length
      if (failed === 0) expect(end.outputs, JSON.stringify(made)).toMatchObject({ attached: 'true' })
    }
    const last = await scenario.attach({ ...inputs, group: '', mode: 'detach' })
    expect(last.outputs['error-code'], JSON.stringify(made)).not.toBe('UNEXPECTED')
  })
})
