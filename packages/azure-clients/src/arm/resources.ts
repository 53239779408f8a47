import type { AuthorizationManagementClient } from '@azure/arm-authorization'
import type { ContainerServiceContext } from '@azure/arm-containerservice/api'
import * as managedClusters from '@azure/arm-containerservice/api/managedClusters'
import { formatResourceId, lastSegment, resourceTypes, serviceAccountPullVersion } from 'azure'
import type { Caller, ResourceId } from 'azure'
import type { ActionError } from 'kernel'
import { collect, type RestClient } from '../http/rest.js'
import { toCluster, toServiceAccountPull } from './clusters.js'
import { askArm } from './errors.js'
import { registryVersion, toOwnRegistry, toRegionalEndpoints, toSoftDelete, type RawRegistry } from './registries.js'
import { armActions, scopeOf } from './requests.js'

/**
 * The clients and their caller. For clusters only the context of the SDK, used with functions from its subpaths: a whole client would bundle every operation.
 */
export interface Clients {
  /** The signed-in principal, which the errors of all requests name. */
  caller: Caller
  authorization: AuthorizationManagementClient
  containerService: (subscriptionId: string) => ContainerServiceContext
  /** For everything else in Azure Resource Manager. */
  resourceManager: RestClient
  graph: RestClient
  /** Suffix of the login servers in the cloud. */
  registrySuffix: string
}

/** The clients, and the signal that aborts their requests. */
export interface ArmContext {
  clients: Clients
  signal: AbortSignal
}

/** What can be read about resources: what failed if it can't, and how it is read. */
interface ResourceKind<T> {
  action: string
  /** What failed to be read, before the name of the resource. */
  one: string
  /** What failed to be listed. */
  many?: string
  /** Code for a 404, if a missing resource can be a mistake in the inputs. */
  notFound?: ActionError['code']
  /** Returns undefined for a resource that is too new to be used. */
  get: (azure: ArmContext, id: string) => Promise<T | undefined>
  list?: Listing<T>
}

/** Lists a resource group or a subscription. */
type Listing<T> = (azure: ArmContext, scope: string) => Promise<(T | undefined)[]>

/** Plain requests with a version of an API (github.com/Azure/azure-rest-api-specs). @param convert takes the answer, in the form of its kind */
function plain<T>(type: string, version: string, convert: (answer: never, clients: Clients) => T) {
  const get = async ({ clients, signal }: ArmContext, id: string) =>
    convert(await clients.resourceManager.get<never>(`${id}?api-version=${version}`, signal), clients)
  const list = async ({ clients, signal }: ArmContext, scope: string) => {
    const path = `${scope}/providers/${type}?api-version=${version}`
    return (await clients.resourceManager.list<never>(path, signal)).map(answer => convert(answer, clients))
  }
  return { type, get, list }
}

/** The requests of arm-containerservice. */
const ofClusters = {
  type: resourceTypes.cluster,
  get: async ({ clients, signal: abortSignal }: ArmContext, id: string) => {
    const [, , subscriptionId = '', , resourceGroup = ''] = id.split('/')
    const context = clients.containerService(subscriptionId)
    return toCluster(await managedClusters.get(context, resourceGroup, lastSegment(id), { abortSignal }))
  },
  list: async ({ clients, signal: abortSignal }: ArmContext, scope: string) => {
    const [, , subscriptionId = '', , resourceGroup = ''] = scope.split('/')
    const context = clients.containerService(subscriptionId)
    const pages = resourceGroup
      ? managedClusters.listByResourceGroup(context, resourceGroup, { abortSignal })
      : managedClusters.list(context, { abortSignal })
    return (await collect(pages)).map(toCluster)
  },
}

/** The resources that are read one by one, or in lists. */
export const resources = {
  cluster: {
    ...ofClusters,
    action: armActions.readCluster,
    one: 'cluster',
    many: 'The clusters',
    notFound: 'CLUSTER_NOT_FOUND',
  },
  /** Whether nodes pull as service accounts: only preview versions have it, which Azure can remove. */
  serviceAccountPull: {
    ...plain(resourceTypes.cluster, serviceAccountPullVersion, toServiceAccountPull),
    action: armActions.readCluster,
    one: 'service account pull of',
    many: 'The service account pulls',
  },
  registry: {
    ...plain(resourceTypes.registry, registryVersion, (raw: RawRegistry, { registrySuffix }) =>
      toOwnRegistry(raw, registrySuffix),
    ),
    action: armActions.readRegistry,
    one: 'registry',
    many: 'The registries',
    notFound: 'REGISTRY_NOT_FOUND',
  },
  /** For how long a registry keeps what is deleted: stable versions hide it (containerregistry.json, 2023-11-01-preview). */
  softDelete: {
    ...plain(resourceTypes.registry, '2023-11-01-preview', toSoftDelete),
    action: armActions.readRegistry,
    one: 'soft delete policy of',
  },
  /** The regional endpoints of a registry: stable versions hide them (recorded: acr_registry_show_200_2026.json). */
  regionalEndpoints: {
    ...plain(resourceTypes.registry, '2026-09-01-preview', toRegionalEndpoints),
    action: armActions.readRegistry,
    one: 'regional endpoints of',
  },
  identity: {
    ...plain(resourceTypes['kubelet-identity'], '2023-01-31', toIdentity),
    action: armActions.readIdentity,
    one: 'user-assigned identity',
    many: 'The user-assigned identities',
    notFound: 'IDENTITY_NOT_FOUND',
  },
  location: {
    ...plain('', '2021-04-01', ({ location }: { id: string; location: string }) => location),
    action: armActions.readResourceGroup,
    one: 'region of the resource group',
    notFound: 'INVALID_INPUT',
  },
} as const satisfies Record<string, ResourceKind<unknown>>

/** Reads a resource. @throws ActionError, with the code of its kind if it does not exist */
export function getResource<T>(
  azure: ArmContext,
  { one, action, notFound, get }: ResourceKind<T>,
  id: ResourceId | string,
): Promise<T> {
  const scope = typeof id === 'string' ? id : formatResourceId(id)
  const failure = `The ${one} ${lastSegment(scope)} could not be read`
  return askArm(azure.clients, { failure, scope, one, action, notFound }, async () => {
    const value = await get(azure, scope)
    if (value === undefined) throw new Error('it has no object ID yet')
    return value
  })
}

/** Lists the resources of a resource group or, without one, of the subscription, without those that are too new. @throws ActionError */
export function listResources<T>(
  azure: ArmContext,
  { many, action, notFound, list }: ResourceKind<T> & { many: string; list: Listing<T> },
  subscriptionId: string,
  resourceGroup = '',
): Promise<T[]> {
  const scope = scopeOf(subscriptionId, resourceGroup)
  const failure = `${many} of ${resourceGroup || `subscription ${subscriptionId}`} could not be listed`
  return askArm(azure.clients, { failure, scope, action, notFound }, async () =>
    (await list(azure, scope)).filter(value => value !== undefined),
  )
}

/** A user-assigned managed identity. */
export interface Identity {
  id: string
  name: string
  location: string
  objectId: string
  clientId: string
  tenantId: string
}

interface RawIdentity extends Pick<Identity, 'id' | 'location'> {
  name?: string
  properties?: { principalId?: string; clientId?: string; tenantId?: string }
}

function toIdentity({ id, name = lastSegment(id), location, properties }: RawIdentity): Identity | undefined {
  const { principalId: objectId, clientId = '', tenantId = '' } = properties ?? {}
  return objectId ? { id, name, location, objectId, clientId, tenantId } : undefined
}
