import { builtInRoles, clusterRoles, probeRole, resourceTypes, type ClusterAccess } from 'azure'
import type { armActions } from 'azure-clients'
import type { Inputs } from 'run-model'

const reader = builtInRoles.reader.name

/** The only role of the set-ups that can assign roles; it also includes reading. */
export const administrator = builtInRoles.accessAdministrator.name

/** What an action is needed for, at each resource of its kind that a run names. */
export interface Need {
  at: 'cluster' | 'identity' | 'registry' | 'resource group of a registry'
  purpose: string
  /** In Markdown. */
  neededFor: string
  /** The role of the set-ups that has it. */
  role: string
  /** Whether a run may need it; by default each does. @param access absent for a cluster that could not be read */
  isNeeded?: (inputs: Inputs, access: ClusterAccess | undefined) => boolean
}

/** Each action that the signed-in identity needs: the table of docs/permissions.md. */
export const needs: Readonly<Record<keyof typeof armActions, Need>> = {
  readCluster: { at: 'cluster', role: reader, purpose: 'to find the kubelet identity', neededFor: '`cluster`' },
  readIdentity: {
    at: 'identity',
    role: reader,
    purpose: 'to find its object ID, and whether it still exists',
    neededFor: '`kubelet-identity`; otherwise recommended',
  },
  readRegistry: {
    at: 'registry',
    role: reader,
    purpose: 'to find the login server and role assignment mode',
    neededFor: 'always',
  },
  readRoleAssignment: {
    at: 'registry',
    role: reader,
    purpose: 'to find role assignments there and above',
    neededFor: 'always',
  },
  readRoleDefinition: {
    at: 'registry',
    role: reader,
    purpose: 'to read roles that the action does not know by itself',
    neededFor: '`role` with such a role; otherwise recommended',
    isNeeded: ({ role }) => role.kind !== 'auto',
  },
  writeRoleAssignment: {
    at: 'registry',
    role: administrator,
    purpose: 'to assign the pull role, or to widen its condition',
    neededFor: '`attach`, if the role is missing',
    isNeeded: ({ mode }) => mode === 'attach',
  },
  deleteRoleAssignment: {
    at: 'registry',
    role: administrator,
    purpose: 'to delete the pull role',
    neededFor: '`detach`, if there is one',
    isNeeded: ({ mode }) => mode === 'detach',
  },
  writeRegistry: {
    at: 'resource group of a registry',
    role: 'Container Registry Contributor and Data Access Configuration Administrator',
    purpose: 'to create it',
    neededFor: '`create-registry`, if the registry is missing',
  },
  importImage: {
    at: 'registry',
    role: 'Container Registry Data Importer and Data Reader',
    purpose: 'to import into it',
    neededFor: '`images` in `attach`, if an image is missing',
    isNeeded: imports,
  },
  readResourceGroup: {
    at: 'resource group of a registry',
    role: reader,
    purpose: 'to find the region',
    neededFor: '`create-registry` without `location`',
    isNeeded: ({ createRegistry }) => !createRegistry?.location,
  },
  readKubeconfig: {
    at: 'cluster',
    role: probeRole.name,
    purpose: 'to get the kubeconfig',
    neededFor: '`verify` set to `pull`, with kubectl',
    isNeeded: (inputs, access) => entersBy('kubectl', inputs, access),
  },
  runCommand: {
    at: 'cluster',
    role: probeRole.name,
    purpose: 'to run a command inside it',
    neededFor: '`verify` set to `pull`, with Run Command',
    isNeeded: (inputs, access) => entersBy('run-command', inputs, access),
  },
  readCommandResult: {
    at: 'cluster',
    role: probeRole.name,
    purpose: 'to get its result',
    neededFor: '`verify` set to `pull`, with Run Command',
    isNeeded: (inputs, access) => entersBy('run-command', inputs, access),
  },
}

/** Whether a run enters clusters. */
export function enters({ mode, verify, workloads }: Inputs): boolean {
  return mode !== 'detach' && (verify === 'pull' || workloads !== undefined)
}

/** Whether it may enter a cluster in this way. */
function entersBy(way: 'kubectl' | 'run-command', inputs: Inputs, access: ClusterAccess | undefined): boolean {
  const { probeWith } = inputs
  const isOther = access && access.isPrivate !== (way === 'run-command')
  return enters(inputs) && (probeWith === 'auto' ? !isOther : probeWith === way)
}

/** Whether a run imports: what the inputs name or, for nodes to pull, a pause image. */
function imports({ mode, verify, images, probeImages, manifests, probesWorkloads }: Inputs): boolean {
  const pullsPause = verify === 'pull' && probeImages.length === 0 && manifests.length === 0 && !probesWorkloads
  return mode === 'attach' && (images.length > 0 || pullsPause)
}

/** The data actions that a run needs in clusters with Azure RBAC, each with its role. */
export function listDataActions({ verify, workloads }: Inputs): (readonly [action: string, role: string])[] {
  const ofWorkloads = clusterRoles.reader.rules.flatMap(([group, resources]) =>
    resources.split(', ').map(name => [group, name].filter(Boolean).join('/')),
  )
  return [
    ...(verify === 'pull' ? probeRole.dataActions.map(action => [action, probeRole.name] as const) : []),
    ...(workloads
      ? ofWorkloads.map(
          name => [`${resourceTypes.cluster}/${name}/read`, 'Azure Kubernetes Service RBAC Reader'] as const,
        )
      : []),
  ]
}
