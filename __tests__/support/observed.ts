import {
  builtInRoles,
  normalizeId,
  parseResourceId,
  type Puller,
  type Registry,
  type ResourceId,
  type RoleAssignment,
  type RoleDefinition,
  type Target,
} from 'azure'
import { ActionError } from 'kernel'
import type { Observed, ObservedPair } from 'run-model'
import { sampleRegistry, sampleTarget } from './sample.js'
import type { Desired } from '../../src/plan/context.js'

/** The group of the desired states below. */
export const sampleGroup = '99999999-0000-4000-8000-000000000000'

const subscription = '/subscriptions/11111111-1111-4111-8111-111111111111'

/** A target with an ID that commands can use. */
export function realTarget(name?: string): Target {
  const target = sampleTarget(name)
  return { ...target, id: target.id.replace('/subscriptions/s', subscription) }
}

/** A registry with an ID that commands can use. */
export function realRegistry(name?: string): Registry {
  const registry = sampleRegistry(name)
  return {
    ...registry,
    id: registry.id.replace('/subscriptions/s', subscription),
    subscriptionId: subscription.slice(-36),
  }
}

/** The desired state of an attach without limits. */
export const sampleWish: Desired = {
  mode: 'attach',
  repositories: [],
  group: '',
  onTimeout: 'fail',
  forceImport: false,
}

/** An assignment of a role to the sample target's pull identity at the sample registry by default. */
export function sampleAssignment(role: RoleDefinition, more: Partial<RoleAssignment> = {}): RoleAssignment {
  const scope = more.scope ?? realRegistry().id
  return {
    id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${role.name.replaceAll(' ', '-')}`,
    scope,
    principalId: realTarget().identity.objectId,
    principalType: 'ServicePrincipal',
    roleId: role.id,
    ...more,
  }
}

/** A role assignment as Azure Resource Manager answers it. */
export const assignmentBody = ({ roleId, ...entry }: RoleAssignment) => ({
  id: entry.id,
  properties: { ...entry, roleDefinitionId: `/x/${roleId}` },
})

/** A resource of the inputs that is given by its ID. */
export const idOf = (text: string) => ({ kind: 'id' as const, text, id: parseResourceId(text) as ResourceId })

/** A pair of the sample target and registry, with its access there. */
export function sampleObservedPair(assignments: RoleAssignment[] = [], more: Partial<ObservedPair> = {}): ObservedPair {
  return {
    target: realTarget(),
    registry: realRegistry(),
    role: builtInRoles.acrPull,
    assignments,
    groupAssignments: [],
    ...more,
  }
}

/** The members of a group that the signed-in identity has no permission to read. */
export const hiddenMembers: NonNullable<Observed['group']>['members'] = {
  error: new ActionError('GROUP_ACCESS_DENIED', 'no', { azure: { status: 403, message: 'no' } }),
}

/** The observation with these pairs. */
export function sampleObserved(pairs: ObservedPair[], more: Partial<Observed> = {}): Observed {
  const targets = [...new Set(pairs.map(({ target }): Target => target))]
  const registries = [...new Set(pairs.map(({ registry }): Registry => registry))]
  return {
    targets: targets.map(value => ({ asked: value.name, value })),
    registries: registries.map(registry => ({ asked: registry.name, value: { registry, role: builtInRoles.acrPull } })),
    leftOut: [],
    searched: [],
    findings: [],
    unknown: [],
    pairs,
    lost: [],
    everyone: new Map(),
    roles: new Map(Object.values<RoleDefinition>(builtInRoles).map(role => [role.id, role])),
    unknownRoles: new Map(),
    identities: new Map(),
    pullers: samplePullers(
      ...targets.flatMap((target): [string, Puller[]][] =>
        target.ownsIdentity ? [[target.identity.objectId, [target]]] : [],
      ),
    ),
    images: [],
    probes: [],
    ...more,
  }
}

/** The clusters that pull with identities, by object ID, and why there may be more. */
export function samplePullers(
  ...pulling: [objectId: string, found: Puller[], errors?: ActionError[]][]
): Observed['pullers'] {
  return new Map(pulling.map(([objectId, found, errors = []]) => [normalizeId(objectId), { found, errors }]))
}
