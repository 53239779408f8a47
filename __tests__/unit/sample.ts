import type { Inputs } from '../../src/inputs.js'
import { cloudOf } from '../../src/azure/clouds.js'
import type { Run } from '../../src/result.js'
import type { Access, Operation, PlannedPair, Registry, Target } from '../../src/state.js'

/** A cluster's target; the name tells several apart. */
export function sampleTarget(name = 'aks-prod-1'): Target {
  return {
    kind: 'cluster',
    id: `/subscriptions/s/resourcegroups/rg-shop/providers/Microsoft.ContainerService/managedClusters/${name}`,
    name,
    location: 'westeurope',
    state: 'Running',
    identity: { objectId: `object-${name}`, clientId: `client-${name}`, name: `${name}-agentpool` },
  }
}

export function sampleRegistry(name = 'contosoacr'): Registry {
  return {
    id: `/subscriptions/s/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/${name}`,
    name,
    subscriptionId: 's',
    loginServer: `${name}.azurecr.io`,
    sku: 'Standard',
    roleAssignmentMode: 'RBAC',
  }
}

export function sampleOperation(target = sampleTarget(), registry = sampleRegistry()): Operation {
  return {
    operation: 'create-role-assignment',
    target,
    registry,
    scope: registry.id,
    principalId: target.identity.objectId,
    role: { id: '7f951dda-4ed3-4680-a7ca-43fe172d538d', name: 'AcrPull' },
    name: 'the-name',
    reason: 'no pull role at the registry or above it',
  }
}

/** A pair of found resources: with access, or with an operation that makes it. */
export function samplePair(
  how: { access?: Access; operation?: Operation } = {},
  target = how.operation?.target ?? sampleTarget(),
  registry = how.operation?.registry ?? sampleRegistry(),
): PlannedPair {
  return {
    target: { asked: target.name, found: target },
    registry: { asked: registry.name, found: registry },
    assignments: [],
    access: how.access ?? null,
    ...(how.operation && { operation: how.operation }),
  }
}

export function sampleAccess(scope = sampleRegistry().id): Access {
  return {
    grantedBy: 'direct',
    role: 'AcrPull',
    assignment: {
      id: `${scope}/providers/Microsoft.Authorization/roleAssignments/1`,
      scope,
      principalId: 'p',
      roleId: 'r',
    },
  }
}

export const sampleInputs: Inputs = {
  mode: 'attach',
  auth: { type: 'oidc', clientId: 'c', tenantId: 't', audience: 'a' },
  cloud: cloudOf('AzureCloud'),
  subscriptionId: 's',
  clusters: [],
  registries: [],
  verify: 'assignment',
  timeoutMs: 900_000,
  concurrency: 8,
}

/** A run that has planned these pairs. */
export function sampleRun(pairs: PlannedPair[] = [], more: Partial<Run> = {}): Run {
  return {
    startedAt: 1_750_000_000_000,
    finishedAt: 1_750_000_004_200,
    stages: [],
    requests: 7,
    inputs: sampleInputs,
    ...(pairs.length > 0 && {
      plan: { pairs, operations: pairs.flatMap(({ operation }) => operation ?? []), findings: [] },
    }),
    ...more,
  }
}
