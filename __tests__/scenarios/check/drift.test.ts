import { describe, expect } from 'vitest'
import { addImagePuller, letReadOnly } from '../../support/estate.js'
import { refusedByArm } from '../../support/reading.js'
import { expectAttached, expectFailure, it } from '../../support/scenario.js'

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
      'attach-acr: DRIFT on redis:v1',
      'attach-acr: DRIFT on nginx:v1',
    ])
    expect(world.github.issues[0]?.title).toMatch(/^Drift: 1 /)
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
  it('is sufficient for every way to name resources, and for roles that have to be read', async ({ begin }) => {
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
