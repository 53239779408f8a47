import { describe, expect } from 'vitest'
import { armActions } from 'azure-clients/src/arm/requests.js'
import { documentedRoles } from '../../support/documented-roles.js'
import { expectAttached, it, type Scenario, type StepEnd } from '../../support/scenario.js'

type Name = keyof typeof armActions

/** A job that runs as an identity with exactly the actions listed in docs/permissions.md. */
interface Job {
  name: string
  needs: Name[]
  /** The data actions that it needs in registries and clusters. */
  dataActions?: readonly string[]
  inputs: (scenario: Scenario) => Record<string, string>
  prepare?: (scenario: Scenario) => void
  expectDone: (end: StepEnd) => void
}

const always: Name[] = ['readRegistry', 'readRoleAssignment']
const byId = ({ cluster, registry }: Scenario) => ({
  cluster: cluster.id,
  registry: registry.id,
  'resource-group': '',
  timeout: '20s',
})
const attached = (end: StepEnd): void => {
  expectAttached(end, { changed: true })
}
const proven = (end: StepEnd): void => {
  expect(end.outputs, end.log).toMatchObject({ attached: 'true', verified: 'pull', 'error-code': '' })
}
const newRegistry = ({ group }: Scenario): string =>
  `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`
const withImage = (scenario: Scenario): void => {
  scenario.registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
}
const pulling = (scenario: Scenario) => ({ ...byId(scenario), verify: 'pull', 'probe-image': 'team/app:v1' })
const inRegistry = 'Microsoft.ContainerRegistry/registries'

const jobs: Job[] = [
  { name: 'attach', needs: ['readCluster', ...always, 'writeRoleAssignment'], inputs: byId, expectDone: attached },
  {
    name: 'attach of an identity',
    needs: ['readIdentity', ...always, 'writeRoleAssignment'],
    inputs: scenario => ({ ...byId(scenario), cluster: '', 'kubelet-identity': scenario.cluster.kubeletIdentity.id }),
    expectDone: attached,
  },
  {
    name: 'attach with a role of its own',
    needs: ['readCluster', ...always, 'readRoleDefinition', 'writeRoleAssignment'],
    prepare: ({ world, group }) => {
      const actions = [`${inRegistry}/pull/read`]
      world.addCustomRole({ roleName: 'Puller', actions, assignableScopes: [group.id] })
    },
    inputs: scenario => ({ ...byId(scenario), role: 'Puller' }),
    expectDone: attached,
  },
  {
    name: 'check',
    needs: ['readCluster', ...always],
    inputs: scenario => ({ ...byId(scenario), mode: 'check', 'fail-on-drift': 'false' }),
    expectDone: end => {
      expect(end.outputs, end.log).toMatchObject({ drift: 'true', changed: 'false', 'error-code': '' })
    },
  },
  {
    name: 'detach',
    needs: ['readCluster', ...always, 'deleteRoleAssignment'],
    prepare: ({ world, cluster, registry }) => {
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    },
    inputs: scenario => ({ ...byId(scenario), mode: 'detach' }),
    expectDone: end => {
      expect(end.outputs, end.log).toMatchObject({ changed: 'true', 'error-code': '' })
    },
  },
  {
    name: 'create-registry',
    needs: ['readCluster', ...always, 'readResourceGroup', 'writeRegistry', 'writeRoleAssignment'],
    inputs: scenario => ({ ...byId(scenario), registry: newRegistry(scenario), 'create-registry': 'Basic' }),
    expectDone: attached,
  },
  {
    name: 'images',
    needs: ['readCluster', ...always, 'writeRoleAssignment', 'importImage'],
    dataActions: [`${inRegistry}/repositories/metadata/read`, `${inRegistry}/repositories/content/read`],
    prepare: ({ world }) => {
      world.addSourceRegistry('docker.io').push('library/nginx', '1.27', { platforms: ['linux/amd64'] })
    },
    inputs: scenario => ({ ...byId(scenario), images: 'nginx:1.27' }),
    expectDone: attached,
  },
  {
    name: 'proof by kubectl',
    needs: ['readCluster', ...always, 'writeRoleAssignment', 'readKubeconfig'],
    prepare: withImage,
    inputs: scenario => ({ ...pulling(scenario), 'probe-with': 'kubectl' }),
    expectDone: proven,
  },
  {
    name: 'proof by Run Command',
    needs: ['readCluster', ...always, 'writeRoleAssignment', 'runCommand', 'readCommandResult'],
    prepare: withImage,
    inputs: scenario => ({ ...pulling(scenario), 'probe-with': 'run-command' }),
    expectDone: proven,
  },
]

