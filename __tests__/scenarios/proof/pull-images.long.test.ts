import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { armRequests, expectAttached, expectFailure, onceIt, writes } from '../../support/scenario.js'
import { headlineOf } from '../../support/reading.js'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'

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

const imports = (end: Parameters<typeof armRequests>[0]) =>
  armRequests(end, 'POST').filter(({ path }) => path.endsWith('/importImage'))

/** A file with a Deployment of these images. */
function deploy(...images: string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'shop.yaml')
  const containers = images.map((image, index) => `{ name: c${index}, image: ${image} }`).join(', ')
  const spec = `{ template: { spec: { containers: [${containers}] } } }`
  writeFileSync(file, `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: ${spec}\n`)
  return file
}

describe('without a named image', () => {
  const nothing = { 'probe-image': '' }

  onceIt('a pause image is imported once and pulled, and is not in the outputs', async ({ begin }) => {
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

  onceIt('the import of a pause image is retried if the registry is busy, like any import', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const error = { code: 'Conflict', message: 'Another operation is in progress on the registry.' }
    scenario.simulator.faults.add({ method: 'POST', path: '/importImage', status: 409, body: { error }, times: 2 })
    const end = await scenario.pull(nothing)
    expectProven(end, scenario)
    expect(imports(end)).toHaveLength(3)
  })

  onceIt('a misspelt cluster writes nothing, not even a pause image', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const end = await scenario.pull({ ...nothing, cluster: 'aks-prod-l' })
    expectFailure(end, 'CLUSTER_NOT_FOUND')
    expect(writes(end)).toEqual([])
    expect(end.outputs.changed).toBe('false')
    expect(end.log).toContain('Plan: nothing to write')
    // Another cluster still gets its proof.
    const both = await scenario.pull({ ...nothing, cluster: `aks-prod-l\n${scenario.cluster.name}` })
    expectFailure(both, 'CLUSTER_NOT_FOUND')
    expect(imports(both)).toHaveLength(1)
    expect(both.report.pairs.map(({ verified }) => verified)).toEqual(['none', 'pull'])
  })

  onceIt("a pause image that the runner can't see is not imported twice", async ({ begin }) => {
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

  onceIt('and without the right to import, probe-image is advised', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.world.addSourceRegistry('mcr.microsoft.com').push('oss/v2/kubernetes/pause', '3.10.2')
    const end = await scenario.pull(nothing)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toContain('probe-image')
  })

  onceIt('the first of images is pulled, by its digest', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const digest = scenario.world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    const end = await scenario.pull({ ...nothing, images: 'nginx:1.27 => nginx:v1' })
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([{ image: `contosoacr.azurecr.io/nginx@${digest}` }])
  })
})

