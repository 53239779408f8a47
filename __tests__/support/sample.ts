import { createHash } from 'node:crypto'
import { builtInRoles, cloudOf, type Access, type Registry, type Target } from 'azure'
import { distinctOf, type ActionError } from 'kernel'
import {
  startRun,
  type Inputs,
  type Observed,
  type PlannedPair,
  type Run,
  type WorkloadContainer,
  type Operation,
} from 'run-model'

/** A GUID, the same for the same name. */
function guidOf(name: string): string {
  return createHash('sha256')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

/** A cluster's target; use different names for several. */
export function sampleTarget(name = 'aks-prod-1'): Target {
  return {
    kind: 'cluster',
    id: `/subscriptions/s/resourcegroups/rg-shop/providers/Microsoft.ContainerService/managedClusters/${name}`,
    name,
    location: 'westeurope',
    state: 'Running',
    isStopped: false,
    identity: { objectId: guidOf(name), clientId: `client-${name}`, name: `${name}-agentpool` },
  }
}

/** How a cluster is entered that every runner reaches, with local accounts. */
export const openAccess = {
  isPrivate: false,
  authorizedRanges: [],
  runCommandDisabled: false,
  usesEntra: false,
  pools: [],
  filledPools: [],
} satisfies Target['access']

export function sampleRegistry(name = 'contosoacr'): Registry {
  return {
    id: `/subscriptions/s/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/${name}`,
    name,
    subscriptionId: 's',
    loginServer: `${name}.azurecr.io`,
    sku: 'Standard',
    roleAssignmentMode: 'RBAC',
    adminUserEnabled: false,
    publicNetworkAccess: true,
    firewall: false,
    privateEndpoints: [],
    armTokensAccepted: true,
    anonymousPull: false,
    exists: true,
  }
}

export function sampleOperation(
  target = sampleTarget(),
  registry = sampleRegistry(),
): Extract<Operation, { scope: string }> {
  return {
    operation: 'create-role-assignment',
    target,
    registry,
    scope: registry.id,
    principalId: target.identity.objectId,
    principalType: 'ServicePrincipal',
    role: { id: '7f951dda-4ed3-4680-a7ca-43fe172d538d', name: 'AcrPull' },
    name: 'the-name',
    wants: { repositories: [], actions: [] },
    reason: 'no pull role at the registry or above it',
  }
}

/** A pair of found resources: with access, or with an operation that grants it. */
export function samplePair(
  how: { access?: Access; operation?: ReturnType<typeof sampleOperation> } = {},
  target = how.operation?.target ?? sampleTarget(),
  registry = how.operation?.registry ?? sampleRegistry(),
): PlannedPair {
  return {
    target,
    registry,
    role: builtInRoles.acrPull,
    assignments: [],
    groupAssignments: [],
    access: how.access ?? null,
    operations: how.operation ? [how.operation] : [],
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
      principalType: 'ServicePrincipal',
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
  kubeletIdentities: [],
  registries: [],
  role: { kind: 'auto' },
  repositories: [],
  group: '',
  images: [],
  forceImport: false,
  verify: 'assignment',
  probeImages: [],
  manifests: [],
  manifestDoubts: [],
  manifestGlobs: [],
  probeWith: 'auto',
  probeNodes: 'one-per-pool',
  probeNamespace: 'default',
  probeServiceAccount: '',
  timeoutMs: 900_000,
  onTimeout: 'fail',
  concurrency: 8,
  failOnDrift: true,
  jobSummary: true,
  reportHtml: false,
  ignored: [],
  driftIssue: '',
  githubToken: '',
}

/** A run that has planned these pairs. */
export function sampleRun(pairs: PlannedPair[] = [], more: Partial<Run> = {}): Run {
  return {
    ...startRun(1_750_000_000_000, more.inputs?.mode ?? 'attach'),
    finishedAt: 1_750_000_004_200,
    requests: 7,
    inputs: sampleInputs,
    ...(pairs.length > 0 && {
      plan: { pairs, operations: pairs.flatMap(({ operations }) => operations), images: [], findings: [], unknown: [] },
    }),
    ...more,
    ...((more.observed ?? pairs.length > 0) && { observed: withPairs(more.observed ?? sampleLost(), pairs) }),
  }
}

/** An observation with the targets and registries of these pairs, and of those that are lost, by their names. */
function withPairs(observed: Observed, pairs: readonly PlannedPair[]): Observed {
  const all = [...pairs, ...observed.lost]
  const known = [...observed.targets, ...observed.registries].map(
    ({ value }) => value && ('registry' in value ? value.registry.id : value.id),
  )
  const isNew = ({ id }: { id: string }): boolean => !known.includes(id)
  const targets = distinctOf(all.map(({ target }) => target).filter(isNew), ({ id }) => id)
  const registries = distinctOf(all.map(({ registry }) => registry).filter(isNew), ({ id }) => id)
  const role = builtInRoles.acrPull
  return {
    ...observed,
    targets: [...targets.map(value => ({ asked: value.name, value })), ...observed.targets],
    registries: [
      ...registries.map(registry => ({ asked: registry.name, value: { registry, role } })),
      ...observed.registries,
    ],
  }
}

/** The observation if none of these clusters was found. */
export function sampleLost(error?: ActionError, ...targets: string[]): Observed {
  const registry = sampleRegistry()
  return {
    targets: error ? targets.map(asked => ({ asked, error })) : [],
    registries: !error ? [] : [{ asked: registry.name, value: { registry, role: builtInRoles.acrPull } }],
    leftOut: [],
    searched: [],
    findings: [],
    unknown: [],
    pairs: [],
    lost: [],
    everyone: new Map(),
    roles: new Map(),
    unknownRoles: new Map(),
    identities: new Map(),
    pullers: new Map(),
    images: [],
    probes: [],
  }
}

/** A container of a deployment in aks-prod-1. */
export function sampleContainer(more: Partial<WorkloadContainer> = {}): WorkloadContainer {
  return {
    cluster: sampleTarget().id,
    namespace: 'shop',
    kind: 'Deployment',
    name: 'api',
    container: 'api',
    image: 'contosoacr.azurecr.io/api:1',
    runningDigest: '',
    pods: 2,
    ...more,
  }
}

/** The omissions of a complete report. */
export const nothingOmitted = {
  pairs: 0,
  images: 0,
  manifests: 0,
  workloads: 0,
  plan: 0,
  findings: 0,
  unknown: 0,
  notes: 0,
  jobs: 0,
  fixes: false,
}
