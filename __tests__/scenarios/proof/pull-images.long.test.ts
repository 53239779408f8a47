import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { repositoryCondition } from 'repository-conditions'
import { armRequests, expectAttached, expectFailure, it, writes } from '../../support/scenario.js'
import { expectProven, letPull, pulls, type PullScenario, deploy, grantPull } from '../../support/pull-scenario.js'
import { beginWithAbac } from '../../support/estate.js'
import { importer, imports } from '../../support/image-world.js'

/** The deployer can import into contosoacr. */
function letImport(scenario: PullScenario): PullScenario {
  const { world, deployer, registry } = scenario
  const role = 'Container Registry Data Importer and Data Reader'
  world.assignRole({ principalId: deployer.objectId, role, scope: registry.id })
  world
    .addSourceRegistry('mcr.microsoft.com')
    .push('oss/v2/kubernetes/pause', '3.10.2', { platforms: ['linux/amd64', 'linux/arm64'] })
  return scenario
}

/** A second registry that the deployer can import into, and the pause image at its source. */
function addSecond({ group, world, deployer }: PullScenario) {
  const second = group.addRegistry('fabrikamacr')
  for (const role of [importer, 'Role Based Access Control Administrator'])
    world.assignRole({ principalId: deployer.objectId, role, scope: second.id })
  world
    .addSourceRegistry('mcr.microsoft.com')
    .push('oss/v2/kubernetes/pause', '3.10.2', { platforms: ['linux/amd64', 'linux/arm64'] })
  return second
}

const pulled = (end: Parameters<typeof pulls>[0]) =>
  end.report.pairs.map(pair => pair.pulls.map(({ image }) => image.replace(/@sha256:.*/, '@digest')))

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

  it('a misspelt cluster writes nothing, not even a pause image', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const end = await scenario.pull({ ...nothing, cluster: 'aks-prod-l' })
    expectFailure(end, 'CLUSTER_NOT_FOUND')
    expect(writes(end)).toEqual([])
    expect(end.outputs.changed).toBe('false')
    // Another cluster still gets its proof.
    const both = await scenario.pull({ ...nothing, cluster: `aks-prod-l\n${scenario.cluster.name}` })
    expectFailure(both, 'CLUSTER_NOT_FOUND')
    expect(imports(both)).toHaveLength(1)
    expect(both.report.pairs.map(({ verified }) => verified)).toEqual(['none', 'pull'])
  })

  it("a pause image that the runner can't see is not imported twice", async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const { registry, world, deployer } = scenario
    registry.images.push('attach-acr/pause', '3.10.2', { platforms: ['linux/amd64'], content: 'an older one' })
    for (const assignment of [...world.roleAssignments])
      if (assignment.principalId === deployer.objectId && assignment.scope === registry.id)
        world.assignments.remove(assignment)
    for (const role of ['Role Based Access Control Administrator', 'Contributor'])
      world.assignRole({ principalId: deployer.objectId, role, scope: registry.id })
    expectProven(await scenario.pull(nothing), scenario)
  })

  it('the first of images is pulled, by its digest', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const digest = scenario.world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    const end = await scenario.pull({ ...nothing, images: 'nginx:1.27 => nginx:v1' })
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([{ image: `contosoacr.azurecr.io/nginx@${digest}` }])
  })
})

