import { expect } from 'vitest'
import type { RoleAssignment } from 'azure-simulator'
import { repositoryCondition } from 'repository-conditions'
import { documentedRoles } from './documented-roles.js'
import type { Beginning, Scenario, StepEnd } from './scenario.js'

export const roleIds = {
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  acrPush: '8311e382-0749-4cb8-b61a-304f252e45ec',
  repositoryReader: 'b93aa761-3e63-49ed-ac28-beffa264f7ac',
}

/** A custom role that only pulls. @returns its GUID */
export function addImagePuller({ world, subscription }: Pick<Scenario, 'world' | 'subscription'>): string {
  const { name } = world.addCustomRole({
    roleName: 'Image puller',
    actions: ['Microsoft.ContainerRegistry/registries/pull/read'],
    assignableScopes: [subscription.id],
  })
  return name
}

/** Writes the same as an attach of `aks-prod-1`, for scenarios that start after it. */
export function grantAccess({ world, cluster, registry }: Pick<Scenario, 'world' | 'cluster' | 'registry'>): void {
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
}

/** Lets the deployer read everything at a scope, and assign roles there. */
export function letDeploy({ world, deployer }: Pick<Scenario, 'world' | 'deployer'>, scope: string): void {
  for (const role of ['Reader', 'Role Based Access Control Administrator'])
    world.assignRole({ principalId: deployer.objectId, role, scope })
}

/** Removes roles of the deployer: all, or those at one scope. */
export function disarm({ world, deployer }: Pick<Scenario, 'world' | 'deployer'>, scope?: string): void {
  for (const assignment of [...world.roleAssignments])
    if (assignment.principalId === deployer.objectId && (scope === undefined || assignment.scope === scope))
      world.assignments.remove(assignment)
}

/** Leaves the deployer only the role of docs/permissions.md that reads. */
export function letReadOnly(scenario: Pick<Scenario, 'world' | 'deployer' | 'subscription'>): void {
  disarm(scenario)
  const { world, deployer, subscription } = scenario
  const { Name, Actions } = documentedRoles().reading
  if (!world.roles.some(({ roleName }) => roleName === Name))
    world.addCustomRole({ roleName: Name, actions: Actions, assignableScopes: [subscription.id] })
  world.assignRole({ principalId: deployer.objectId, role: Name, scope: subscription.id })
}

/** The role assignments of a principal, each as the role's GUID and the scope. */
export function held({ world }: Pick<Scenario, 'world'>, principalId: string): string[][] {
  return world.roleAssignments
    .filter(assignment => assignment.principalId === principalId)
    .map(({ roleDefinitionId, scope }) => [roleDefinitionId.slice(-36), scope])
}

/** A copy of all assignments, for later comparison. */
export function everything({ world }: Pick<Scenario, 'world'>): RoleAssignment[] {
  return world.roleAssignments.map(assignment => ({ ...assignment }))
}

/** The codes of the findings. */
export function findingCodes({ report }: Pick<StepEnd, 'report'>): string[] {
  return report.findings.map(({ code }) => code)
}

/** The statuses and error codes of the pairs. */
export function pairEnds({ report }: Pick<StepEnd, 'report'>): string[] {
  return report.pairs.map(({ status, error }) => error?.code ?? status)
}

/** Expects that a detach succeeded. */
export function expectDetached(end: StepEnd, { changed }: { changed: boolean }): void {
  expect(end.log).not.toContain('✗')
  expect(end).toMatchObject({ exitCode: 0, stderr: '' })
  expect(end.outputs).toMatchObject({ attached: 'false', changed: String(changed), 'error-code': '', drift: 'false' })
  expect(new Set(pairEnds(end))).toEqual(new Set(['detached']))
}

/** The requests to Microsoft Graph, each as its method and path. */
export function graphRequests({ requests }: Pick<StepEnd, 'requests'>): string[] {
  return requests
    .filter(({ host }) => host.includes('graph'))
    .map(({ method, path, status }) => `${method} ${path} ${status}`)
}

/** Starts with a registry in ABAC mode, and a function that assigns a role on it limited to repositories. */
export async function beginWithAbac(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const abac = scenario.group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
  letDeploy(scenario, abac.id)
  const { objectId } = scenario.cluster.kubeletIdentity
  const limit = (principalId: string, scope: string, ...repositories: string[]) =>
    scenario.world.assignRole({
      principalId,
      role: 'Container Registry Repository Reader',
      scope,
      condition: repositoryCondition(repositories),
    })
  return { ...scenario, abac, objectId, limit, inputs: { registry: 'abacacr' } }
}
