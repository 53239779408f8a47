import { describe, expect } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { it, writes } from '../../support/scenario.js'
import { expectProven, letPull, pulls, type PullScenario, grantPull } from '../../support/pull-scenario.js'
import { beginWithAbac, disarm } from '../../support/estate.js'
import { importer, imports } from '../../support/image-world.js'

/** The deployer can import into contosoacr, from registries that have a pause image, an image of a team, and nginx. */
function letImport(scenario: PullScenario): PullScenario {
  const { world, deployer, registry } = scenario
  world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
  const platforms = { platforms: ['linux/amd64', 'linux/arm64'] }
  const source = world.addSourceRegistry('mcr.microsoft.com')
  for (const repository of ['oss/v2/kubernetes/pause', 'team/shop']) source.push(repository, '3.10.2', platforms)
  world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
  return scenario
}

const administrator = 'Role Based Access Control Administrator'

describe('without a named image', () => {
  const nothing = { 'probe-image': '' }

  it('a pause image is imported once and pulled, and is not in the outputs', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const end = await scenario.pull(nothing)
    expectProven(end, scenario)
    expect(pulls(end)[0]?.image).toMatch(/^contosoacr\.azurecr\.io\/attach-acr\/pause@sha256:/)
    expect(end.outputs).toMatchObject({ image: '', images: '[]' })
    expect(end.report.images).toMatchObject([{ status: 'imported' }])
    const again = await scenario.pull(nothing)
    expectProven(again, scenario)
    expect(imports(again)).toEqual([])
    expect(again.outputs.changed).toBe('false')
  })

  it("a pause image that the runner can't see is not imported twice", async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const { registry, world, deployer } = scenario
    registry.images.push('attach-acr/pause', '3.10.2', { platforms: ['linux/amd64'], content: 'an older one' })
    disarm(scenario, registry.id)
    for (const role of [administrator, 'Contributor'])
      world.assignRole({ principalId: deployer.objectId, role, scope: registry.id })
    expectProven(await scenario.pull(nothing), scenario)
  })
})

describe('a check', () => {
  it('proves existing access, and writes nothing in Azure', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { cluster } = scenario
    grantPull(scenario)
    const end = await scenario.pull({ mode: 'check' })
    expectProven(end, scenario)
    expect(end.outputs).toMatchObject({ changed: 'false', drift: 'false' })
    expect(writes(end).map(({ path }) => path.split('/').at(-1))).toEqual(['listClusterUserCredential'])
    expect(cluster.kubernetes.podsCreated).toHaveLength(1)
  })
})

describe('several registries', () => {
  it('use a pause image if the probe image is in another registry', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const { group, world, deployer } = scenario
    const { id: scope } = group.addRegistry('fabrikamacr')
    for (const role of [importer, administrator]) world.assignRole({ principalId: deployer.objectId, role, scope })
    const end = await scenario.pull({ registry: 'contosoacr\nfabrikamacr' })
    expectProven(end, scenario)
    expect(end.report.pairs.map(pair => pair.pulls.map(({ image }) => image.replace(/@.*/, '')))).toEqual([
      ['contosoacr.azurecr.io/team/app:v1'],
      ['fabrikamacr.azurecr.io/attach-acr/pause'],
    ])
    expect(imports(end)).toHaveLength(1)
  })
})

describe('a registry with limited grants', () => {
  it('is planned again before probing if another job replaces its grant', async ({ begin }) => {
    const abacScenario = await beginWithAbac(begin)
    const scenario = letPull(abacScenario)
    const { abac, world, whenAnswered, deployer } = abacScenario
    abac.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
    world.assignRole({ principalId: deployer.objectId, role: 'Container Registry Repository Reader', scope: abac.id })
    const { objectId } = scenario.cluster.kubeletIdentity
    const isWrite = ({ method, path }: { method: string; path: string }) =>
      method === 'PUT' && /\/roleAssignments\//i.test(path)
    whenAnswered(isWrite, () => {
      const ours = world.roleAssignments.find(({ principalId }) => principalId === objectId)
      Object.assign(ours ?? {}, { condition: repositoryCondition(['other/app']) })
    })
    const end = await scenario.pull({ registry: 'abacacr', repositories: 'team/app', timeout: '20s' })
    expectProven(end, scenario)
    const steps = end.requests.flatMap(request => {
      if (isWrite(request)) return 'grant'
      return request.method === 'POST' && request.path.endsWith('/pods') ? 'pod' : []
    })
    expect(steps).toEqual(['grant', 'grant', 'pod'])
  })
})