describe('manifests', () => {
  it('have all their images pulled, except those of other registries', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { registry, digest } = scenario
    registry.images.push('team/web', 'v2')
    const manifests = deploy(
      'contosoacr.azurecr.io/team/web:v2',
      `contosoacr.azurecr.io/team/app@${digest}`,
      'docker.io/library/nginx:1.27',
    )
    const end = await scenario.pull({ manifests, 'probe-image': '' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ image }) => image)).toEqual([
      'contosoacr.azurecr.io/team/web:v2',
      `contosoacr.azurecr.io/team/app@${digest}`,
    ])
    expect(end.report.notes).toContainEqual(expect.stringContaining('docker.io/library/nginx:1.27 '))
    expect(end.report.manifests).toHaveLength(2)
  })

  it('that name missing images fail with file, document and field', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const names = ['team/app:v1', 'team/app:v9', 'nowhere:v1']
    const manifests = deploy(...names.map(name => `contosoacr.azurecr.io/${name}`))
    const end = await scenario.attach({ manifests })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    // Only a check finds drift: an attach would have nothing to write.
    expect(end.outputs.drift).toBe('false')
    expect(end.report.manifests.map(({ image, status }) => [image, status])).toEqual([
      ['contosoacr.azurecr.io/team/app:v1', 'present'],
      ['contosoacr.azurecr.io/team/app:v9', 'missing'],
      ['contosoacr.azurecr.io/nowhere:v1', 'missing'],
    ])
    expect(end.report.pairs).toMatchObject([{ status: 'attached' }])
  })

  it("with images that the runner can't look up only pass if the nodes prove them", async ({ begin }) => {
    const scenario = letPull(await begin())
    const { group, world, deployer } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: abac.id,
    })
    const inputs = { registry: 'abacacr', manifests: deploy('abacacr.azurecr.io/team/app:v9') }
    const end = await scenario.attach(inputs)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    const pulled = await scenario.pull({ ...inputs, 'probe-image': '' })
    expectFailure(pulled, 'IMAGE_NOT_FOUND')
  })

  it('can name images that the same step imports', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    scenario.world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    const manifests = deploy('contosoacr.azurecr.io/nginx:v1')
    expectAttached(await scenario.attach({ manifests, images: 'nginx:1.27 => nginx:v1' }), { changed: true })
  })
})

describe('an image that could not be imported', () => {
  it('leaves the pair attached by its role, and not proven', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const { world, cluster } = scenario
    world.addSourceRegistry('docker.io', { rateLimited: true }).push('library/nginx', '1.27')
    const end = await scenario.pull({ 'probe-image': '', images: 'nginx:1.27' })
    expectFailure(end, 'SOURCE_RATE_LIMITED')
    expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false', verified: 'assignment' })
    expect(end.report.pairs).toMatchObject([{ status: 'attached', error: null, changed: true }])
    expect(end.annotations.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(cluster.kubernetes.podsCreated).toEqual([])
  })
})

describe('a check', () => {
  it('proves existing access, and writes nothing in Azure', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { cluster } = scenario
    grantPull(scenario, 0)
    const end = await scenario.pull({ mode: 'check' })
    expectProven(end, scenario)
    expect(end.outputs).toMatchObject({ changed: 'false', drift: 'false' })
    expect(writes(end).map(({ path }) => path.split('/').at(-1))).toEqual(['listClusterUserCredential'])
    expect(cluster.kubernetes.podsCreated).toHaveLength(1)
  })

  it("counts as drift: a node that can't pull, and a missing image of the manifests", async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const { cluster } = scenario
    grantPull(scenario, 0)
    cluster.kubernetes.pullFaults.push({ message: pullMessages.denied('contosoacr.azurecr.io/team/app:v1') })
    const manifests = deploy('contosoacr.azurecr.io/team/app:v9')
    const end = await scenario.pull({ mode: 'check', manifests, timeout: '2s' })
    expectFailure(end, 'DRIFT')
    expect(end.outputs.drift).toBe('true')
    expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'PULL_DENIED' } }])
    expect(end.report.manifests).toMatchObject([{ image: 'contosoacr.azurecr.io/team/app:v9', status: 'missing' }])
  })
})

describe('detach', () => {
  it("verifies with Azure's report, and starts no pod", async ({ begin }) => {
    const scenario = letPull(await begin())
    const { cluster } = scenario
    grantPull(scenario, 0)
    const end = await scenario.pull({ mode: 'detach' })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.outputs).toMatchObject({ verified: 'assignment', changed: 'true' })
    expect(end.annotations).toMatchObject([{ level: 'warning' }])
    expect(cluster.kubernetes.podsCreated).toEqual([])
  })
})

describe('a kubelet identity', () => {
  it("next to a cluster is verified by Azure's report, with a note about that", async ({ begin }) => {
    const scenario = letPull(await begin())
    const identity = scenario.group.addUserAssignedIdentity('future-kubelet')
    const end = await scenario.pull({ 'kubelet-identity': identity.resourceId })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.report.pairs.map(({ verified }) => verified)).toEqual(['pull', 'assignment'])
    expect(end.outputs.verified).toBe('assignment')
    expect(end.report.notes).toContainEqual(expect.stringMatching(/future-kubelet$/))
  })
})

