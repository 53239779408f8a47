import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect } from 'vitest'
import { it } from '../support/conformance.js'

const script = resolve(import.meta.dirname, '../../scripts/integration/repository-questions.sh')

describe('the questions of integration.yml about repositories', () => {
  it('ask what they say, and take the role back', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'bash'] })
    const { run, folder, world, group, registry, subscription, deployer } = machine
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('seed/pause', 'v1')
    world.addSourceRegistry('mcr.microsoft.com').push('pause', '1', { platforms: ['linux/amd64', 'linux/arm64'] })
    // Nobody waits for roles here.
    await mkdir(join(folder, 'bin'))
    await writeFile(join(folder, 'bin/sleep'), '#!/bin/sh\n')
    await chmod(join(folder, 'bin/sleep'), 0o755)
    const variables = {
      ...{ SUBSCRIPTION: subscription.subscriptionId, GROUP: group.name, REGISTRY: registry.name, ABAC: abac.name },
      IMAGE_SOURCE: 'mcr.microsoft.com/pause:1',
    }
    const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    const end = await run('bash', ['-c', `export PATH=$HOME/bin:$PATH ${set.join(' ')}; ${script} 2>&1`])
    const answers = end.stdout
      .split('\n== ')
      .slice(1)
      .map(each => [each.split('\n')[0], /^ended with /m.test(each) ? 'refused' : 'done'])
    expect(Object.fromEntries(answers), end.stdout).toEqual({
      'a pull that a condition about @Resource allows': 'done',
      'a pull that a condition about @Request allows': 'done',
      'a deletion of an image that is locked': 'refused',
      'a deletion of a part of an index that is locked': 'done',
      'a deletion of the repository of an image that is locked': 'refused',
      'a deletion of the tag of an image that is locked': 'done',
    })
    expect(end.stdout.match(/The operation is disallowed on this registry, repository or image/g)).toHaveLength(2)
    expect(
      world.roleAssignments.filter(({ principalId, scope }) => principalId === deployer.objectId && scope === abac.id),
    ).toEqual([])
  })
})
