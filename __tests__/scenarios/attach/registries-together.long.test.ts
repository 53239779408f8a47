import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { expectAttached, it, type Scenario, type StepEnd } from '../../support/scenario.js'

/** Registries of contoso's resource group, contosoacr first. */
function addRegistries({ group, registry }: Scenario, count: number) {
  return [registry, ...Array.from({ length: count - 1 }, (_, index) => group.addRegistry(`teamacr${index}`))]
}

function grantAt(scope: string, { world, cluster }: Scenario) {
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope })
}

/** Names of the registries and resource groups whose assignments were listed. */
function listed({ requests }: StepEnd): string[] {
  return requests.flatMap(({ method, path }) => {
    const [, name = ''] = /\/([^/]+)\/providers\/Microsoft\.Authorization\/roleAssignments$/i.exec(path) ?? []
    return method === 'GET' && name ? [name] : []
  })
}

describe('the role assignments of registries of one resource group', () => {
  it.for(['ids', 'names'])('are read in one list, for five registries given by %s', async (by, { begin }) => {
    const scenario = await begin()
    const registries = addRegistries(scenario, 5)
    for (const { id } of registries) grantAt(id, scenario)
    const registry = registries.map(({ id, name }) => (by === 'ids' ? id : name)).join('\n')
    const end = await scenario.attach({ registry })
    expectAttached(end, { changed: false })
    expect(listed(end)).toEqual(['rg-shop'])
  })

  it('are read at each registry if there are four', async ({ begin }) => {
    const scenario = await begin()
    const registries = addRegistries(scenario, 4)
    for (const { id } of registries) grantAt(id, scenario)
    const end = await scenario.attach({ mode: 'check', registry: registries.map(({ id }) => id).join('\n') })
    expectAttached(end, { changed: false })
    expect(listed(end).sort()).toEqual(registries.map(({ name }) => name).sort())
  })

  it('are also read at the registry itself if the list has none for it', async ({ begin }) => {
    const scenario = await begin()
    const registries = addRegistries(scenario, 5)
    const [missing, ...others] = registries.toReversed()
    letDeploy(scenario, scenario.group.id)
    for (const { id } of others) grantAt(id, scenario)
    const registry = registries.map(({ id }) => id).join('\n')
    const check = await scenario.attach({ mode: 'check', registry })
    expect(check.outputs).toMatchObject({ attached: 'false', drift: 'true', 'error-code': 'DRIFT' })
    expect(check.report.plan.map(operation => operation.registry)).toEqual([missing?.id])
    expect(listed(check)).toEqual(['rg-shop', missing?.name])

    const attach = await scenario.attach({ registry })
    expectAttached(attach, { changed: true })
    expect(attach.report.pairs.filter(({ changed }) => changed).map(pair => pair.registry)).toEqual([missing?.id])
  })

  it('contain inherited assignments, but not those of neighbours', async ({ begin }) => {
    const scenario = await begin()
    const { world, group, cluster, subscription } = scenario
    const registries = addRegistries(scenario, 5)
    const someone = world.addApplication('someone').objectId
    // Each has an assignment of its own, so that the group's list alone decides.
    for (const { id } of registries) world.assignRole({ principalId: someone, role: 'AcrPull', scope: id })
    grantAt(registries[4]?.id ?? '', scenario)
    const registry = registries.map(({ id }) => id).join('\n')
    const own = await scenario.attach({ mode: 'check', registry })
    expect(own.report.pairs.map(({ status }) => status)).toEqual([...Array<string>(4).fill('missing'), 'attached'])
    expect(listed(own)).toEqual(['rg-shop'])

    for (const scope of [group.id, subscription.id]) {
      const inherited = world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope })
      const end = await scenario.attach({ mode: 'check', registry })
      expectAttached(end, { changed: false })
      expect(new Set(end.report.pairs.map(pair => pair.scope))).toEqual(new Set([scope, registries[4]?.id]))
      expect(listed(end)).toEqual(['rg-shop'])
      world.assignments.remove(inherited)
    }
  })

  it('are read at each registry if the caller has no permission to list the resource group', async ({ begin }) => {
    const scenario = await begin()
    const { world, group, deployer, cluster } = scenario
    const registries = addRegistries(scenario, 5)
    for (const { id } of registries) grantAt(id, scenario)
    const reader = world.roleAssignments.find(
      ({ principalId, scope }) => principalId === deployer.objectId && scope === group.id,
    )
    if (!reader) throw new Error('contoso’s deployer is no Reader of the group')
    world.assignments.remove(reader)
    for (const { id } of [cluster, ...registries])
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: id })
    const end = await scenario.attach({
      mode: 'check',
      cluster: cluster.id,
      registry: registries.map(({ id }) => id).join('\n'),
    })
    expectAttached(end, { changed: false })
    expect(end.report.unknown).toEqual([])
    expect(listed(end).sort()).toEqual(['rg-shop', ...registries.map(({ name }) => name)].sort())
  })
})
