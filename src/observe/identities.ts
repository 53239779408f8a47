import { aksCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Lookup } from '../model/observed.js'
import { unknowable } from '../model/other-tenant.js'
import { attempt, type Result } from '../model/result.js'
import type { Target } from '../model/target.js'
import type { IdReference } from '../model/inputs.js'
import type { Cluster } from '../services/arm/clusters.js'
import type { AzureContext } from '../services/context.js'
import { getIdentity } from '../services/arm/identities.js'
import { findServicePrincipal } from '../services/graph/directory.js'
import { isOfOwnTenant } from './tenants.js'

/** Old clusters pull as an application. Role assignments need the object ID of its service principal, which only Microsoft Graph knows. */
export async function findClusterServicePrincipal(
  azure: AzureContext,
  { name, id }: Cluster,
  clientId: string,
): Promise<Result<Target['identity']>> {
  const { value: objectId, error } = await attempt(findServicePrincipal(azure, clientId, name))
  if (error) return { error }
  if (objectId) return { value: { objectId, clientId, name: `service principal …${clientId.slice(-4)}` } }
  if (!(await isOfOwnTenant(azure, id))) {
    const failure = `The service principal ${clientId}, which ${name} pulls with, could not be found`
    return { error: unknowable({ failure, who: name, resource: { id, name } }) }
  }
  const missing = new ActionError(
    'IDENTITY_NOT_FOUND',
    `The service principal ${clientId}, which ${name} pulls with, could not be found: the tenant has no service principal of that application.`,
    {
      subject: name,
      resource: id,
      fix: fix(
        "The cluster can't pull either. Give it a new one, or managed identities, which its nodes use after an upgrade:",
        aksCommand('update', id, '--enable-managed-identity'),
      ),
    },
  )
  return { error: missing }
}

export async function readIdentity(azure: AzureContext, { text: asked, id }: IdReference): Promise<Lookup<Target>> {
  const read = await attempt(getIdentity(azure, id))
  if (read.error) return { asked, error: read.error }
  const { id: identityId, name, location, objectId, clientId, tenantId } = read.value
  return {
    asked,
    value: {
      kind: 'kubelet-identity',
      id: identityId,
      name,
      location,
      state: '',
      isStopped: false,
      tenantId,
      identity: { objectId, clientId, name },
    },
  }
}
