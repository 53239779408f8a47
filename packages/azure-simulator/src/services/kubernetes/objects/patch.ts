// The kinds of patches that kubectl sends, and server-side apply.
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

/** The leaves of a configuration by path, with list entries by key: `.spec.containers[name="a"].image`. */
export function leavesOf(value: unknown, type: string | undefined, path = ''): Map<string, unknown> {
  const leaves = new Map<string, unknown>()
  if (!isObject(value)) return leaves.set(path, value)
  for (const [key, inner] of Object.entries(value)) {
    const field = fieldsOf(type)?.get(key)
    const at = `${path}.${key}`
    const mergeKey = field?.mergeKey
    if (Array.isArray(inner) && mergeKey !== undefined) {
      for (const entry of inner) {
        const id = isObject(entry) ? JSON.stringify(entry[mergeKey]) : ''
        for (const leaf of leavesOf(entry, field?.type, `${at}[${mergeKey}=${id}]`)) leaves.set(...leaf)
      }
    } else if (isObject(inner) && Object.keys(inner).length > 0) {
      for (const leaf of leavesOf(inner, field?.type, at)) leaves.set(...leaf)
    } else {
      leaves.set(at, inner)
    }
  }
  return leaves
}

/** Removes what a manager no longer applies: fields, and entries of lists with a merge key. */
export function removeUnapplied(
  live: unknown,
  before: unknown,
  after: unknown,
  type: string | undefined,
  isOwnedByOthers: (path: string) => boolean,
  path = '',
): unknown {
  if (!isObject(live) || !isObject(before)) return live
  const result: Value = { ...live }
  const applied: Value = isObject(after) ? after : {}
  for (const [key, old] of Object.entries(before)) {
    const field = fieldsOf(type)?.get(key)
    const at = `${path}.${key}`
    const list = result[key]
    if (Array.isArray(old) && Array.isArray(list) && field?.mergeKey !== undefined) {
      const { mergeKey } = field
      const idOf = (entry: unknown): unknown => (isObject(entry) ? entry[mergeKey] : undefined)
      const next = applied[key]
      const kept = Array.isArray(next) ? next : []
      const gone = old.map(idOf).filter(id => !kept.some(entry => idOf(entry) === id))
      result[key] = list
        .filter(entry => {
          const id = idOf(entry)
          return !gone.includes(id) || isOwnedByOthers(`${at}[${mergeKey}=${JSON.stringify(id)}]`)
        })
        .map(entry => {
          const id = idOf(entry)
          const same = (other: unknown): boolean => idOf(other) === id
          const inner = `${at}[${mergeKey}=${JSON.stringify(id)}]`
          return removeUnapplied(entry, old.find(same), kept.find(same), field.type, isOwnedByOthers, inner)
        })
    } else if (!(key in applied)) {
      if (!isOwnedByOthers(at)) Reflect.deleteProperty(result, key)
    } else {
      result[key] = removeUnapplied(list, old, applied[key], field?.type, isOwnedByOthers, at)
    }
  }
  return result
}

/** The fields of a configuration in the notation of `managedFields` (kubernetes.io "Server-Side Apply"). */
export function fieldSet(value: unknown, type: string | undefined): Value {
  if (!isObject(value)) return {}
  const set: Value = {}
  for (const [key, inner] of Object.entries(value)) {
    const field = fieldsOf(type)?.get(key)
    const mergeKey = field?.mergeKey
    if (Array.isArray(inner) && mergeKey !== undefined) {
      set[`f:${key}`] = Object.fromEntries(
        inner
          .filter(isObject)
          .map(entry => [
            `k:${JSON.stringify({ [mergeKey]: entry[mergeKey] })}`,
            { '.': {}, ...fieldSet(entry, field?.type) },
          ]),
      )
    } else {
      set[`f:${key}`] = fieldSet(inner, field?.type)
    }
  }
  return set
}
