import { lastSegment, type Puller, type Registry } from 'azure'
import type { Asked } from '../ask.js'
import { maxPages } from '../http/whole-answers.js'
import type { Cluster } from './clusters.js'
import { askArm } from './errors.js'
import { armActions } from './requests.js'
import type { ArmContext } from './resources.js'

const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01'

/**
 * Finds registries by name or login server in all subscriptions that the caller can read, in one query. The index is seconds to minutes old: rely only on
 * the ID. @throws ActionError
 */
export async function queryRegistries(
  azure: ArmContext,
  namesOrLoginServers: string[],
): Promise<Pick<Registry, 'id' | 'name' | 'loginServer'>[]> {
  // The inputs can only have letters, digits, dots and dashes, so none can end a string literal.
  const conditions = namesOrLoginServers.map(text =>
    text.includes('.') ? `tostring(properties.loginServer) =~ '${text}'` : `name =~ '${text}'`,
  )
  const query =
    `resources | where type =~ 'microsoft.containerregistry/registries' and (${conditions.join(' or ')}) ` +
    '| project id, name, loginServer = tostring(properties.loginServer)'
  const asked = toQuery('registries', armActions.readRegistry)
  const rows = await queryAll<{ id: string; name: string | null; loginServer?: string | null }>(azure, asked, query)
  return rows.map(({ id, name, loginServer }) => ({ id, name: name ?? '', loginServer: loginServer ?? '' }))
}

/** Finds the resource IDs of the clusters with a name in all subscriptions that the caller can read, in one query; see `queryRegistries`. @throws ActionError */
export async function queryClusterIds(azure: ArmContext, name: string): Promise<string[]> {
  // The input can only have letters, digits, _ and -.
  const query = `resources | where type =~ 'microsoft.containerservice/managedclusters' and name =~ '${name}' | project id`
  const rows = await queryAll<{ id: string }>(azure, toQuery('clusters', armActions.readCluster), query)
  return rows.map(({ id }) => id)
}

/** Some IDs as a list of a query; empty if there are none. Nothing but GUIDs, because anything else could end a string literal. */
function toList(ids: readonly string[]): string {
  return ids.flatMap(id => (guid.test(id) ? `'${id.toLowerCase()}'` : [])).join(', ')
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Finds the clusters that pull with one of these identities, in all subscriptions that the caller can read, in one query. What the index says of a
 * cluster can be minutes old: it counts only if the cluster itself can't be read.
 * @param identities object IDs of managed identities, and client IDs of applications
 * @throws ActionError
 */
export async function queryClustersPullingWith(
  azure: ArmContext,
  identities: readonly string[],
): Promise<Pick<Cluster, keyof Puller | 'pullsWith'>[]> {
  const list = toList(identities)
  if (list === '') return []
  const query =
    "resources | where type =~ 'microsoft.containerservice/managedclusters' and " +
    `(tostring(properties.identityProfile.kubeletidentity.objectId) in~ (${list}) or ` +
    `tostring(properties.servicePrincipalProfile.clientId) in~ (${list})) | project id, ` +
    'objectId = tostring(properties.identityProfile.kubeletidentity.objectId), ' +
    'clientId = tostring(properties.servicePrincipalProfile.clientId), ' +
    'registryId = tostring(properties.bootstrapProfile.containerRegistryId)'
  const asked = toQuery('clusters', armActions.readCluster)
  const rows = await queryAll<{ id: string } & Record<'objectId' | 'clientId' | 'registryId', string | null>>(
    azure,
    asked,
    query,
  )
  return rows.map(({ id, objectId, clientId, registryId }) => ({
    id,
    name: lastSegment(id),
    pullsWith: objectId
      ? { kind: 'managed-identity', objectId, clientId: '', resourceId: '' }
      : { kind: 'service-principal', clientId: clientId ?? '' },
    ...(registryId && { bootstrapRegistryId: registryId }),
  }))
}

function toQuery(what: string, action: string): Asked {
  return {
    failure: `Azure Resource Graph could not be queried for ${what}`,
    subject: 'Azure Resource Graph',
    scope: '/subscriptions',
    action,
  }
}

function queryAll<Row>({ clients, signal }: ArmContext, asked: Asked, query: string): Promise<Row[]> {
  return askArm(clients, asked, async () => {
    const found: Row[] = []
    let $skipToken: string | undefined
    const tokens = new Set<string | undefined>()
    do {
      const options = { resultFormat: 'objectArray', ...($skipToken && { $skipToken }) }
      const result: { data: Row[]; $skipToken?: string } = await clients.resourceManager.post(
        path,
        { query, options },
        signal,
      )
      found.push(...result.data)
      $skipToken = result.$skipToken
      if (tokens.has($skipToken) || tokens.size >= maxPages) throw new Error('the list has no end')
      tokens.add($skipToken)
    } while ($skipToken)
    return found
  })
}
