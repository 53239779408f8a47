import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { connect } from '../../src/client.js'
import { it } from '../support/machine.js'

describe("Microsoft's SDKs", () => {
  it('sign in, list, read, run commands, and create and delete role assignments', async ({ begin }) => {
    const machine = await begin({ clients: [] })
    const { run, simulator, variables, folder, group, cluster, registry, world } = machine
    for (const name of ['aks-a', 'aks-b', 'aks-c']) group.addCluster(name)
    world.pageSize = 2
    const file = join(folder, 'id-token')
    await writeFile(file, await connect(simulator).idToken())
    const { objectId } = cluster.kubeletIdentity
    const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
    const end = await run('node', ['--import', import.meta.resolve('tsx'), join(import.meta.dirname, 'sdks.mts')], {
      variables: {
        ...variables,
        ID_TOKEN_FILE: file,
        SCOPE: registry.id,
        PRINCIPAL_ID: objectId,
        ROLE: `/subscriptions/${variables.AZURE_SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${acrPull}`,
      },
    })
    expect(end, end.stderr).toMatchObject({ exitCode: 0 })
    const name = '5f1b6f5e-0000-4000-8000-000000000001'
    expect(JSON.parse(end.stdout)).toEqual({
      clusters: ['aks-prod-1', 'aks-a', 'aks-b', 'aks-c'],
      kubeletIdentity: objectId,
      pools: ['system'],
      logs: expect.stringContaining('aks-system-') as string,
      created: objectId,
      held: [name],
      deleted: name,
      roles: ['AcrPull'],
      actions: ['*/read', '*'],
      missing: [404, 'ResourceNotFound'],
    })
  })
})
