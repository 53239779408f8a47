import { kubernetesTime, type JsonObject, type KubernetesObject } from '../../../world/kubernetes-objects.js'
import { fieldSet, leavesOf, removeUnapplied, strategicMerge } from '../objects/patch.js'
import { groupVersionOf, type Resource } from '../objects/resources.js'
import { kubernetesErrors } from '../objects/status.js'

type Configuration = Record<string, unknown>

/** Server-side apply: tracks who applied what to which object. Only appliers own fields here. */
export interface Applier {
  /** The merged object; `current` is undefined if there is none yet. Throws conflicts with other managers. */
  apply(
    resource: Resource,
    current: KubernetesObject | undefined,
    configuration: Configuration,
    options: { manager: string; force: boolean },
  ): KubernetesObject
  /** Records what was applied to a stored object. */
  remember(uid: string, manager: string, configuration: Configuration): void
}

export function createApplier(): Applier {
  const applied = new Map<string, Map<string, Configuration>>()
  return {
    apply(resource, current, given, { manager, force }) {
      const configuration = withoutIdentity(given)
      const managers = applied.get(current?.metadata.uid ?? '') ?? new Map<string, Configuration>()
      const others = [...managers].filter(([name]) => name !== manager)
      const live = current === undefined ? {} : leavesOf(withoutIdentity(current), resource.kind)
      const desired = leavesOf(configuration, resource.kind)
      const owned = others.map(([name, other]) => ({ name, leaves: leavesOf(other, resource.kind) }))
      const conflicts = [...desired].flatMap(([field, value]) =>
        live instanceof Map && JSON.stringify(live.get(field)) !== JSON.stringify(value)
          ? owned.filter(({ leaves }) => leaves.has(field)).map(({ name }) => ({ manager: name, field }))
          : [],
      )
      if (conflicts.length > 0 && !force) throw kubernetesErrors.applyConflict(conflicts)
      const isOwnedByOthers = (path: string): boolean =>
        owned.some(({ leaves }) => [...leaves.keys()].some(leaf => leaf.startsWith(path)))
      const kept = removeUnapplied(current ?? {}, managers.get(manager), configuration, resource.kind, isOwnedByOthers)
      const merged = strategicMerge(kept, given, resource.kind) as KubernetesObject
      merged.metadata.managedFields = [
        ...(current?.metadata.managedFields ?? []).filter(entry => entry.manager !== manager),
        {
          manager,
          operation: 'Apply',
          apiVersion: groupVersionOf(resource),
          time: kubernetesTime(),
          fieldsType: 'FieldsV1',
          fieldsV1: fieldSet(configuration, resource.kind) as JsonObject,
        },
      ]
      return merged
    },
    remember(uid, manager, configuration) {
      const managers = applied.get(uid) ?? new Map<string, Configuration>()
      managers.set(manager, withoutIdentity(configuration))
      applied.set(uid, managers)
    },
  }
}

/** Everything that doesn't identify the object. */
function withoutIdentity(object: object): Configuration {
  const { metadata = {}, ...rest } = object as { metadata?: Record<string, unknown> }
  const { labels, annotations, ownerReferences, finalizers } = metadata
  const kept = Object.fromEntries(
    Object.entries({ labels, annotations, ownerReferences, finalizers }).filter(([, value]) => value !== undefined),
  )
  const content = Object.entries(rest).filter(([key]) => !['apiVersion', 'kind', 'status'].includes(key))
  return { ...Object.fromEntries(content), ...(Object.keys(kept).length === 0 ? {} : { metadata: kept }) }
}
