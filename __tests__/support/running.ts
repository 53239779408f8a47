import type { Contoso } from 'azure-simulator/contoso'

/** The deployer can read the cluster's workloads and the registry's images. */
export function letLook({ world, deployer, cluster, registry }: Contoso): void {
  for (const role of ['Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service RBAC Reader'])
    world.assignRole({ principalId: deployer.objectId, role, scope: cluster.id })
  world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: registry.id })
}

/** Switches soft delete on. */
export function keepDeleted({ body }: Contoso['registry']): void {
  const { policies } = body.properties as { policies: { softDeletePolicy: { status: string } } }
  policies.softDeletePolicy.status = 'enabled'
}

/** When the pods of `runImage` have started: a fixed day, which messages and samples name. */
export const runsSince = '2026-11-25T08:00:00Z'

interface RunOptions {
  kind?: string
  name?: string
  namespace?: string
  pods?: number
  /** The digest that runs; that of the tag by default. */
  digest?: string
}

/** Runs an image of contosoacr in a cluster; it is pushed if it isn't there. */
export function runImage(
  { registry, cluster }: Pick<Contoso, 'registry' | 'cluster'>,
  repository: string,
  tag: string,
  { kind = 'Deployment', name = 'api', namespace = 'shop', pods = 1, digest = '' }: RunOptions = {},
): { image: string; digest: string } {
  const { images, loginServer } = registry
  const found = images.find(repository, tag)?.digest ?? images.push(repository, tag)
  const runs = digest || found
  const image = `${loginServer}/${repository}:${tag}`
  cluster.kubernetes.addWorkload({
    kind,
    name,
    namespace,
    pods,
    startedAt: Date.parse(runsSince),
    spec: { containers: [{ name, image }] },
    imageIds: { [image]: `${loginServer}/${repository}@${runs}` },
  })
  return { image, digest: runs }
}
