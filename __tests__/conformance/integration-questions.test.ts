import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect } from 'vitest'
import { it } from '../support/conformance.js'

const script = resolve(import.meta.dirname, '../../scripts/integration/repository-questions.sh')

describe('the questions of integration.yml about repositories', () => {
  it.for([
    ['done', 'exchange 200, token 200, manifest 401'],
    ['refused', 'exchange 401'],
  ] as const)('ask what they say, and take the role back; the exchange is %s', async ([answer, told], { begin }) => {
    const machine = await begin({ clients: ['az', 'bash'] })
    const { run, simulator, folder, world, group, registry, subscription, deployer } = machine
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    world.exchangeNeedsRights = answer === 'refused'
    abac.images.push('seed/pause', 'v1')
    world.addSourceRegistry('mcr.microsoft.com').push('pause', '1', { platforms: ['linux/amd64', 'linux/arm64'] })
    // Nobody waits for roles here.
    await mkdir(join(folder, 'bin'))
    await writeFile(join(folder, 'bin/sleep'), '#!/bin/sh\n')
    await chmod(join(folder, 'bin/sleep'), 0o755)
    registry.images.push('seed/pause', 'v1')
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: token = '' } =
      simulator.runnerEnvironment
    const summary = join(folder, 'summary')
    const variables = {
      ...{ SUBSCRIPTION: subscription.subscriptionId, GROUP: group.name, REGISTRY: registry.name, ABAC: abac.name },
      ...{ IMAGE_SOURCE: 'mcr.microsoft.com/pause:1', GITHUB_STEP_SUMMARY: summary },
      ...{ ACTIONS_ID_TOKEN_REQUEST_URL: `'${url}'`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token },
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
      'a pull by an identity without a role': answer,
      'a pull by an identity without a role, in ABAC mode': answer,
      'an import with force onto a tag that is locked': 'done',
      'a deletion of an image that is locked': 'refused',
      'a deletion of a part of an index that is locked': 'done',
      'a deletion of the repository of an image that is locked': 'refused',
      'a deletion of the tag of an image that is locked': 'done',
    })
    expect(await readFile(summary, 'utf8')).toContain(
      `| a pull by an identity without a role, in ABAC mode | ${told} |`,
    )
    expect(end.stdout.match(/The operation is disallowed on this registry, repository or image/g)).toHaveLength(2)
    expect(
      world.roleAssignments.filter(({ principalId, scope }) => principalId === deployer.objectId && scope === abac.id),
    ).toEqual([])
  })
})
