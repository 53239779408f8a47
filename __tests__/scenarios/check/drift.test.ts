import { describe, expect } from 'vitest'
import { documentedRoles } from '../../support/documented-roles.js'
import { addImagePuller, disarm, findingCodes, letDeploy } from '../../support/estate.js'
import {
  expectAttached,
  expectFailure,
  it,
  onceIt,
  writes,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'

/** Leaves the deployer only the role of docs/permissions.md. */
function onlyReadingRole(scenario: Scenario): void {
  disarm(scenario)
  const { world, deployer, subscription } = scenario
  const { Name, Actions } = documentedRoles().reading
  if (!world.roles.some(({ roleName }) => roleName === Name))
    world.addCustomRole({ roleName: Name, actions: Actions, assignableScopes: [subscription.id] })
  world.assignRole({ principalId: deployer.objectId, role: Name, scope: subscription.id })
}

/** Refusals by Azure Resource Manager; Microsoft Graph, which needs separate permissions, only adds a note. */
const refused = ({ requests }: StepEnd) =>
  requests.filter(({ status, host }) => status === 403 && host.startsWith('management.'))

/** Deletes a resource and all assignments at it, like Azure. */
function remove({ world }: Scenario, { id }: { id: string }): void {
  world.resources.splice(
    world.resources.findIndex(resource => resource.id === id),
    1,
  )
  for (const assignment of [...world.roleAssignments]) if (assignment.scope === id) world.assignments.remove(assignment)
}

interface Loss {
  inputs?: (scenario: Scenario) => Record<string, string>
  /** A change made outside of the action. */
  happens: (scenario: Scenario) => void
  /** The missing access in the report; empty if a resource is gone. */
  lacks?: RegExp
  /** The code that the step fails with; `DRIFT` by default. */
  code?: string
  findings?: string[]
  /** Whether attach can repair it. */
  heals?: boolean
}

const abac = (scenario: Scenario): Record<string, string> => {
  Object.assign(scenario.registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
  return { repositories: 'team/app\nbase/*' }
}

const pullers = ({ world, deployer, registry }: Scenario): Record<string, string> => {
  const group = world.addGroup('pullers')
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  world.assignRole({ principalId: group.objectId, role: 'AcrPull', scope: registry.id })
  return { group: group.objectId }
}

const losses: Record<string, Loss> = {
  'a grant that was deleted': {
    happens: ({ world, grants }) => {
      for (const grant of grants()) world.assignments.remove(grant)
    },
    lacks: /^AcrPull /,
  },
  'a grant that was narrowed by a condition': {
    inputs: abac,
    happens: ({ grants }) => {
      for (const grant of grants())
        Object.assign(grant, {
          condition: grant.condition
            ?.replaceAll(/ OR \(@Resource.*?base\/'\)/g, '')
            .replaceAll("'team/app'", "'team/other'"),
        })
    },
    lacks: /^Container Registry Repository Reader .*team\/app$/,
    findings: ['LIMIT_NOT_IN_FORCE'],
  },
  'a registry that was switched to ABAC': {
    happens: ({ registry }) => {
      Object.assign(registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
    },
    lacks: /^Container Registry Repository Reader /,
    findings: ['ROLE_IGNORED_BY_ABAC'],
  },
  'a cluster that was created again': {
    happens: scenario => {
      remove(scenario, scenario.cluster)
      // Azure deletes the resource group of the nodes with the cluster.
      remove(scenario, scenario.cluster.kubeletIdentity)
      scenario.group.addCluster('aks-prod-1')
    },
    lacks: /^AcrPull /,
  },
  'a kubelet identity that was swapped': {
    happens: ({ cluster, group }) => {
      const { resourceId, clientId, objectId } = group.addUserAssignedIdentity('new-kubelet')
      Object.assign(cluster.body.properties, {
        identityProfile: { kubeletidentity: { resourceId, clientId, objectId } },
      })
    },
    lacks: /^AcrPull /,
  },
  'a registry that was created again': {
    happens: scenario => {
      remove(scenario, scenario.registry)
      const registry = scenario.group.addRegistry('contosoacr')
      scenario.world.assignRole({
        principalId: scenario.deployer.objectId,
        role: 'Role Based Access Control Administrator',
        scope: registry.id,
      })
    },
    lacks: /^AcrPull /,
  },
  'a cluster that is gone': {
    happens: scenario => {
      remove(scenario, scenario.cluster)
    },
    code: 'CLUSTER_NOT_FOUND',
    heals: false,
  },
  'a registry that is gone': {
    happens: scenario => {
      remove(scenario, scenario.registry)
    },
    code: 'REGISTRY_NOT_FOUND',
    heals: false,
  },
  'an identity that was taken out of the group': {
    inputs: pullers,
    happens: ({ world, cluster }) => {
      for (const group of world.directory.groups())
        world.directory.removeMember(group, cluster.kubeletIdentity.objectId)
    },
    lacks: /\bpull identity\b.*\bgroup\b/,
    findings: ['GROUP_LATENCY'],
  },
}

describe('drift', () => {
  it.for(Object.entries(losses))('is %s, seen with read-only access', async ([, loss], { begin }) => {
    const scenario = await begin()
    const { attach, world, deployer } = scenario
    const inputs = loss.inputs?.(scenario) ?? {}
    letDeploy(scenario, scenario.subscription.id)
    expectAttached(await attach(inputs), { changed: true })
    const rights = world.roleAssignments.filter(({ principalId }) => principalId === deployer.objectId)
    onlyReadingRole(scenario)
    const before = await attach({ ...inputs, mode: 'check' })
    expectAttached(before, { changed: false })
    expect(refused(before)).toEqual([])

    loss.happens(scenario)
    const end = await attach({ ...inputs, mode: 'check' })
    expectFailure(end, loss.code ?? 'DRIFT')
    expect(end.outputs.drift).toBe('true')
    const lacks = loss.lacks ? [expect.stringMatching(loss.lacks)] : []
    expect(end.report.pairs.map(pair => pair.lacks)).toEqual([lacks])
    expect(refused(end)).toEqual([])
    expect(writes(end)).toEqual([])
    expect(findingCodes(end)).toEqual(loss.findings ?? [])
    const graphRefused = end.requests.some(({ status, path }) => status === 403 && path.endsWith('/getByIds'))
    expect(end.report.notes.some(note => note.includes('Microsoft Graph'))).toBe(graphRefused)

    if (loss.heals === false) return
    for (const { roleDefinitionId, scope } of rights)
      world.assignRole({ principalId: deployer.objectId, role: roleDefinitionId.slice(-36), scope })
    expectAttached(await attach(inputs), { changed: true })
    onlyReadingRole(scenario)
    expectAttached(await attach({ ...inputs, mode: 'check' }), { changed: false })
  })

  it('is a deleted image, and one whose tag was moved', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, registry } = scenario
    const importer = 'Container Registry Data Importer and Data Reader'
    world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
    const hub = world.addSourceRegistry('docker.io')
    hub.push('library/nginx', '1.27')
    hub.push('library/redis', '7.4')
    const inputs = { images: 'nginx:1.27 => nginx:v1\nredis:7.4 => redis:v1' }
    expectAttached(await attach(inputs), { changed: true })

    // The permissions that docs/permissions.md lists for a check with images.
    onlyReadingRole(scenario)
    world.assignRole({ principalId: deployer.objectId, role: 'AcrPull', scope: registry.id })
    const check = { ...inputs, mode: 'check', 'drift-issue': 'true' }
    expectAttached(await attach(check), { changed: false })

    registry.images.push('nginx', 'v1', { content: 'another build' })
    registry.images.removeTag('redis', 'v1')
    const end = await attach(check)
    expectFailure(end, 'DRIFT')
    expect(end.outputs.drift).toBe('true')
    expect(end.report.images.map(({ name, error, importable }) => [name, error?.code, importable])).toEqual([
      ['nginx:v1', 'IMAGE_CONFLICT', false],
      ['redis:v1', 'IMAGE_NOT_FOUND', true],
    ])
    for (const { status, error } of end.report.images) {
      expect(status).toBe('missing')
      expect(error?.fix.text).not.toBe('')
    }
    expect(end.annotations.map(({ title }) => title)).toEqual([
      'attach-acr: DRIFT on nginx:v1',
      'attach-acr: DRIFT on redis:v1',
    ])
    expect(world.github.issues[0]?.title).toBe('Drift: 2 images')
    // An attach imports one of them, and gives advice for the other.
    const [made, other] = ['mode: attach', 'force-import: true']
    expect(end.log).toContain(made)
    expect(end.log).toContain(other)
    const moved = await attach({ ...check, images: 'nginx:1.27 => nginx:v1' })
    expectFailure(moved, 'DRIFT')
    for (const text of [moved.log, moved.summary]) {
      expect(text).toContain(other)
      expect(text).not.toContain('mode: attach')
    }
  })
})

describe('the role of docs/permissions.md', () => {
  onceIt('is sufficient for every way to name resources, and for roles that have to be read', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, subscription, cluster, registry } = scenario
    const identity = group.addUserAssignedIdentity('next-kubelet')
    const name = addImagePuller({ world, subscription })
    for (const { objectId } of [cluster.kubeletIdentity, identity])
      world.assignRole({ principalId: objectId, role: name, scope: group.id })
    onlyReadingRole(scenario)
    for (const inputs of [
      { cluster: '*', registry: 'contosoacr.azurecr.io' },
      { cluster: '*', 'resource-group': '', registry: registry.id },
      { cluster: cluster.id, 'kubelet-identity': identity.resourceId, role: 'Image puller' },
      { 'resource-group': '' },
    ]) {
      const end = await attach({ mode: 'check', ...inputs })
      expectAttached(end, { changed: false })
      expect(refused(end)).toEqual([])
      // It can read the identities, so nothing is asked of Microsoft Graph, where an Azure role gives no permission.
      expect(end.report.notes).toEqual([])
    }
  })
})

describe('an unchecked item', () => {
  onceIt("is reported for a role that can't be read", async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, subscription, cluster, simulator } = scenario
    const name = addImagePuller({ world, subscription })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: name, scope: group.id })
    simulator.faults.add({
      method: 'GET',
      path: `/roleDefinitions/${name}`,
      times: Infinity,
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const end = await attach({ mode: 'check' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.outputs).toMatchObject({ drift: 'false', attached: 'false', verified: 'none' })
    expect(end.report.pairs).toMatchObject([{ status: 'unknown', error: { code: 'AUTHORIZATION_FAILED' } }])
    const unknown = end.report.unknown.map(({ message }) => message)
    expect(unknown).toEqual([expect.stringContaining('Microsoft.Authorization/roleDefinitions/read')])
    expect(unknown[0]).toContain(name)
    // It fails the step, so it is reported only as that.
    expect(end.log.split(unknown[0] ?? '')).toHaveLength(2)
    expect(end.log).toContain('az role assignment create')
    // The grants of attach do not depend on it.
    expectAttached(await attach(), { changed: true })
    expectAttached(await attach({ mode: 'check' }), { changed: false })
  })

  onceIt('is not a deleted registry if a list could not be read', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, simulator, deployer } = scenario
    const other = world.addSubscription({ displayName: 'Shared services' })
    other.addResourceGroup('rg-shared').addRegistry('sharedacr')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: other.id })
    world.resourceGraph.denied = true
    simulator.faults.add({
      method: 'GET',
      path: `${other.id}/providers/Microsoft.ContainerRegistry/registries`,
      times: Infinity,
      status: 400,
      body: { error: { code: 'BadRequest', message: 'Something odd.' } },
    })
    const end = await attach({ mode: 'check', registry: 'sharedacr' })
    expect(end.outputs).toMatchObject({ drift: 'false', attached: 'false' })
    expect(end.outputs['error-code']).not.toBe('DRIFT')
    expect(end.exitCode).toBe(1)
  })
})
