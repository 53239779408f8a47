// The table "What a workflow that was taken over can do" in docs/permissions.md, cell by cell: what it denies is refused, and what it admits works.
import { describe, expect } from 'vitest'
import { abilitiesOf, cases, type Case } from '../../scripts/set-ups/worst-case.js'
import { it, type Machine } from '../support/conformance.js'
import { runSetUp, variablesOf } from '../support/pasting.js'
import { admittedBy, allAttempts, takeOver } from '../support/take-over.js'

/** The variable with the identity that is taken over, by what the set-up grants. */
const variableOf = (grants: readonly string[]): string =>
  grants.includes('deploy')
    ? 'AZURE_DEPLOY_CLIENT_ID'
    : grants.includes('check')
      ? 'AZURE_CHECK_CLIENT_ID'
      : 'AZURE_CLIENT_ID'

/** The values that stand for the letters in the table's options. */
const fillIn = (option: string): string =>
  option
    .replace('A,B', 'id-next')
    .replace('--group G', '--group "acr pullers"')
    .replace('--deploy N', '--deploy default')

/** A world with a cluster that is set up, others' resources, and what stands for them in the attempts. */
async function begun(machine: Machine, option: string, isLocal: boolean) {
  const { world, group, registry, cluster, deployer } = machine
  const source = world.addSourceRegistry('mcr.microsoft.com')
  source.push('oss/v2/kubernetes/pause', '3.10.2')
  source.push('team/app', 'v2')
  registry.images.push('team/app', 'v1', { content: 'before' })
  const target = group.addCluster('aks-taken', isLocal ? {} : { aad: true, azureRbac: true })
  target.kubernetes.addNamespace('shop')
  const pullers = world.addGroup('acr pullers')
  const next = group.addUserAssignedIdentity('id-next')
  const pulls = (principalId: string) => world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
  const foreign = pulls(cluster.kubeletIdentity.objectId)
  const own = pulls(target.kubeletIdentity.objectId)
  const options = `--repo contoso/shop --clusters aks-taken --registries contosoacr ${fillIn(option)} --yes`
  const end = await runSetUp(machine, options)
  expect(end, end.stderr).toMatchObject({ exitCode: 0 })
  const values = {
    CLUSTER: target.name,
    ENTRA: isLocal ? '' : 'yes',
    ...(option.includes('shop')
      ? { NAMESPACE: 'shop', ANOTHER: 'default' }
      : { NAMESPACE: 'default', ANOTHER: 'shop' }),
    REGISTRY: registry.id,
    NAMED: target.kubeletIdentity.objectId,
    NEXT: next.objectId,
    STRANGER: deployer.objectId,
    PULLERS: pullers.objectId,
    OWN: own.id,
    FOREIGN: foreign.id,
  }
  return { values, foreign, pullers }
}

const beginning = { clients: ['az', 'bash', 'kubectl'], azAs: 'owner', role: 'none' } as const

describe('a workflow that was taken over', () => {
  const inNamespace = { option: '--probe-namespace shop', grants: ['attach', 'verify'] }
  it.for([...cases, inNamespace].map((each: Case) => [each.option, each.isLocal ?? false, each] as const))(
    'after the set-up with "%s" (without Entra ID: %s) can do what the table says, and nothing else',
    { timeout: 600_000 },
    async ([option, isLocal, each], { begin }) => {
      const machine = await begin(beginning)
      const { values, foreign, pullers } = await begun(machine, option, isLocal)
      const did = await takeOver(machine, variableOf(each.grants), values)
      expect(did).toEqual(admittedBy(abilitiesOf(each)))
      const { world } = machine
      expect(world.roleAssignments).toContain(foreign)
      // Nothing of others goes, and all that the script has made.
      expect(await runSetUp(machine, '--repo contoso/shop --remove --yes')).toMatchObject({ exitCode: 0 })
      expect(pullers.owners).toEqual([])
      expect(world.roleAssignments.filter(({ description }) => description?.startsWith('attach-acr'))).toEqual([])
      expect(world.roles.filter(({ type }) => type === 'CustomRole')).toEqual([])
      expect(world.roleAssignments).toContain(foreign)
    },
  )

  it('could do everything that is tried with rights to everything', { timeout: 600_000 }, async ({ begin }) => {
    const machine = await begin(beginning)
    const { world, subscription } = machine
    const { values, pullers } = await begun(machine, '', false)
    const { AZURE_CLIENT_ID = '' } = await variablesOf(machine)
    const { objectId: principalId = '' } = world.directory.findClient(AZURE_CLIENT_ID) ?? {}
    for (const role of ['Owner', 'Azure Kubernetes Service RBAC Cluster Admin'])
      world.assignRole({ principalId, role, scope: subscription.id })
    pullers.owners.push(principalId)
    expect(await takeOver(machine, 'AZURE_CLIENT_ID', values)).toEqual(allAttempts)
  })
})
