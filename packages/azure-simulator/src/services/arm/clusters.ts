import type { Hono } from 'hono'
import { hasServiceAccountPull } from '../../model/api-versions.js'
import type { ClusterMachine } from '../../model/cluster-machine.js'
import { accessOf } from '../../world/cluster-access.js'
import { clusterType, isCluster, type Cluster } from '../../world/clusters.js'
import { bodyOf } from '../../world/own-update.js'
import type { ResourceBody } from '../../world/resources.js'
import { createKubeconfig, entraUser } from '../kubernetes/access/kubeconfig.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { ArmError, armErrors } from './errors.js'
import { findResource, resourceRoutes } from './resources.js'

export const clusterRoute = `/subscriptions/:subscription/resourceGroups/:group/providers/${clusterType}/:name`

/** The cluster of a request, after checking that the caller has permission for `action`. */
export function findCluster(arm: Arm, c: ArmContext, action: string): Cluster {
  const { subscription = '', group = '', name = '' } = c.req.param() as Record<string, string | undefined>
  arm.authorize(
    c,
    `${clusterType}/${action}`,
    `/subscriptions/${subscription}/resourceGroups/${group}/providers/${clusterType}/${name}`,
  )
  const cluster = findResource(arm, c, clusterType, subscription, group, name)
  if (!isCluster(cluster)) throw armErrors.resourceNotFound(clusterType, name, group)
  return cluster
}

/** Clusters, their node pools, and their credentials. */
export function clusterRoutes(app: Hono<ArmEnvironment>, arm: Arm, machine: ClusterMachine): void {
  const { certificate } = machine
  resourceRoutes(app, arm, clusterType, (body, c) => asClusterVersion(body, c.req.query('api-version') ?? ''))

  app.get(`${clusterRoute}/agentPools`, c => {
    const cluster = findCluster(arm, c, 'agentPools/read')
    return c.json(arm.page(c, agentPools(arm, cluster)))
  })
  app.get(`${clusterRoute}/agentPools/:pool`, c => {
    const cluster = findCluster(arm, c, 'agentPools/read')
    const { pool } = c.req.param()
    const found = agentPools(arm, cluster).find(({ name }) => name === pool)
    if (found === undefined) throw new ArmError(404, 'NotFound', 'Could not find the agent pool')
    return c.json(found)
  })
  app.post(`${clusterRoute}/listClusterUserCredential`, async c => {
    const cluster = findCluster(arm, c, 'listClusterUserCredential/action')
    const server = c.req.query('server-fqdn')
    const { usesEntra } = accessOf(cluster)
    if (!usesEntra) refuseStaticCredential(cluster)
    if (cluster.external !== undefined) return credentials(c, 'clusterUser', cluster.external.kubeconfig)
    const user = usesEntra
      ? entraUser(
          arm.world.cloud.name,
          arm.world.findSubscription(cluster.subscriptionId)?.tenantId ?? '',
          c.req.query('format') ?? 'exec',
        )
      : await localUser(machine, cluster.kubernetes.tokens.user)
    return credentials(
      c,
      'clusterUser',
      createKubeconfig(cluster, { certificate, account: 'clusterUser', user, server }),
    )
  })
  app.post(`${clusterRoute}/listClusterAdminCredential`, async c => {
    const cluster = findCluster(arm, c, 'listClusterAdminCredential/action')
    refuseStaticCredential(cluster)
    if (cluster.external !== undefined) return credentials(c, 'clusterAdmin', cluster.external.kubeconfig)
    const server = c.req.query('server-fqdn')
    const user = await localUser(machine, cluster.kubernetes.tokens.admin)
    return credentials(
      c,
      'clusterAdmin',
      createKubeconfig(cluster, { certificate, account: 'clusterAdmin', user, server }),
    )
  })
}

/** A cluster in an api-version: stable ones hide whether nodes pull as service accounts. */
export function asClusterVersion(body: ResourceBody, version: string): ResourceBody {
  const profile = body.properties.securityProfile
  if (typeof profile !== 'object' || profile === null || hasServiceAccountPull(version)) return body
  const shown = Object.entries(profile).filter(([name]) => name !== 'serviceAccountImagePullProfile')
  return { ...body, properties: { ...body.properties, securityProfile: Object.fromEntries(shown) } }
}

/** AKS also issues an equivalent client certificate; here only the token counts. */
async function localUser(machine: ClusterMachine, token: string): Promise<Record<string, unknown>> {
  const { certificate, key } = await machine.clientCertificate('masterclient', 'system:masters')
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  return { 'client-certificate-data': encode(certificate), 'client-key-data': encode(key), token }
}

/** Text: hashicorp/terraform-provider-azurerm #15489. */
function refuseStaticCredential(cluster: Cluster): void {
  if (!accessOf(cluster).localAccountsDisabled) return
  throw new ArmError(
    400,
    'BadRequest',
    'Getting static credential is not allowed because this cluster is set to disable local accounts.',
  )
}

const credentials = (c: ArmContext, name: string, kubeconfig: string): Response =>
  c.json({ kubeconfigs: [{ name, value: Buffer.from(kubeconfig).toString('base64') }] })

interface AgentPoolResource {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly properties: unknown
}

function agentPools(arm: Arm, cluster: Cluster): AgentPoolResource[] {
  const { id } = cluster
  const profiles = bodyOf(arm.world, cluster).properties.agentPoolProfiles as ({ name: string } & Record<
    string,
    unknown
  >)[]
  return profiles.map(({ name, ...properties }) => ({
    id: `${id}/agentPools/${name}`,
    name,
    type: `${clusterType}/agentPools`,
    properties,
  }))
}
