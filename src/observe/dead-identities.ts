import { aksCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { choices } from '../model/fix.js'
import { once } from '../model/memoize.js'
import { formatResourceId, normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import type { Target } from '../model/target.js'
import { getIdentity, type Identity } from '../services/arm/identities.js'
import { orError, type AzureContext } from '../services/context.js'

/**
 * Which clusters name a kubelet identity that is not there any more: deleted, or made anew under the same name, which gives it another object
 * ID. Roles of the old one still stand in every list, and help nobody. Azure Resource Manager knows, without Microsoft Graph: one request an
 * identity that AKS has not made itself. Where the caller may not read the identity, nothing is said of it.
 */
export async function findDeadIdentities(
  azure: AzureContext,
  targets: Iterable<Target>,
): Promise<ReadonlyMap<Target, ActionError>> {
  // Clusters may share one.
  const asked = new Map<string, Promise<Identity | ActionError>>()
  const dead = await Promise.all(
    [...targets].map(async (target): Promise<[Target, ActionError][]> => {
      // One that AKS made itself is in a resource group where few callers may read: where the directory is asked (inspect), it finds such an
      // identity.
      const id = target.ownsIdentity === false ? parseResourceId(target.identity.resourceId ?? '') : undefined
      if (!id) return []
      const key = normalizeId(formatResourceId(id))
      const now = await once(asked, key, () => orError(getIdentity(azure.clients, id, azure.signal)))
      if (now instanceof ActionError)
        return now.code === 'IDENTITY_NOT_FOUND' ? [[target, explainDead(target, 'does not exist any more')]] : []
      const isSame = sameId(now.objectId, target.identity.objectId)
      return isSame ? [] : [[target, explainDead(target, 'was created again, with another object ID')]]
    }),
  )
  return new Map(dead.flat())
}

/** The contract's error for a cluster whose kubelet identity is gone. @param how what has become of it: `does not exist any more` */
export function explainDead({ id, name, identity }: Target, how: string): ActionError {
  return new ActionError(
    'PRINCIPAL_NOT_FOUND',
    `${name} pulls as ${identity.name} (object ID ${identity.objectId}), which ${how}: its nodes can't pull, whatever role that ID holds.`,
    {
      subject: name,
      resource: id,
      fix: choices(
        {
          text: 'Give the cluster a kubelet identity that exists. The identity that the cluster names:',
          commands: [aksCommand('show', id, '--query identityProfile.kubeletidentity')],
        },
        {
          text: 'An update without changes lets AKS repair an identity that it made itself, which can recreate nodes:',
          commands: [aksCommand('update', id, '--yes')],
          caution: 'Disruptive: an update that can recreate nodes',
        },
      ),
    },
  )
}
