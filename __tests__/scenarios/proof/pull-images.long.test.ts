import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { repositoryCondition } from 'repository-conditions'
import { armRequests, expectFailure, it, writes } from '../../support/scenario.js'
import { expectProven, letPull, pulls, type PullScenario, deploy, grantPull } from '../../support/pull-scenario.js'
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
    disarm(scenario, registry.id)
    for (const role of [administrator, 'Contributor'])
      world.assignRole({ principalId: deployer.objectId, role, scope: registry.id })
    expectProven(await scenario.pull(nothing), scenario)
  })

  it('the first of images is pulled, by its digest', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const end = await scenario.pull({ ...nothing, images: 'nginx:1.27 => nginx:v1' })
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([{ image: end.outputs.image }])
    expect(end.outputs.image).toMatch(/^contosoacr\.azurecr\.io\/nginx@sha256:/)
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
    world.assignRole({ principalId: deployer.objectId, role: administrator, scope: abac.id })
    const inputs = { registry: 'abacacr', manifests: deploy('abacacr.azurecr.io/team/app:v9') }
    const end = await scenario.attach(inputs)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    const pulled = await scenario.pull({ ...inputs, 'probe-image': '' })
    expectFailure(pulled, 'IMAGE_NOT_FOUND')
  })
})

describe('an image that could not be imported', () => {
  it('leaves the pair attached by its role, and not proven', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const { world, cluster } = scenario
    world.addSourceRegistry('quay.io', { rateLimited: true }).push('library/nginx', '1.27')
    const end = await scenario.pull({ 'probe-image': '', images: 'quay.io/library/nginx:1.27' })
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
    grantPull(scenario)
    const end = await scenario.pull({ mode: 'check' })
    expectProven(end, scenario)
    expect(end.outputs).toMatchObject({ changed: 'false', drift: 'false' })
    expect(writes(end).map(({ path }) => path.split('/').at(-1))).toEqual(['listClusterUserCredential'])
    expect(cluster.kubernetes.podsCreated).toHaveLength(1)
  })
})

describe('a check with the inputs of the attach before it', () => {
  const inputs = { pause: {}, images: { images: 'mcr.microsoft.com/team/shop:3.10.2' } }

  it.for([
    ['pause', 'run-command'],
    ['images', 'kubectl'],
  ] as const)('pulls what it has imported (%s, %s)', async ([kind, way], { begin }) => {
    const scenario = letImport(letPull(await begin()))
    const given = { 'probe-image': '', ...inputs[kind], 'probe-with': way }
    const attached = await scenario.pull(given)
    expectProven(attached, scenario)
    const { kubernetes } = scenario.cluster
    const pods = kubernetes.podsCreated.length
    const end = await scenario.pull({ ...given, mode: 'check' })
    expectProven(end, scenario)
    expect(kubernetes.podsCreated.length).toBeGreaterThan(pods)
    expect(pulls(end).map(({ image }) => image)).toEqual(pulls(attached).map(({ image }) => image))
    expect(end.report.findings.filter(({ severity }) => severity === 'warning')).toEqual([])
  })
})

describe('a check that proves nothing', () => {
  it('because nothing is there is ⚠', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    grantPull(scenario)
    const end = await scenario.pull({ 'probe-image': '', mode: 'check' })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'false', verified: 'assignment', 'error-code': '' })
    expect(end.report.findings).toMatchObject([{ code: 'IMAGE_NOT_PROBED', severity: 'warning' }])
    expect(scenario.cluster.kubernetes.podsCreated).toEqual([])
  })
})

describe('detach', () => {
  it("verifies with Azure's report, and starts no pod", async ({ begin }) => {
    const scenario = letPull(await begin())
    const { cluster } = scenario
    grantPull(scenario)
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

describe('a pull that fails', () => {
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
