import { describe, expect } from 'vitest'
import { option, readAzCommands, unroll, wordsOf } from '../../support/az.js'
import { disarm } from '../../support/estate.js'
import { advisedCommands, errorsOf } from '../../support/reading.js'
import { armRequests, expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

/** The names of the resources at which the step asked what it is allowed to do. */
const asked = (end: Pick<StepEnd, 'requests'>): string[] =>
  armRequests(end, 'GET', '/permissions').map(({ path }) => path.split('/').at(-4) ?? '')

/** The roles that the printed commands assign, each with where. */
const advised = (end: StepEnd): string[] =>
  [...new Set(advisedCommands(end))].flatMap(unroll).flatMap(command => {
    if (!command.includes('role assignment create')) return []
    const words = wordsOf(command)
    const place = option(words, words.at(-1) === '--scope' ? '--name' : '--scope')
    return `${option(words, '--role')} at ${place.split('/').at(-1) ?? ''}`
  })

/** Leaves the deployer a role at one scope, or elsewhere, so that it still sees the subscription. */
function leave(scenario: Scenario, role = 'Reader', scope = ''): void {
  disarm(scenario)
  const { world, deployer, subscription } = scenario
  world.addSourceRegistry('mcr.microsoft.com')
  world.assignRole({
    principalId: deployer.objectId,
    role,
    scope: scope || subscription.addResourceGroup('rg-else').id,
  })
}

/** Roles that may be new are waited for no longer. */
const timeout = '1s'

const administrator = 'Role Based Access Control Administrator'
const importer = 'Container Registry Data Importer and Data Reader'

describe('a run that is refused', () => {
  it.for([
    ['attach', {}, ['Reader at aks-prod-1', `${administrator} at contosoacr`]],
    ['check', {}, ['Reader at aks-prod-1', 'Reader at contosoacr']],
    [
      'attach',
      { images: 'mcr.microsoft.com/a:1' },
      ['Reader at aks-prod-1', `${administrator} at contosoacr`, `${importer} at contosoacr`],
    ],
    [
      'attach',
      { verify: 'pull' },
      [
        'Reader at aks-prod-1',
        'AKS Probe at aks-prod-1',
        // Only if it is private.
        'AKS Run Command at ',
        'AKS Probe Pods at default',
        `${administrator} at contosoacr`,
        `${importer} at contosoacr`,
      ],
    ],
    [
      'check',
      { workloads: '*', 'probe-with': 'kubectl' },
      [
        'Reader at aks-prod-1',
        'Reader at contosoacr',
        'AKS Probe at aks-prod-1',
        'Azure Kubernetes Service RBAC Reader at aks-prod-1',
      ],
    ],
  ] as const)(
    'lists all that it lacks at once, and asks once at each resource (%s, %j)',
    async ([mode, more, expected], { begin }) => {
      const scenario = await begin()
      leave(scenario)
      const { cluster, registry, attach } = scenario
      const ids = { cluster: cluster.id, registry: registry.id, 'resource-group': '' }
      const end = await attach({ mode, ...more, ...ids, timeout })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      // Pods are a right in a namespace.
      const places = 'verify' in more ? ['aks-prod-1', 'contosoacr', 'default'] : ['aks-prod-1', 'contosoacr']
      expect(asked(end).sort()).toEqual(places)
      expect(advised(end)).toEqual(expected)
      const commands = errorsOf(end).map(({ fix }) => fix.commands.join('\n'))
      expect(new Set(commands).size).toBe(1)
      // An identity that only checks and that the set-up did not make gets no set-up that could make another.
      const [first = ''] = errorsOf(end)[0]?.fix.commands ?? []
      const options = `--clusters ${cluster.id} --registries ${registry.id} `.toLowerCase()
      const isSetUp = first.startsWith('bash docs/set-up.sh --repo contoso/shop --branch main ')
      expect([isSetUp, first.toLowerCase().includes(options)]).toEqual(mode === 'check' ? [false, false] : [true, true])
    },
  )

  it('says all that it needs at a resource whose permissions it is not allowed to read', async ({ begin }) => {
    const scenario = await begin()
    const { simulator, attach, group } = scenario
    leave(scenario, 'Reader', group.id)
    const known = await attach({ verify: 'pull' })
    expect(advised(known)).not.toContain('Reader at aks-prod-1')
    simulator.faults.add({
      path: /\/Microsoft\.Authorization\/permissions$/,
      times: Infinity,
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const unknown = await attach({ verify: 'pull' })
    expect(advised(unknown)).toEqual(['Reader at aks-prod-1', ...advised(known)])
  })

  it('only for one role keeps the advice of the refusal itself', async ({ begin }) => {
    const scenario = await begin()
    const { cluster, registry, attach, world, deployer } = scenario
    leave(scenario, administrator, registry.id)
    const end = await attach({ cluster: cluster.id, registry: registry.id, 'resource-group': '', timeout })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(asked(end)).toHaveLength(2)
    // What helps comes first, so the annotation has it.
    const [first] = errorsOf(end)[0]?.fix.commands ?? []
    expect(first).toMatch(
      new RegExp(
        // What it may assign, and to whom, is one condition: the set-up needs both names.
        `^bash docs/set-up\\.sh .*--clusters ${cluster.id} --registries ${registry.id} --no-verify --client-id ${deployer.clientId}$`,
        'is',
      ),
    )
    // Reading is part of it.
    disarm(scenario)
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: cluster.id })
    expect(advised(await attach({ registry: registry.id, timeout }))).toEqual([`${administrator} at contosoacr`])
  })

  it('by detach names no right to write, which it never needs', async ({ begin }) => {
    const scenario = await begin()
    const { world, subscription, cluster, registry, attach } = scenario
    const actions = ['*/read', 'Microsoft.Authorization/roleAssignments/delete']
    const { roleName } = world.addCustomRole({ roleName: 'Remover', actions, assignableScopes: [subscription.id] })
    leave(scenario, roleName, registry.id)
    const ids = { cluster: cluster.id, registry: registry.id }
    const end = await attach({ mode: 'detach', repositories: 'team/app', ...ids, timeout })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(advised(end)).toEqual(['Reader at aks-prod-1'])
  })

  it('nowhere, but does not find a registry asks whether it could have seen it', async ({ begin }) => {
    const scenario = await begin()
    const { world, deployer, subscription, attach } = scenario
    const hidden = await attach({ registry: 'sharedacr' })
    expectFailure(hidden, 'REGISTRY_NOT_FOUND')
    expect(advised(hidden)).toEqual([`${administrator} at sharedacr`])
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const missing = await attach({ registry: 'sharedacr' })
    expectFailure(missing, 'REGISTRY_NOT_FOUND')
    expect(advised(missing)).toEqual([])
  })
})

/** The scopes of all roles that a log advises to assign. */
const scopes = ({ log }: StepEnd): string[] =>
  readAzCommands(log).flatMap(command =>
    command.slice(0, 3).join(' ') === 'role assignment create' ? option(command, '--scope').toLowerCase() : [],
  )

describe('a look-up by name that is refused', () => {
  it.for(['rg-shop', ''])('advises no role above the resource (resource-group "%s")', async (group, { begin }) => {
    const scenario = await begin()
    const elsewhere = scenario.subscription.addResourceGroup('rg-else')
    elsewhere.addCluster('aks-else')
    elsewhere.addRegistry('elseacr')
    leave(scenario, 'Reader', elsewhere.id)
    const end = await scenario.attach({ 'resource-group': group, timeout })
    expect(end.exitCode).toBe(1)
    const resources = [scenario.cluster.id, scenario.registry.id].map(id => id.toLowerCase())
    for (const scope of scopes(end)) expect(resources).toContain(scope)
  })

  it('of * is advised the resource group that * stands for, and says what that opens', async ({ begin }) => {
    const scenario = await begin()
    disarm(scenario)
    const { world, deployer, subscription, group, registry, attach } = scenario
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: registry.id })
    for (const [mode, expected, inputs] of [
      ['attach', [group.id, registry.id], { 'resource-group': 'rg-shop' }],
      ['check', [subscription.id], { 'resource-group': '' }],
    ] as const) {
      const end = await attach({ mode, cluster: '*', timeout, ...inputs })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(scopes(end)).toEqual(expected.map(id => id.toLowerCase()))
    }
  })
})
