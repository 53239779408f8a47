import { describe, expect } from 'vitest'
import { readAzCommands, option } from '../../support/az.js'
import { images, letImport } from '../../support/image-world.js'
import { lacksPermission } from '../../support/reading.js'
import { expectFailure, it } from '../../support/scenario.js'

describe('an import from an Azure registry that the identity has no permission to pull from', () => {
  it('names the missing role there, and works after it is assigned', async ({ begin }) => {
    const { attach, world, deployer } = letImport(await begin())
    const stranger = world.addSubscription().addResourceGroup('rg-else').addRegistry('elsewhere')
    const digest = stranger.images.push('app', 'v1')
    const inputs = { images: `${stranger.id}:app:v1` }
    const refused = await attach(inputs)
    expectFailure(refused, 'AUTHORIZATION_FAILED')
    expect(refused.log).toMatch(lacksPermission('Microsoft.ContainerRegistry/registries/pull/read', stranger.id))
    const [command] = readAzCommands(refused.log)
    expect(option(command, '--role')).toBe('AcrPull')
    expect(option(command, '--scope')).toBe(stranger.id)

    world.assignRole({ principalId: deployer.objectId, role: option(command, '--role'), scope: stranger.id })
    const end = await attach(inputs)
    expect(end.outputs).toMatchObject({ 'error-code': '', image: `contosoacr.azurecr.io/app@${digest}` })
    expect(end.report.notes.filter(note => note.includes('elsewhere'))).toHaveLength(1)
  })
})

describe('of several images', () => {
  it('one failing import does not stop the others', async ({ begin }) => {
    const { attach, digest, hub, registry } = letImport(await begin())
    hub.push('library/big', 'v1', { manifests: 51, layers: 0 })
    const redis = hub.push('library/redis', '7')
    const end = await attach({ images: 'nginx:1.27\nbig:v1\nnothing:1\nredis:7' })
    expectFailure(end, 'IMPORT_FAILED')
    expect(images(end).map(({ status }) => status)).toEqual(['imported', 'failed', 'failed', 'imported'])
    expect(registry.images.find('library/nginx', '1.27')?.digest).toBe(digest)
    expect(registry.images.find('library/redis', '7')?.digest).toBe(redis)
    expect(end.outputs).toMatchObject({ changed: 'true', image: `contosoacr.azurecr.io/library/nginx@${digest}` })
    expect(end.annotations.filter(({ level }) => level === 'error')).toHaveLength(2)
  })
})
