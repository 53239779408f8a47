import { describe, expect } from 'vitest'
import { delegationCondition } from 'azure'
import { readAzCommands, splitCommands } from '../support/az.js'
import { disarm } from '../support/estate.js'
import { expectAttached, expectFailure } from '../support/scenario.js'
import { it, type Machine } from '../support/conformance.js'

/** az signed in as an Owner, and a deployer that the action signs in as, with its permissions in contoso. */
const beginning = { clients: ['az'], azAs: 'owner', role: 'none' } as const

/** Runs the az commands in a text with the real az, which must accept them. @returns the output of each */
async function follow({ az }: Machine, text: string): Promise<unknown[]> {
  const commands = readAzCommands(text)
  expect(commands, text).not.toEqual([])
  const printed: unknown[] = []
  // An `--output` of ours would be a second one.
  for (const words of commands)
    printed.push(await az(words.filter(word => !['--output', 'tsv', 'table'].includes(word))))
  return printed
}

describe('the commands that the action prints, run by az', () => {
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

  // Those of an application, and of each other code, are run in advice.test.ts.
  it('add the federated credential to a managed identity, which a shell looks up by its client ID', async ({
    begin,
  }) => {
    const { attach, group, run, world } = await begin(beginning)
    const identity = group.addUserAssignedIdentity('deployer')
    world.assignRole({ principalId: identity.objectId, role: 'Owner', scope: group.id })
    const inputs = { 'client-id': identity.clientId }
    const refused = await attach(inputs)
    expectFailure(refused, 'FEDERATED_CREDENTIAL_MISMATCH')
    const [command = ''] = /^ *az identity federated-credential create(?:.*\\\n)*.*$/m.exec(refused.log) ?? []
    const { exitCode, stderr } = await run('bash', ['-euo', 'pipefail', '-c', command])
    expect(exitCode, stderr).toBe(0)
    expectAttached(await attach(inputs), { changed: true })
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