describe('manifests', () => {
  onceIt('have all their images pulled, except those of other registries', async ({ begin }) => {
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

  onceIt('that name missing images fail with file, document and field', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const names = ['team/app:v1', 'team/app:v9', 'nowhere:v1']
    const manifests = deploy(...names.map(name => `contosoacr.azurecr.io/${name}`))
    const end = await scenario.attach({ manifests })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    // Only a check finds drift: an attach would have nothing to write.
    expect(end.outputs.drift).toBe('false')
    for (const text of [end.stdout, end.summary]) expect(text).not.toContain('DRIFT')
    expect(end.summary).not.toContain('az role assignment create')
    expect(end.log).toMatch(/shop\.yaml, document 1 \(Deployment shop\), spec\.template\.spec\.containers\[1\]\.image/)
    expect(end.report.manifests.map(({ image, status }) => [image, status])).toEqual([
      ['contosoacr.azurecr.io/team/app:v1', 'present'],
      ['contosoacr.azurecr.io/team/app:v9', 'missing'],
      ['contosoacr.azurecr.io/nowhere:v1', 'missing'],
    ])
    // The tags of a missing repository can't be listed.
    expect(end.log).toContain('az acr repository show-tags --name contosoacr --repository team/app ')
    expect(end.log).toContain('az acr repository list --name contosoacr ')
    expect(end.log).not.toContain('--repository nowhere')
    expect(end.report.pairs).toMatchObject([{ status: 'attached' }])
  })

  onceIt("with images that the runner can't look up only pass if the nodes prove them", async ({ begin }) => {
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
    expect(end.log).toContain('--role "Container Registry Repository Reader"')
    const pulled = await scenario.pull({ ...inputs, 'probe-image': '' })
    expectFailure(pulled, 'IMAGE_NOT_FOUND')
    expect(pulled.log).toContain('containers[0].image')
  })

  onceIt('can name images that the same step imports', async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    scenario.world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    const manifests = deploy('contosoacr.azurecr.io/nginx:v1')
    expectAttached(await scenario.attach({ manifests, images: 'nginx:1.27 => nginx:v1' }), { changed: true })
  })

  onceIt('that do not exist are an input problem', async ({ begin }) => {
    const scenario = letPull(await begin())
    const end = await scenario.attach({ manifests: 'k8s/*.yaml' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
  })
})

describe('an image that could not be imported', () => {
  onceIt.for([false, true])(
    'leaves the pair attached by its role, and not proven (assigned before: %s)',
    async (isThere, { begin }) => {
      const scenario = letImport(letPull(await begin()))
      const { world, cluster, registry } = scenario
      if (isThere)
        world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
      world.addSourceRegistry('docker.io', { rateLimited: true }).push('library/nginx', '1.27')
      const end = await scenario.pull({ 'probe-image': '', images: 'nginx:1.27' })
      expectFailure(end, 'SOURCE_RATE_LIMITED')
      expect(headlineOf(end)).toBe("✗ Docker Hub's pull limit is reached: nginx:1.27 was not imported")
      expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false', verified: 'assignment' })
      expect(end.report.pairs).toMatchObject([{ status: 'attached', error: null, changed: !isThere }])
      expect(end.report.notes).toContain(
        `not proven: the probe image of ${cluster.name} on contosoacr could not be imported`,
      )
      expect(end.log).toContain('note: not proven: ')
      expect(end.annotations.filter(({ level }) => level === 'error')).toHaveLength(1)
      expect(cluster.kubernetes.podsCreated).toEqual([])
    },
  )
})

describe('a check', () => {
  onceIt('proves existing access, and writes nothing in Azure', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { world, cluster, registry } = scenario
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await scenario.pull({ mode: 'check' })
    expectProven(end, scenario)
    expect(end.outputs).toMatchObject({ changed: 'false', drift: 'false' })
    expect(writes(end).map(({ path }) => path.split('/').at(-1))).toEqual(['listClusterUserCredential'])
    expect(cluster.kubernetes.podsCreated).toHaveLength(1)
  })

  onceIt("counts as drift: a node that can't pull, and a missing image of the manifests", async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const { world, cluster, registry } = scenario
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    cluster.kubernetes.pullFaults.push({ message: pullMessages.denied('contosoacr.azurecr.io/team/app:v1') })
    const manifests = deploy('contosoacr.azurecr.io/team/app:v9')
    const end = await scenario.pull({ mode: 'check', manifests, timeout: '2s' })
    expectFailure(end, 'DRIFT')
    expect(end.outputs.drift).toBe('true')
    expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'PULL_DENIED' } }])
    expect(end.report.manifests).toMatchObject([{ image: 'contosoacr.azurecr.io/team/app:v9', status: 'missing' }])
    // Attach never pushes images of manifests.
    for (const text of [end.log, end.summary]) {
      expect(text).toContain('az acr repository show-tags --name contosoacr --repository team/app ')
      expect(text).not.toContain('mode: attach')
    }
  })

  onceIt("without a pause image in the registry isn't drift, and pulls nothing", async ({ begin }) => {
    const scenario = letImport(letPull(await begin()))
    const { world, cluster, registry } = scenario
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await scenario.pull({ mode: 'check', 'probe-image': '' })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ drift: 'false', verified: 'assignment', 'error-code': '' })
    expect(cluster.kubernetes.podsCreated).toEqual([])
  })
})

describe('detach', () => {
  onceIt("verifies with Azure's report, and starts no pod", async ({ begin }) => {
    const scenario = letPull(await begin())
    const { world, cluster, registry } = scenario
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await scenario.pull({ mode: 'detach' })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.outputs).toMatchObject({ verified: 'assignment', changed: 'true' })
    expect(end.annotations).toMatchObject([{ level: 'warning' }])
    expect(cluster.kubernetes.podsCreated).toEqual([])
  })
})

describe('a kubelet identity', () => {
  onceIt("next to a cluster is verified by Azure's report, with a note about that", async ({ begin }) => {
    const scenario = letPull(await begin())
    const identity = scenario.group.addUserAssignedIdentity('future-kubelet')
    const end = await scenario.pull({ 'kubelet-identity': identity.resourceId })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.report.pairs.map(({ verified }) => verified)).toEqual(['pull', 'assignment'])
    expect(end.outputs.verified).toBe('assignment')
    expect(end.report.notes).toContainEqual(expect.stringMatching(/future-kubelet$/))
  })
})