/** Limits the deployer to these actions in the subscription. */
function limit(
  { world, deployer, subscription }: Scenario,
  actions: string[],
  dataActions: readonly string[] = [],
): void {
  for (const assignment of [...world.roleAssignments])
    if (assignment.principalId === deployer.objectId) world.assignments.remove(assignment)
  const roleName = 'Exactly what is needed'
  world.addCustomRole({ roleName, actions, dataActions: [...dataActions], assignableScopes: [subscription.id] })
  world.assignRole({ principalId: deployer.objectId, role: roleName, scope: subscription.id })
}

const namesOf = (names: Name[]): string[] => names.map(name => armActions[name])

for (const { name, needs, dataActions, inputs, prepare, expectDone } of jobs) {
  describe(name, () => {
    it('works with only the documented actions', async ({ begin }) => {
      const scenario = await begin()
      prepare?.(scenario)
      limit(scenario, namesOf(needs), dataActions)
      expectDone(await scenario.attach(inputs(scenario)))
    })

    it.for(needs)('without %s fails, and names it', async (missing, { begin }) => {
      const scenario = await begin()
      prepare?.(scenario)
      limit(scenario, namesOf(needs.filter(need => need !== missing)), dataActions)
      const end = await scenario.attach(inputs(scenario))
      expect(end).toMatchObject({ exitCode: 1, stderr: '' })
      expect(end.outputs['error-code'], end.log).toBe('AUTHORIZATION_FAILED')
      expect(end.log).toContain(`${armActions[missing]} on `)
    })
  })
}

describe('the jobs', () => {
  it('need every documented action', () => {
    expect([...new Set(jobs.flatMap(({ needs }) => needs))].sort()).toEqual(Object.keys(armActions).sort())
  })
})

describe('a resource given by name', () => {
  const byName = { 'resource-group': '' }

  it('is not listed without permission to read registries, and the action is named', async ({ begin }) => {
    const scenario = await begin()
    limit(scenario, namesOf(['readCluster', 'readRoleAssignment', 'writeRoleAssignment']))
    const end = await scenario.attach(byName)
    expect(end.outputs['error-code'], end.log).toBe('AUTHORIZATION_FAILED')
    expect(end.log).toContain(`${armActions.readRegistry} on ${scenario.subscription.id}`)
  })

  it('is not listed without permission to read clusters, and the action is named', async ({ begin }) => {
    const scenario = await begin()
    limit(scenario, namesOf([...always, 'writeRoleAssignment']))
    const end = await scenario.attach(byName)
    expect(end.outputs['error-code'], end.log).toBe('AUTHORIZATION_FAILED')
    expect(end.log).toContain(`${armActions.readCluster} on ${scenario.subscription.id}`)
  })

  it('is found by callers with read access', async ({ begin }) => {
    const scenario = await begin()
    limit(scenario, namesOf(['readCluster', ...always, 'writeRoleAssignment']))
    attached(await scenario.attach(byName))
  })
})

describe('a cluster with Azure RBAC for Kubernetes', () => {
  const { probing, probingPods } = documentedRoles()
  const documented = [...probing.DataActions, ...probingPods.DataActions]
  const verbs: Record<string, string> = { read: 'list', write: 'create', delete: 'delete' }
  const needs: Name[] = ['readCluster', ...always, 'writeRoleAssignment', 'readKubeconfig']
  const begun = (scenario: Scenario, dataActions: readonly string[]) => {
    const cluster = scenario.group.addCluster('aks-entra', { aad: true, azureRbac: true })
    withImage(scenario)
    limit(scenario, namesOf(needs), dataActions)
    return { ...pulling(scenario), cluster: cluster.id, 'probe-with': 'kubectl' }
  }

  it('is probed with only the documented data actions', async ({ begin }) => {
    const scenario = await begin()
    const inputs = begun(scenario, documented)
    proven(await scenario.attach(inputs))
  })

  // Events only add explanations.
  const needed = documented.filter(action => !action.includes('/events/'))
  it.for(needed)('is not probed without %s, and the missing permission is named', async (missing, { begin }) => {
    const scenario = await begin()
    const inputs = begun(
      scenario,
      documented.filter(action => action !== missing),
    )
    const end = await scenario.attach(inputs)
    const [resource = '', verb = ''] = missing.split('/').slice(-2)
    // A pod that can't be deleted only causes a warning: it ends by itself.
    const printed = [end.log, ...end.annotations.map(({ message }) => message)].join('\n')
    expect(printed).toMatch(new RegExp(`cannot ${verbs[verb] ?? verb}\\w* resource "${resource}"`))
    if (verb !== 'delete') expect(end.outputs['error-code'], end.log).toBe('AUTHORIZATION_FAILED')
  })
})
