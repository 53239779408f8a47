import { readBearer } from '../../tokens/bearer.js'
import { aksServerApplication } from '../../tokens/access-tokens.js'
import type { Exchange } from '../../../model/exchange.js'
import type { SigningKey } from '../../tokens/signing-keys.js'
import { accessOf } from '../../../world/cluster-access.js'
import type { Cluster } from '../../../world/clusters.js'
import type { World } from '../../../world/world.js'
import { kubernetesErrors } from '../objects/status.js'

/** The caller as the API server sees it. */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
  /** Only for users signed in with Entra ID. */
  readonly objectId: string | undefined
  /** For the log. */
  readonly displayName: string
}

/**
 * Reads the bearer token: a local account's, or an Entra token for the AKS server application. Service principals are
 * identified by object ID (Azure/guard).
 */
export async function authenticate(
  world: World,
  cluster: Cluster,
  key: SigningKey,
  request: Request,
  exchange: Exchange,
): Promise<User> {
  const { usesEntra, localAccountsDisabled } = accessOf(cluster)
  const { tokens } = cluster.kubernetes
  if (request.headers.has('impersonate-user')) {
    exchange.problem('impersonation is not simulated')
    throw kubernetesErrors.unauthorized()
  }
  const authorization = request.headers.get('authorization') ?? undefined
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
  if (token === tokens.user || token === tokens.admin) {
    if (localAccountsDisabled) throw kubernetesErrors.unauthorized()
    const groups = ['system:masters', 'system:authenticated']
    return { name: 'masterclient', groups, objectId: undefined, displayName: 'masterclient' }
  }
  if (!usesEntra) {
    exchange.problem(token === undefined ? 'no bearer token' : 'the bearer token is not for this cluster')
    throw kubernetesErrors.unauthorized()
  }
  const audiences = [aksServerApplication]
  const problem = (text: string): void => {
    exchange.problem(text)
  }
  const caller = await readBearer(authorization, { world, key, audiences, problem })
  if ('kind' in caller) throw kubernetesErrors.unauthorized()
  const groups = world.directory.groupsOf(caller.objectId, world.timing.groupPropagationMs)
  return {
    name: caller.objectId,
    groups: [...groups, 'system:authenticated'],
    objectId: caller.objectId,
    displayName: caller.displayName,
  }
}
