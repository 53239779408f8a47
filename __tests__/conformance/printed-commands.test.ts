import { describe, expect } from 'vitest'
import { delegationCondition } from 'azure'
import { readAzCommands, splitCommands } from '../support/az.js'
import { disarm } from '../support/estate.js'
import { expectAttached, expectFailure } from '../support/scenario.js'
import { it, type Machine } from '../support/conformance.js'

/** az signed in as an Owner, and a deployer that the action signs in as, with its permissions in contoso. */
const beginning = { clients: ['az'], azAs: 'owner', role: 'none' } as const

/** Runs the az commands in a text with the real az, which must accept them. @returns the output of each */
async function follow({ az }: Machine, text: string, which = /./): Promise<unknown[]> {
  const commands = readAzCommands(text).filter(words => which.test(words.join(' ')))
  expect(commands, text).not.toEqual([])
  const printed: unknown[] = []
  // An `--output` of ours would be a second one.
  for (const words of commands)
    printed.push(await az(words.filter(word => !['--output', 'tsv', 'table'].includes(word))))
  return printed
}

describe('the commands that the action prints, run by az', () => {
  it('give a caller the roles that it lacks, one after the other', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, grants, cluster, registry, world, deployer, subscription } = machine
    disarm(machine)
    // Any role, so that it sees the subscription.
    world.assignRole({ principalId: deployer.objectId, role: 'AcrPull', scope: subscription.id })
    const inputs = { cluster: cluster.id, registry: registry.id, 'resource-group': '' }
    let end = await attach(inputs)
    for (let step = 0; end.exitCode !== 0 && step < 6; step += 1) {
      expectFailure(end, 'AUTHORIZATION_FAILED')
      await follow(machine, end.log, /^role assignment create/)
      end = await attach(inputs)
    }
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(1)
  })

  it('give a role by a delegation condition that the service checks, and none to take it away', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, grants, registry } = machine
    disarm(machine, registry.id)
    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    const [created] = await follow(machine, end.log)
    expect(created).toMatchObject({ conditionVersion: '2.0', scope: registry.id })
    expectAttached(await attach(), { changed: true })
    // That condition lets it give roles, and take none: only a set-up that is asked for it allows more.
    const refused = await attach({ mode: 'detach' })
    expectFailure(refused, 'AUTHORIZATION_FAILED')
    expect(refused.log).toContain('--detach')
    const { condition } = created as { condition: string }
    expect((await follow(machine, refused.log)).flat()).toContainEqual(expect.objectContaining({ condition }))
    expect(grants()).toHaveLength(1)
  })

  it('show the assignments whose condition does not allow the role, and change none', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, registry, world, deployer } = machine
    disarm(machine, registry.id)
    const role = 'Role Based Access Control Administrator'
    const condition = delegationCondition({ principalTypes: ['ServicePrincipal'], deletes: true })
    world.assignRole({ principalId: deployer.objectId, role, scope: registry.id, condition })
    const before = structuredClone(world.roleAssignments)
    const end = await attach({ role: 'AcrPush' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect((await follow(machine, end.log)).flat()).toContainEqual(expect.objectContaining({ condition }))
    expect(world.roleAssignments).toEqual(before)
  })

  it('give the role to all clusters that lack it by one command', async ({ begin }) => {
    const machine = await begin({ ...beginning, clients: ['az', 'bash'] })
    const { attach, group, run, world, deployer } = machine
    for (const role of ['Reader', 'Role Based Access Control Administrator'])
      world.assignRole({ principalId: deployer.objectId, role, scope: group.id })
    const others = ['aks-prod-2', 'aks-prod-3', 'aks-prod-4'].map(name => group.addCluster(name))
    const check = { mode: 'check', cluster: '*' }
    const { log } = await attach(check)
    const [loop = '', ...more] = splitCommands(log).filter(command => /^\s*for id in /.test(command))
    expect(more).toEqual([])
    const before = world.roleAssignments.length
    // Once more, like a user who is not sure.
    for (let time = 0; time < 2; time += 1) {
      const { exitCode, stderr } = await run('bash', ['-euo', 'pipefail', '-c', loop])
      expect(exitCode, stderr).toBe(0)
    }
    expect(world.roleAssignments).toHaveLength(before + others.length + 1)
    expect((await attach(check)).outputs).toMatchObject({ drift: 'false', attached: 'true' })
  })

  it('list existing resources if one is not found', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, group, cluster, registry, world, deployer, subscription } = machine
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const kubelet = group.addUserAssignedIdentity('kubelet')
    const cases: [code: string, inputs: Record<string, string>, found: string][] = [
      ['CLUSTER_NOT_FOUND', { cluster: 'aks-none' }, cluster.id],
      ['REGISTRY_NOT_FOUND', { registry: `${registry.id}2` }, registry.id],
      ['IDENTITY_NOT_FOUND', { cluster: '', 'resource-group': '', 'kubelet-identity': `${kubelet.id}2` }, kubelet.id],
    ]
    for (const [code, inputs, found] of cases) {
      const end = await attach(inputs)
      expectFailure(end, code)
      expect((await follow(machine, end.log)).flat()).toContain(found)
    }
  })

  it('add the federated credential that fits', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, deployer, group, run, simulator, world } = machine
    deployer.federatedCredentials.length = 0
    const end = await attach()
    expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
    await follow(machine, end.log, /^ad app federated-credential create/)
    expect(deployer.federatedCredentials).toMatchObject([{ subject: simulator.subject }])
    expectAttached(await attach(), { changed: true })

    // The other is for a managed identity, which a shell looks up by its client ID.
    const identity = group.addUserAssignedIdentity('deployer')
    world.assignRole({ principalId: identity.objectId, role: 'Owner', scope: group.id })
    const inputs = { 'client-id': identity.clientId }
    const refused = await attach(inputs)
    expectFailure(refused, 'FEDERATED_CREDENTIAL_MISMATCH')
    const [command = ''] = /^ *az identity federated-credential create(?:.*\\\n)*.*$/m.exec(refused.log) ?? []
    const { exitCode, stderr } = await run('bash', ['-euo', 'pipefail', '-c', command])
    expect(exitCode, stderr).toBe(0)
    expectAttached(await attach(inputs), { changed: false })
  })

  it('make the pull identity a member of the group', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, world, cluster, deployer } = machine
    const pullers = world.addGroup('acr-pullers')
    world.directory.findClient(deployer.clientId)?.graphPermissions.clear()
    const inputs = { group: pullers.objectId }
    const end = await attach(inputs)
    expectFailure(end, 'GROUP_ACCESS_DENIED')
    await follow(machine, end.log, /^ad group member add/)
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
    expectAttached(await attach(inputs), { changed: false })
  })

  it('repair the causes of findings', async ({ begin }) => {
    const machine = await begin(beginning)
    const { attach, world, deployer, cluster, group, grants } = machine
    const registry = group.addRegistry('settingsacr', {
      sku: 'Premium',
      adminUserEnabled: true,
      armAudienceEnabled: false,
      networkDefaultAction: 'Deny',
      allowedAddresses: ['198.51.100.0/24'],
    })
    for (const role of ['Reader', 'Role Based Access Control Administrator'])
      world.assignRole({ principalId: deployer.objectId, role, scope: group.id })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPush', scope: registry.id })
    Object.assign(cluster.body.properties.powerState as object, { code: 'Stopped' })
    const { report } = await attach({ registry: 'settingsacr' })
    const codes = report.findings.map(({ code }) => code)
    expect(codes.sort()).toEqual([
      'ADMIN_USER_ENABLED',
      'ARM_AUDIENCE_DISABLED',
      'CLUSTER_STOPPED',
      'EXCESS_ROLE',
      'FIREWALL',
    ])
    for (const { fix } of report.findings) await follow(machine, fix.commands.map(command => `  ${command}`).join('\n'))
    expect(registry.body.properties.adminUserEnabled).toBe(false)
    expect(cluster.body.properties.powerState).toEqual({ code: 'Running' })
    // The broader role is shown.
    expect(grants()).toHaveLength(2)
    const after = (await attach({ registry: 'settingsacr' })).report.findings.map(({ code }) => code)
    expect(after.sort()).toEqual(['ARM_AUDIENCE_DISABLED', 'EXCESS_ROLE', 'FIREWALL'])
  })
})

describe('the action with the sign-in of az', () => {
  it('gets its tokens from the real az', async ({ begin }) => {
    const { attach, folder, grants, simulator } = await begin({ clients: ['az'] })
    const before = simulator.requests.length
    const end = await attach(
      { 'auth-type': 'azure-cli', 'client-id': '', 'tenant-id': '' },
      {
        environment: {
          AZURE_CONFIG_DIR: `${folder}/.azure`,
          AZURE_CORE_COLLECT_TELEMETRY: '0',
          ACTIONS_ID_TOKEN_REQUEST_URL: '',
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: '',
        },
      },
    )
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(1)
    expect(simulator.requests.slice(before).map(({ host }) => host)).not.toContain(
      'pipelines.actions.githubusercontent.com',
    )
  })
})
