import { describe, expect } from 'vitest'
import { addImagePuller, letReadOnly } from '../../support/estate.js'
import { refusedByArm } from '../../support/reading.js'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

describe('drift', () => {
  it('is a deleted image, and one whose tag was moved', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, registry } = scenario
    const importer = 'Container Registry Data Importer and Data Reader'
    world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
    const hub = world.addSourceRegistry('docker.io')
    hub.push('library/nginx', '1.27')
    hub.push('library/redis', '7.4')
    const inputs = { images: 'nginx:1.27 => nginx:v1\nredis:7.4 => redis:v1' }
    expectAttached(await attach(inputs), { changed: true })

    // The permissions that docs/permissions.md lists for a check with images.
    letReadOnly(scenario)
    world.assignRole({ principalId: deployer.objectId, role: 'AcrPull', scope: registry.id })
    const check = { ...inputs, mode: 'check', 'drift-issue': 'true' }
    expectAttached(await attach(check), { changed: false })

    registry.images.push('nginx', 'v1', { content: 'another build' })
    registry.images.removeTag('redis', 'v1')
    const end = await attach(check)
    expectFailure(end, 'DRIFT')
    expect(end.outputs.drift).toBe('true')
    expect(end.report.images.map(({ name, error, importable }) => [name, error?.code, importable])).toEqual([
      ['nginx:v1', 'IMAGE_CONFLICT', false],
      ['redis:v1', 'IMAGE_NOT_FOUND', true],
    ])
    for (const { status, error } of end.report.images) {
      expect(status).toBe('missing')
      expect(error?.fix.text).not.toBe('')
    }
    expect(end.annotations.map(({ title }) => title)).toEqual([
      'attach-acr: DRIFT on nginx:v1',
      'attach-acr: DRIFT on redis:v1',
    ])
    expect(world.github.issues[0]?.title).toBe('Drift: 2 images')
    // An attach imports one of them, and gives advice for the other.
    const [made, other] = ['mode: attach', 'force-import: true']
    expect(end.log).toContain(made)
    expect(end.log).toContain(other)
    const moved = await attach({ ...check, images: 'nginx:1.27 => nginx:v1' })
    expectFailure(moved, 'DRIFT')
    for (const text of [moved.log, moved.summary]) {
      expect(text).toContain(other)
      expect(text).not.toContain('mode: attach')
    }
  })
})

describe('the role of docs/permissions.md', () => {
  onceIt('is sufficient for every way to name resources, and for roles that have to be read', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, subscription, cluster, registry } = scenario
    const identity = group.addUserAssignedIdentity('next-kubelet')
    const name = addImagePuller({ world, subscription })
    for (const { objectId } of [cluster.kubeletIdentity, identity])
      world.assignRole({ principalId: objectId, role: name, scope: group.id })
    letReadOnly(scenario)
    for (const inputs of [
      { cluster: '*', registry: 'contosoacr.azurecr.io' },
      { cluster: '*', 'resource-group': '', registry: registry.id },
      { cluster: cluster.id, 'kubelet-identity': identity.resourceId, role: 'Image puller' },
      { 'resource-group': '' },
    ]) {
      const end = await attach({ mode: 'check', ...inputs })
      expectAttached(end, { changed: false })
      expect(refusedByArm(end)).toEqual([])
      // It can read the identities, so nothing is asked of Microsoft Graph, where an Azure role gives no permission.
      expect(end.report.notes).toEqual([])
    }
  })
})

describe('an unchecked item', () => {
  onceIt("is reported for a role that can't be read", async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, subscription, cluster, simulator } = scenario
    const name = addImagePuller({ world, subscription })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: name, scope: group.id })
    simulator.faults.add({
      method: 'GET',
      path: `/roleDefinitions/${name}`,
      times: Infinity,
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const end = await attach({ mode: 'check' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.outputs).toMatchObject({ drift: 'false', attached: 'false', verified: 'none' })
    expect(end.report.pairs).toMatchObject([{ status: 'unknown', error: { code: 'AUTHORIZATION_FAILED' } }])
    const unknown = end.report.unknown.map(({ message }) => message)
    expect(unknown).toEqual([expect.stringContaining('Microsoft.Authorization/roleDefinitions/read')])
    expect(unknown[0]).toContain(name)
    // It fails the step, so it is reported only as that.
    expect(end.log.split(unknown[0] ?? '')).toHaveLength(2)
    expect(end.log).toContain('az role assignment create')
    // The grants of attach do not depend on it.
    expectAttached(await attach(), { changed: true })
    expectAttached(await attach({ mode: 'check' }), { changed: false })
  })

  onceIt('is not a deleted registry if a list could not be read', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, simulator, deployer } = scenario
    const other = world.addSubscription({ displayName: 'Shared services' })
    other.addResourceGroup('rg-shared').addRegistry('sharedacr')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: other.id })
    simulator.faults.add(graphRefuses)
    simulator.faults.add({
      method: 'GET',
      path: `${other.id}/providers/Microsoft.ContainerRegistry/registries`,
      times: Infinity,
      status: 400,
      body: { error: { code: 'BadRequest', message: 'Something odd.' } },
    })
    const end = await attach({ mode: 'check', registry: 'sharedacr' })
    expect(end.outputs).toMatchObject({ drift: 'false', attached: 'false' })
    expect(end.outputs['error-code']).not.toBe('DRIFT')
    expect(end.exitCode).toBe(1)
  })
})
