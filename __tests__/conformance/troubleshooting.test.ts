import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { it, type Machine } from '../support/conformance.js'
import { addOutboundAddress, linkZone } from '../support/network.js'

const nobody = '11111111-1111-4111-8111-111111111111'

const read = (path: string): Promise<string> => readFile(join(resolve(import.meta.dirname, '../..'), path), 'utf8')

/**
 * The blocks of commands of docs/troubleshooting.md, in their order, with the code of their section; those of the top have none. Then those of docs/prove.md
 * about failed pulls, with the heading of theirs.
 */
async function readBlocks(): Promise<{ code: string; block: string }[]> {
  const [, ...causes] = (await read('docs/prove.md')).split(/^(?=## Why )/m)
  const text = [await read('docs/troubleshooting.md'), ...causes.map(part => part.split(/^(?=## (?!Why ))/m)[0])].join(
    '\n',
  )
  return text.split(/^## /m).flatMap((section, index) => {
    const code = index === 0 ? '' : (section.split('\n', 1)[0] ?? '')
    return [...section.matchAll(/^```sh\n([\s\S]+?)^```$/gm)].map(([, block = '']) => ({ code, block }))
  })
}

/** Contoso with output for every command. */
function arrange(machine: Machine): void {
  const { world, deployer, subscription, group, cluster, registry } = machine
  addOutboundAddress(machine, cluster)
  linkZone(machine, 'nodes')
  cluster.kubernetes.addDaemonSet('kube-system', 'spegel', 'ghcr.io/spegel-org/spegel:v0.6.0')
  const { objectId: principalId } = cluster.kubeletIdentity
  Object.assign(deployer, { displayName: 'gh-attach-acr' })
  group.addUserAssignedIdentity('gh-attach-acr')
  world.addGroup('acr-pullers')
  registry.images.push('shop/nginx', '1.27', { platforms: ['linux/amd64', 'linux/arm64'] })
  Object.assign(registry.body, { sku: { name: 'Premium', tier: 'Premium' } })
  Object.assign(registry.body.properties, {
    adminUserEnabled: true,
    anonymousPullEnabled: true,
    networkRuleSet: { defaultAction: 'Allow', ipRules: [{ action: 'Allow', value: '198.51.100.0/24' }] },
  })
  Object.assign(cluster.body.properties, {
    powerState: { code: 'Stopped' },
    apiServerAccessProfile: { disableRunCommand: true },
    securityProfile: { serviceAccountImagePullProfile: { enabled: true } },
    bootstrapProfile: { artifactSource: 'Cache', containerRegistryId: registry.id },
  })
  world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
  world.assignRole({ principalId: nobody, role: 'AcrPush', scope: registry.id, principalType: 'ServicePrincipal' })
  world.assignRole({
    principalId,
    role: 'Container Registry Repository Reader',
    scope: registry.id,
    condition: repositoryCondition(['team/app']),
  })
  world.addLock({ scope: subscription.addResourceGroup('rg-locked').id, level: 'ReadOnly', name: 'hands-off' })
  world.addPolicy({ id: 'tagged', name: 'Tags', scope: group.id, type: 'Microsoft.Storage/storageAccounts' })
  world.unregisteredProviders.add('Microsoft.ContainerRegistry')
}

/** Commands that are not run, with the reason. */
const leftOut: readonly [command: RegExp, reason: string][] = [
  [/^az monitor /m, 'The module of Debian’s azure-cli 2.74 does not load, and the simulator keeps no activity log.'],
  [/servicePrincipalProfile/m, 'It is for clusters with a service principal.'],
  [/chroot \/host/m, 'It restarts a kubelet, and nodes here have none.'],
  [/proxy\/logs/m, 'Nodes here keep no log.'],
]

/** The expected output of the blocks of a section, in order. */
type Seen = (machine: Machine) => readonly (string | readonly string[])[]

const seen: Record<string, Seen> = {
  FEDERATED_CREDENTIAL_MISMATCH: ({ simulator }) => [
    `${simulator.subject}\thttps://token.actions.githubusercontent.com\tapi://AzureADTokenExchange\n`,
  ],
  SIGN_IN_FAILED: ({ variables, deployer }) => [[variables.AZURE_TENANT_ID, deployer.objectId]],
  SUBSCRIPTION_NOT_FOUND: ({ subscription }) => [`${subscription.subscriptionId}\t${subscription.displayName}`],
  CLUSTER_NOT_FOUND: ({ cluster }) => [cluster.id],
  REGISTRY_NOT_FOUND: ({ registry }) => [`${registry.id}\tcontosoacr.azurecr.io`],
  IDENTITY_NOT_FOUND: () => ['/userAssignedIdentities/gh-attach-acr'],
  AMBIGUOUS_NAME: ({ cluster, registry }) => [[cluster.id, registry.id]],
  AUTHORIZATION_FAILED: ({ registry }) => [`Role Based Access Control Administrator\t${registry.id}`],
  NO_KUBELET_IDENTITY: ({ cluster }) => [['Succeeded', cluster.kubeletIdentity.objectId]],
  CLUSTER_STOPPED: () => ['Stopped', ''],
  CLUSTER_UNREACHABLE: () => ['"disableRunCommand": true'],
  PRINCIPAL_NOT_FOUND: ({ cluster }) => [cluster.kubeletIdentity.clientId],
  SCOPE_LOCKED: () => ['ReadOnly\thands-off'],
  ASSIGNMENT_LIMIT: () => [nobody],
  CONDITION_NOT_UNDERSTOOD: () => ['repositories:name'],
  GROUP_ACCESS_DENIED: ({ world }) => [world.directory.groups()[0]?.objectId ?? 'an ID', ''],
  IMAGE_NOT_FOUND: () => ['sha256:'],
  IMAGE_CONFLICT: ({ registry }) => [registry.images.find('shop/nginx', '1.27')?.digest ?? 'a digest'],
  PULL_DENIED: ({ registry }) => [[`AcrPull\t${registry.id}`, 'LegacyRegistryPermissions']],
  REGISTRY_UNREACHABLE: () => [['"endpoint": "*.blob.core.windows.net"', '198.51.100.0/24']],
  POLICY_DENIED: ({ group }) => [`Tags\ttagged\t${group.id}`],
  AZURE_REFUSED: () => [['"nameAvailable": false', '"readEnabled": true'], ''],
  BOOTSTRAP_REGISTRY: ({ registry }) => [`"containerRegistryId": "${registry.id}"`],
  SHARED_IDENTITY: ({ cluster }) => [cluster.id],
  PROBE_FAILED: () => ['aks-system-12345678-vmss000000'],
  GROUP_LATENCY: () => ['true'],
  POOL_SKIPPED: () => ['system'],
  NODE_SKIPPED: () => ['aks-system-12345678-vmss000000'],
  IMAGE_NOT_PROBED: () => [['arm64', 'amd64']],
  ANONYMOUS_PULL: () => ['true', '"anonymousPullEnabled": false'],
  PEER_MIRROR: () => ['spegel'],
  PULL_UNSTEADY: () => ['aks-system-12345678-vmss000000'],
  SERVICE_ACCOUNT_PULL: () => ['"enabled": true'],
  RUNNING_IMAGE_GONE: () => ['[]'],
  WRONG_IDENTITY_GRANTED: ({ cluster }) => [
    [cluster.controlPlanePrincipalId ?? 'an ID', cluster.kubeletIdentity.clientId],
  ],
  NO_PRIVATE_ENDPOINT: () => [''],
  FIREWALL: () => ['198.51.100.0/24'],
  ARM_AUDIENCE_DISABLED: () => ['"status": "enabled"'],
  ADMIN_USER_ENABLED: () => ['true', '"adminUserEnabled": false'],
  'Why a node is refused': ({ cluster }) => [cluster.kubeletIdentity.clientId],
  "Why a node can't reach the registry": ({ cluster }) => [cluster.kubernetes.egressAddress, '/virtualNetworks/nodes'],
}

describe('docs/troubleshooting.md', () => {
  it('has commands that run in order and have the expected output', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'bash', 'kubectl'], azAs: 'owner', role: 'none' })
    const { az, run, world, cluster, registry } = machine
    arrange(machine)
    await az('aks get-credentials --admin --resource-group rg-shop --name aks-prod-1')
    const [variables, ...blocks] = await readBlocks()
    const paste = async (commands: string): Promise<string> => {
      const { exitCode, stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', commands])
      expect(exitCode, `${commands}\n${stderr}`).toBe(0)
      return stdout
    }
    const set = await paste(
      `${variables?.block ?? ''}\ndeclare -p \${!SUBSC*} GROUP CLUSTER \${!REG*} PULL_IDENTITY CLIENT_ID`,
    )

    const printed: Record<string, string[]> = {}
    const left: RegExp[] = []
    for (const { code, block } of blocks) {
      const reason = leftOut.find(([command]) => command.test(block))
      if (reason) left.push(reason[0])
      else (printed[code] ??= []).push(await paste(`${set}\n${block}`))
    }
    expect(left).toHaveLength(leftOut.length)
    expect(Object.keys(printed).sort()).toEqual(Object.keys(seen).sort())
    for (const [code, outputs] of Object.entries(printed)) {
      const expected = seen[code]?.(machine) ?? []
      expect(outputs, code).toHaveLength(expected.length)
      for (const [index, texts] of expected.entries())
        for (const text of [texts].flat()) expect(outputs[index], code).toContain(text)
    }
    // The repairs took effect.
    expect(cluster.body.properties.powerState).toEqual({ code: 'Running' })
    expect(registry.body.properties).toMatchObject({ adminUserEnabled: false, anonymousPullEnabled: false })
    expect(world.unregisteredProviders.size).toBe(0)
    const members = world.directory.groups().flatMap(group => world.directory.membersOf(group))
    expect(members).toEqual([cluster.kubeletIdentity.objectId])
  })
})
