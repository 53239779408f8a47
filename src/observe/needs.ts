import {
  builtInRoles,
  clusterRoles,
  probePodsRole,
  probeRole,
  resourceTypes,
  runCommandRole,
  type ClusterAccess,
} from 'azure'
import type { armActions } from 'azure-clients'
import type { Inputs } from 'run-model'
import { enters, imports } from 'run-model/set-up'

export const reader = builtInRoles.reader.name

/** The only role of the set-ups that can assign roles; it also includes reading. */
export const administrator = builtInRoles.accessAdministrator.name

/** What an action is needed for, at each resource of its kind that a run names. */
export interface Need {
  at: 'cluster' | 'identity' | 'registry' | 'resource group of a registry'
  /** The role of the set-ups that has it. */
  role: string
  /** Whether a run may need it; by default each does. @param access absent for a cluster that could not be read */
  isNeeded?: (inputs: Inputs, access: ClusterAccess | undefined) => boolean
}

/** Each action that the signed-in identity needs, as the table of docs/permissions.md lists them. */
export const needs: Readonly<Record<keyof typeof armActions, Need>> = {
  readCluster: { at: 'cluster', role: reader },
  readIdentity: { at: 'identity', role: reader },
  readRegistry: { at: 'registry', role: reader },
  readRoleAssignment: { at: 'registry', role: reader },
  readRoleDefinition: {
    at: 'registry',
    role: reader,
    isNeeded: ({ role }) => role.kind === 'id' || role.kind === 'name',
  },
  writeRoleAssignment: {
    at: 'registry',
    role: administrator,
    isNeeded: ({ mode }) => mode === 'attach',
  },
  deleteRoleAssignment: { at: 'registry', role: administrator, isNeeded: ({ mode }) => mode === 'detach' },
  writeRegistry: {
    at: 'resource group of a registry',
    role: 'Container Registry Contributor and Data Access Configuration Administrator',
  },
  importImage: { at: 'registry', role: 'Container Registry Data Importer and Data Reader', isNeeded: imports },
  readResourceGroup: {
    at: 'resource group of a registry',
    role: reader,
    isNeeded: ({ createRegistry }) => !createRegistry?.location,
  },
  readKubeconfig: enteringBy('kubectl'),
  runCommand: enteringBy('run-command'),
  readCommandResult: enteringBy('run-command'),
}

/** The need of a run that enters a cluster in this way, or may. */
function enteringBy(way: 'kubectl' | 'run-command'): Need {
  const isNeeded: Need['isNeeded'] = (inputs, access) => {
    const isOther = access && access.isPrivate !== (way === 'run-command')
    return enters(inputs) && (inputs.probeWith === 'auto' ? !isOther : inputs.probeWith === way)
  }
  return { at: 'cluster', role: way === 'kubectl' ? probeRole.name : runCommandRole.name, isNeeded }
}

/** A data action that a run needs in a cluster with Azure RBAC, with its role. */
interface DataNeed {
  action: string
  role: string
  /** Where it is needed; absent for the whole cluster. */
  namespace?: string
}

/** The data actions that a run needs in clusters with Azure RBAC. */
export function listDataActions({ verify, workloads, probeNamespace: namespace }: Inputs): DataNeed[] {
  const ofWorkloads = clusterRoles.reader.rules.flatMap(([group, resources]) =>
    resources.split(', ').map(name => [group, name].filter(Boolean).join('/')),
  )
  const ofProbes = [
    ...probeRole.dataActions.map(action => ({ action, role: probeRole.name })),
    ...probePodsRole.dataActions.map(action => ({ action, role: probePodsRole.name, namespace })),
  ]
  return [
    ...(verify === 'pull' ? ofProbes : []),
    ...(workloads
      ? ofWorkloads.map(name => ({
          action: `${resourceTypes.cluster}/${name}/read`,
          role: 'Azure Kubernetes Service RBAC Reader',
        }))
      : []),
  ]
}

/** A ClusterRole, or a Role of `namespace`, that a run needs in clusters with Kubernetes RBAC. */
interface RoleNeed {
  name: string
  rules: (typeof clusterRoles)[keyof typeof clusterRoles]['rules']
  binds: keyof typeof clusterRoles
  /** Where the run needs it; none for the whole cluster. */
  namespaces: readonly string[]
  namespace?: string
}

export function listClusterRoles({ verify, workloads, probeNamespace: namespace }: Inputs): RoleNeed[] {
  const { probe, probePods, reader } = clusterRoles
  const namespaces = workloads?.kind === 'named' ? workloads.names : []
  const ofProbes: RoleNeed[] = [
    { ...probe, binds: 'probe', namespaces: [] },
    { ...probePods, binds: 'probePods', namespaces: [namespace], namespace },
  ]
  return [
    ...(verify === 'pull' ? ofProbes : []),
    ...(workloads ? [{ ...reader, binds: 'reader' as const, namespaces }] : []),
  ]
}