describe('several registries', () => {
  const both = { registry: 'contosoacr\nfabrikamacr' }

  it('use a pause image if the probe image is in another registry', async ({ begin }) => {
    const scenario = letPull(await begin())
    addSecond(scenario)
    const end = await scenario.pull(both)
    expectProven(end, scenario)
    expect(pulled(end)).toEqual([
      ['contosoacr.azurecr.io/team/app:v1'],
      ['fabrikamacr.azurecr.io/attach-acr/pause@digest'],
    ])
    expect(imports(end)).toHaveLength(1)
  })
})

describe('a regional endpoint', () => {
  const host = 'contosoacr.westeurope.geo.azurecr.io'
  const withEndpoint = (scenario: PullScenario): PullScenario => {
    Object.assign(scenario.registry.body.properties, {
      regionalEndpoints: 'Enabled',
      regionalEndpointHostNames: [host],
    })
    return scenario
  }

  it('in manifests belongs to its registry', async ({ begin }) => {
    const scenario = withEndpoint(letPull(await begin()))
    const end = await scenario.pull({ manifests: deploy(`${host}/team/app:v1`), 'probe-image': '' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ image }) => image)).toEqual([`${host}/team/app:v1`])
  })

  it('can be a source of images', async ({ begin }) => {
    const scenario = withEndpoint(letPull(await begin()))
    addSecond(scenario)
    const end = await scenario.attach({ registry: 'fabrikamacr', images: `${host}/team/app:v1 => app:v1` })
    expect(end.exitCode, end.log).toBe(0)
    expect(JSON.stringify(imports(end)[0]?.requestBody)).toContain('/registries/contosoacr"')
  })
})

describe('a registry with limited grants', () => {
  it('is planned again before probing if another job replaces its grant', async ({ begin }) => {
    const abacScenario = await beginWithAbac(begin)
    const scenario = letPull(abacScenario)
    const { abac, world, whenAnswered, deployer } = abacScenario
    abac.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Container Registry Repository Reader',
      scope: abac.id,
    })
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

describe('several images and registries', () => {
  it('are pulled by one pod per node', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { world, deployer, group, registry, cluster } = scenario
    const other = group.addRegistry('otheracr')
    for (const acr of [registry, other]) {
      acr.images.push('a', 'v1')
      acr.images.push('b', 'v1')
    }
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: other.id,
    })
    const end = await scenario.pull({ registry: 'contosoacr\notheracr', 'probe-image': 'a:v1\nb:v1' })
    expectProven(end, scenario)
    expect(end.report.pairs.map(pair => pair.pulls.map(({ image }) => image))).toEqual([
      ['contosoacr.azurecr.io/a:v1', 'contosoacr.azurecr.io/b:v1'],
      ['otheracr.azurecr.io/a:v1', 'otheracr.azurecr.io/b:v1'],
    ])
    expect(cluster.kubernetes.podsCreated.map(({ spec }) => spec.containers.length)).toEqual([4])
  })
})

describe('a pull that fails', () => {
  it('that does not end is slow, not denied', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 3_600_000 } }))
    const end = await scenario.pull({ timeout: '1s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(pulls(end)).toMatchObject([{ verdict: 'slow' }])
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  it('by a registry that throttles is tried again by another command, not within seconds', async ({ begin }) => {
    const scenario = letPull(await begin())
    const image = 'contosoacr.azurecr.io/team/app:v1'
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.rateLimited(image), times: 2 })
    const end = await scenario.pull({ 'probe-with': 'run-command', timeout: '2m' })
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([{ attempts: 3 }])
    // The first command lists the nodes.
    expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(4)
  })
})

describe('an ABAC registry', () => {
  it('is pulled from by its own role, limited to the repository', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 1500 } }))
    const { group, world, deployer } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('team/app', 'v1')
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: abac.id,
    })
    const end = await scenario.pull({ registry: 'abacacr', repositories: 'team/*' })
    expectProven(end, scenario)
    expect(end.report.pairs[0]?.role).toBe('Container Registry Repository Reader')
  })
})
