import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { beginWithAbac } from '../../support/estate.js'
import { importer, imports } from '../../support/image-world.js'
import { expectFailure, onceIt } from '../../support/scenario.js'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'

/** A file with a Deployment of these images. */
function deploy(...images: string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'shop.yaml')
  const containers = images.map((image, index) => `{ name: c${index}, image: ${image} }`).join(', ')
  const spec = `{ template: { spec: { containers: [${containers}] } } }`
  writeFileSync(file, `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: ${spec}\n`)
  return file
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

describe('several registries', () => {
  const both = { registry: 'contosoacr\nfabrikamacr' }

  onceIt('use a pause image if the probe image is in another registry', async ({ begin }) => {
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

  onceIt('can each have their own images, given with login servers', async ({ begin }) => {
    const scenario = letPull(await begin())
    addSecond(scenario).images.push('team/web', 'v2')
    const end = await scenario.pull({
      ...both,
      'probe-image': 'contosoacr.azurecr.io/team/app:v1\nFabrikamACR.azurecr.io/team/web:v2',
    })
    expectProven(end, scenario)
    expect(pulled(end)).toEqual([['contosoacr.azurecr.io/team/app:v1'], ['FabrikamACR.azurecr.io/team/web:v2']])
    expect(imports(end)).toEqual([])
  })

  onceIt('use a pause image if the manifests use another registry', async ({ begin }) => {
    const scenario = letPull(await begin())
    addSecond(scenario)
    const manifests = deploy('contosoacr.azurecr.io/team/app:v1')
    const end = await scenario.pull({ ...both, manifests, 'probe-image': '' })
    expectProven(end, scenario)
    expect(pulled(end)).toEqual([
      ['contosoacr.azurecr.io/team/app:v1'],
      ['fabrikamacr.azurecr.io/attach-acr/pause@digest'],
    ])
  })

  onceIt('must include that of the probe image', async ({ begin }) => {
    const scenario = letPull(await begin())
    const end = await scenario.pull({ 'probe-image': 'contsoacr.azurecr.io/team/app:v1' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
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

  onceIt('in manifests belongs to its registry: existing images are pulled, missing ones fail', async ({ begin }) => {
    const scenario = withEndpoint(letPull(await begin()))
    const end = await scenario.pull({ manifests: deploy(`${host}/team/app:v1`), 'probe-image': '' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ image }) => image)).toEqual([`${host}/team/app:v1`])
    const missing = await scenario.attach({ manifests: deploy(`${host}/team/app:v9`) })
    expectFailure(missing, 'IMAGE_NOT_FOUND')
    expect(missing.report.manifests).toMatchObject([{ image: `${host}/team/app:v9`, status: 'missing' }])
  })

  onceIt('can be the registry, and part of the probe image', async ({ begin }) => {
    const scenario = withEndpoint(letPull(await begin()))
    const end = await scenario.pull({ registry: host, 'probe-image': `${host}/team/app:v1` })
    expectProven(end, scenario)
    expect(pulls(end).map(({ image }) => image)).toEqual([`${host}/team/app:v1`])
    expect(end.outputs['registry-login-server']).toBe('contosoacr.azurecr.io')
  })

  onceIt('can be a source of images', async ({ begin }) => {
    const scenario = withEndpoint(letPull(await begin()))
    addSecond(scenario)
    const end = await scenario.attach({ registry: 'fabrikamacr', images: `${host}/team/app:v1 => app:v1` })
    expect(end.exitCode, end.log).toBe(0)
    expect(JSON.stringify(imports(end)[0]?.requestBody)).toContain('/registries/contosoacr"')
  })
})

describe("manifests with images that can't be placed", () => {
  onceIt('raise a warning with the file and the likely meaning', async ({ begin }) => {
    const scenario = letPull(await begin())
    const manifests = deploy(
      'contosoacr.azurecr.io/team/app:v1',
      'contsoacr.azurecr.io/team/app:v1',
      'contosoacr.azurecr.oi/team/app:v1',
      'othersacr.azurecr.io/team/web:v1',
      'docker.io/library/busybox:1',
    )
    const end = await scenario.attach({ manifests })
    expect(end.exitCode, end.log).toBe(0)
    const warnings = end.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message)
    expect(warnings).toContainEqual(
      expect.stringMatching(/\bcontsoacr\.azurecr\.io\b.*shop\.yaml, document 1.*\bcontosoacr\.azurecr\.io\b/),
    )
    expect(end.summary).toMatch(/\bcontosoacr\.azurecr\.oi\b.*\bcontosoacr\.azurecr\.io\b/)
    expect(warnings).toContainEqual(expect.stringMatching(/\bothersacr\.azurecr\.io\b/))
    expect(end.report.notes).toContainEqual(expect.stringContaining('docker.io/library/busybox:1 '))
  })
})

describe('a gate whose manifest names a missing image', () => {
  onceIt('fails first with that image, its file, document and field', async ({ begin }) => {
    const scenario = letPull(await begin())
    const end = await scenario.pull({ manifests: deploy('contosoacr.azurecr.io/team/app:v9'), 'probe-image': '' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(end.annotations.find(({ level }) => level === 'error')?.message).toMatch(
      /team\/app:v9 .*shop\.yaml, document 1 \(Deployment shop\), spec\.template\.spec\.containers\[0\]\.image/,
    )
  })
})

describe('a registry with limited grants', () => {
  onceIt('is planned again before probing if another job replaces its grant', async ({ begin }) => {
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
