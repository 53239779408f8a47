import { aksCommand } from '../model/az-commands.js'
import { ActionError, isForbidden, isNotFound } from '../model/error.js'
import { choices } from '../model/fix.js'
import { groupBy } from '../model/lists.js'
import { once } from '../model/memoize.js'
import { attempt, type Result } from '../model/result.js'
import { formatResourceId, normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import type { RoleAssignment } from '../model/role-assignment.js'
import type { Target } from '../model/target.js'
import { getIdentity, type Identity } from '../services/arm/identities.js'
import type { AzureContext } from '../services/context.js'
import { findExisting, getObject } from '../services/graph/directory.js'

/**
 * Finds clusters whose kubelet identity was deleted, or recreated under the same name with another object ID. Roles of the old one are still listed, but
 * no longer work. Azure Resource Manager shows this without Microsoft Graph: one request per identity. An identity that the caller can't read isn't
 * reported.
 */
export async function findDeadIdentities(
  azure: AzureContext,
  targets: Iterable<Target>,
): Promise<ReadonlyMap<Target, ActionError>> {
  // Clusters can share one.
  const requested = new Map<string, Promise<Result<Identity>>>()
  const dead = await Promise.all(
    [...targets].map(async (target): Promise<[Target, ActionError][]> => {
      // Few callers can read the resource group of an identity that AKS created itself; `inspect` looks those up in the directory.
      const id = target.ownsIdentity === false ? parseResourceId(target.identity.resourceId ?? '') : undefined
      if (!id) return []
      const key = normalizeId(formatResourceId(id))
      const now = await once(requested, key, () => attempt(getIdentity(azure.clients, id, azure.signal)))
      if (now.error)
        return now.error.code === 'IDENTITY_NOT_FOUND' ? [[target, explainDead(target, 'no longer exists')]] : []
      const isSame = sameId(now.value.objectId, target.identity.objectId)
      return isSame ? [] : [[target, explainDead(target, 'was recreated with another object ID')]]
    }),
  )
  return new Map(dead.flat())
}

type Principal = Pick<RoleAssignment, 'principalType' | 'principalId'>

/** The deleted ones among some principals, and those that could not be checked, by normalized object ID. */
interface DeletedPrincipals {
  deleted: ReadonlySet<string>
  unknown: ReadonlySet<string>
  /** Why these could not be checked, as a clause. */
  why: string
}

/** Looks up principals in the directory. */
export async function findDeleted(azure: AzureContext, principals: Principal[]): Promise<DeletedPrincipals> {
  const distinct = new Map(principals.map(each => [normalizeId(each.principalId), each]))
  const [deleted, unknown] = [new Set<string>(), new Set<string>()]
  const why = 'no permission to read Microsoft Graph'
  const existing = await attempt(findExisting(azure.clients, [...distinct.keys()], azure.signal))
  if (existing.error)
    return {
      deleted,
      unknown: new Set(distinct.keys()),
      why: isForbidden(existing.error) ? why : 'Microsoft Graph did not answer',
    }
  const missing = [...distinct].filter(([id]) => !existing.value.has(id))
  for (const ofType of groupBy(missing, ([, { principalType }]) => principalType).values()) {
    const check = async ([id, principal]: [string, Principal]): Promise<void> => {
      const isGone = await isDeleted(azure, principal)
      if (isGone === undefined) unknown.add(id)
      else if (isGone) deleted.add(id)
    }
    const [first, ...others] = ofType
    if (first) await check(first)
    // Without read access to the first principal of a type there is none to the rest, so stop here.
    if (first && unknown.has(first[0])) for (const [id] of others) unknown.add(id)
    else await Promise.all(others.map(check))
  }
  return { deleted, unknown, why }
}

/** Undefined if it can't be known. A look-up of many omits unreadable principals as well as deleted ones; a request for one tells them apart. */
async function isDeleted(
  { clients, signal }: AzureContext,
  { principalType, principalId }: Principal,
): Promise<boolean | undefined> {
  const { error } = await attempt(getObject(clients, principalType, principalId, signal))
  if (!error) return false
  return isNotFound(error) ? true : undefined
}

/** @param what happened to the identity, as a predicate: `no longer exists` */
export function explainDead({ id, name, identity }: Target, what: string): ActionError {
  return new ActionError(
    'PRINCIPAL_NOT_FOUND',
    `${name} pulls as ${identity.name} (object ID ${identity.objectId}), which ${what}: its nodes can't pull, whatever roles that ID has.`,
    {
      subject: name,
      resource: id,
      fix: choices(
        {
          text: "Give the cluster a kubelet identity that exists. The cluster's current one:",
          commands: [aksCommand('show', id, '--query identityProfile.kubeletidentity')],
        },
        {
          text: 'An update without changes lets AKS repair an identity that it created itself, which can recreate nodes:',
          commands: [aksCommand('update', id, '--yes')],
          caution: 'Disruptive: an update that can recreate nodes',
        },
      ),
    },
  )
}
