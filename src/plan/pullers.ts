import { normalizeId } from 'azure'
import type { Puller, Target } from 'azure'
import { groupBy, valuesOf, type ActionError } from 'kernel'
import type { Observed } from 'run-model'

/** Who pulls with an identity: nobody else if `others` and `errors` are empty. */
export interface Pullers {
  /** The targets that do. */
  targets: readonly Puller[]
  /** The clusters outside the step that were found to. */
  others: readonly Puller[]
  /** Why there may be more of them. */
  errors: readonly ActionError[]
}

/** Says of each identity who pulls with it. */
export function indexPullers({ targets, pullers }: Pick<Observed, 'targets' | 'pullers'>) {
  const found = valuesOf(targets)
  const ids = new Set(found.map(({ id }) => normalizeId(id)))
  const byIdentity = groupBy(found, ({ identity }) => normalizeId(identity.objectId))
  return ({ identity }: Pick<Target, 'identity'>): Pullers => {
    const key = normalizeId(identity.objectId)
    const { found: seen, errors } = pullers.get(key) ?? { found: [], errors: [] }
    const others = seen.filter(({ id }) => !ids.has(normalizeId(id)))
    return { targets: byIdentity.get(key) ?? [], others, errors }
  }
}
