import { sameId, type Target } from 'azure'
import type { Observed } from 'run-model'

/** The clusters outside the step that pull with the target's identity, with a verb: `aks-2, aks-3 pull`; empty if none are known. */
export function namesSharing({ bystanders }: Observed, { identity }: Pick<Target, 'identity'>): string {
  const names = (bystanders?.sharing ?? []).flatMap(({ name, objectId }) =>
    sameId(objectId, identity.objectId) ? name : [],
  )
  return names.length > 0 ? `${names.join(', ')} ${names.length > 1 ? 'pull' : 'pulls'}` : ''
}
