import { describe, expect } from 'vitest'
import { option, unroll, wordsOf } from '../../support/az.js'
import { disarm } from '../../support/estate.js'
import { advisedCommands, errorsOf } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

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

const administrator = 'Role Based Access Control Administrator'
const importer = 'Container Registry Data Importer and Data Reader'

describe('a run that is refused', () => {
  it.for([
    ['attach', {}, ['Reader at aks-prod-1', `${administrator} at contosoacr`]],
    ['detach', {}, ['Reader at aks-prod-1', `${administrator} at contosoacr`]],
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
        `${administrator} at contosoacr`,
        `${importer} at contosoacr`,
      ],
    ],
    [
      'check',
      { workloads: '*', 'probe-with': 'kubectl' },
      [
        ...[
          'Reader at aks-prod-1',
          'Reader at contosoacr',
          'AKS Probe at aks-prod-1',
          'Azure Kubernetes Service RBAC Reader at aks-prod-1',
        ],
      ],
    ],
  ] as const)(
    'lists all that it lacks at once, and asks once at each resource (%s, %j)',
    async ([mode, more, expected], { begin }) => {
      const scenario = await begin()
      leave(scenario)
      const { cluster, registry, attach } = scenario
      const end = await attach({ mode, ...more, cluster: cluster.id, registry: registry.id, 'resource-group': '' })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(asked(end).sort()).toEqual(['aks-prod-1', 'contosoacr'])
      expect(advised(end)).toEqual(expected)
      const commands = errorsOf(end).map(({ fix }) => fix.commands.join('\n'))
      expect(new Set(commands).size).toBe(1)
      expect(end.log.match(/For this run, gh-deployer/g)).toHaveLength(1)
      // An identity that only checks and that the set-up did not make gets no set-up that could make another.
      const [first = ''] = errorsOf(end)[0]?.fix.commands ?? []
      const isSetUp = first.startsWith('bash docs/set-up.sh --repo contoso/shop --branch main ')
      expect([
        isSetUp,
        first.toLowerCase().includes(`--clusters ${cluster.id} --registries ${registry.id} `.toLowerCase()),
      ]).toEqual(mode === 'check' ? [false, false] : [true, true])
      expect(end.log).toContain('up to ten minutes')
    },
  )

  it('says everything that it needs at a resource whose permissions it has no permission to read', async ({
    begin,
  }) => {
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
    const end = await attach({ cluster: cluster.id, registry: registry.id, 'resource-group': '' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(asked(end)).toHaveLength(2)
    // What helps comes first, so the annotation has it.
    expect(end.annotations[0]?.message).toMatch(/\nRun the set-up again for aks-prod-1\.$/)
    const { text = '', commands = [] } = errorsOf(end)[0]?.fix ?? {}
    expect(text).toContain('\nReader is the smallest built-in role that allows this.')
    const id = scenario.deployer.clientId
    expect(commands[0]).toMatch(
      new RegExp(`^bash docs/set-up\\.sh .*--clusters ${cluster.id} --no-verify --no-images --client-id ${id}$`, 'is'),
    )
    expect(errorsOf(end)[0]?.fix.text).toContain('up to ten minutes')
    // Reading is part of it.
    disarm(scenario)
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: cluster.id })
    expect(advised(await attach({ registry: registry.id }))).toEqual([`${administrator} at contosoacr`])
  })

  it.for(['', 'team/app'])(
    'by detach names no right to write, which it never needs (repositories: %j)',
    async (repositories, { begin }) => {
      const scenario = await begin()
      const { world, subscription, cluster, registry, attach } = scenario
      const actions = ['*/read', 'Microsoft.Authorization/roleAssignments/delete']
      const { roleName } = world.addCustomRole({ roleName: 'Remover', actions, assignableScopes: [subscription.id] })
      leave(scenario, roleName, registry.id)
      const end = await attach({ mode: 'detach', repositories, cluster: cluster.id, registry: registry.id })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(advised(end)).toEqual(['Reader at aks-prod-1'])
    },
  )

  it('by names finds the resources when the commands run, and in the resource itself', async ({ begin }) => {
    const scenario = await begin()
    leave(scenario)
    const end = await scenario.attach({ 'resource-group': '' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(advisedCommands(end)).toEqual([
      expect.stringMatching(/^bash docs\/set-up\.sh .*--clusters aks-prod-1 --registries contosoacr /s),
      expect.stringMatching(
        /^az aks list .*name=='aks-prod-1'.* \| xargs -r -n 1 az role assignment create .* --scope$/s,
      ),
      expect.stringMatching(
        /^az acr show --name contosoacr .* \| xargs -r -n 1 az role assignment create .* --scope$/s,
      ),
    ])
  })
})

describe('a run that is not refused', () => {
  it('asks nothing more', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(asked(end)).toEqual([])
    expect(asked(await attach({ registry: 'contosoacrr' }))).toEqual([])
  })

  it('but does not find a registry asks whether it could have seen it', async ({ begin }) => {
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
