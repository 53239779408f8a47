// The kinds of patches that kubectl sends. Server-side apply and JSON patches are refused.
import { fieldsOf, type Field } from './schema.js'

type Value = Record<string, unknown>

const isObject = (value: unknown): value is Value =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 7386. */
export function mergePatch(current: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Value = isObject(current) ? { ...current } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key)
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

/**
 * Kubernetes' strategic merge: lists with a merge key are merged entry by entry (kubernetes/community
 * `contributors/devel/sig-api-machinery/strategic-merge-patch.md`). Lists keep their order.
 */
export function strategicMerge(current: unknown, patch: unknown, type: string | undefined): unknown {
  if (!isObject(patch)) return patch
  if (patch.$patch === 'replace') return without(patch, '$patch')
  const fields = fieldsOf(type)
  const result: Value = isObject(current) ? { ...current } : {}
  const { $retainKeys: retained } = patch
  if (Array.isArray(retained)) {
    for (const key of Object.keys(result)) if (!retained.includes(key)) Reflect.deleteProperty(result, key)
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const name = key.slice(key.indexOf('/') + 1)
      const gone = Array.isArray(value) ? value : []
      const list = result[name]
      if (Array.isArray(list)) result[name] = list.filter(entry => !gone.includes(entry))
    } else if (key.startsWith('$')) {
      continue
    } else if (value === null) {
      Reflect.deleteProperty(result, key)
    } else {
      const field = fields?.get(key)
      result[key] = Array.isArray(value)
        ? mergeList(result[key], value, field)
        : strategicMerge(result[key], value, field?.type)
    }
  }
  return result
}

function mergeList(current: unknown, patch: readonly unknown[], field: Field | undefined): unknown[] {
  const before: unknown[] = Array.isArray(current) ? current : []
  if (field?.isSet === true) return [...new Set([...before, ...patch])]
  const key = field?.mergeKey
  if (key === undefined || patch.some(entry => isObject(entry) && entry.$patch === 'replace')) {
    return patch.filter(entry => !(isObject(entry) && entry.$patch === 'replace'))
  }
  const result = [...before]
  for (const entry of patch) {
    if (!isObject(entry)) continue
    const index = result.findIndex(candidate => isObject(candidate) && candidate[key] === entry[key])
    if (entry.$patch === 'delete') {
      if (index >= 0) result.splice(index, 1)
    } else if (index >= 0) {
      result[index] = strategicMerge(result[index], entry, field?.type)
    } else {
      result.push(strategicMerge({}, entry, field?.type))
    }
  }
  return result
}

const without = (value: Value, name: string): Value =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
