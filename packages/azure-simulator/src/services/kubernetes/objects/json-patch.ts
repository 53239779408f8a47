import { isDeepStrictEqual } from 'node:util'

export interface PatchOperation {
  op: string
  path: string
  from?: string
  value?: unknown
}

/** A patch that can't be applied, or whose test fails. */
export class JsonPatchError extends Error {}

type Container = Record<string, unknown> | unknown[]

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

const segmentsOf = (path: string): string[] =>
  path === ''
    ? []
    : path
        .split('/')
        .slice(1)
        .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Applies the operations one after the other to a copy (RFC 6902). */
export function jsonPatch(document: unknown, operations: readonly PatchOperation[]): unknown {
  const result = structuredClone(document)

  const parentOf = (path: string): { parent: Container; key: string } => {
    const segments = segmentsOf(path)
    const key = segments.pop()
    if (key === undefined) throw new JsonPatchError("the whole document can't be patched here")
    const parent = segments.reduce<unknown>((value, segment) => read(value, segment), result)
    if (!isContainer(parent))
      throw new JsonPatchError(
        `add operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`,
      )
    return { parent, key }
  }
  const read = (value: unknown, key: string): unknown =>
    Array.isArray(value)
      ? (value as unknown[])[Number(key)]
      : isContainer(value)
        ? (value as Record<string, unknown>)[key]
        : undefined
  const get = (path: string): unknown => {
    const value = segmentsOf(path).reduce<unknown>(read, result)
    if (value === undefined) throw new JsonPatchError(`doc is missing key: ${path}: missing value`)
    return value
  }
  const add = (path: string, value: unknown): void => {
    const { parent, key } = parentOf(path)
    if (!Array.isArray(parent)) {
      parent[key] = value
      return
    }
    const index = key === '-' ? parent.length : Number(key)
    if (!Number.isInteger(index) || index < 0 || index > parent.length) {
      throw new JsonPatchError(
        `add operation does not apply: doc is missing path: ${JSON.stringify(path)}: invalid index referenced`,
      )
    }
    parent.splice(index, 0, value)
  }
  const remove = (path: string): void => {
    get(path)
    const { parent, key } = parentOf(path)
    if (Array.isArray(parent)) parent.splice(Number(key), 1)
    else Reflect.deleteProperty(parent, key)
  }

  for (const { op, path, from = '', value } of operations) {
    switch (op) {
      case 'add':
        add(path, structuredClone(value))
        break
      case 'remove':
        remove(path)
        break
      case 'replace':
        remove(path)
        add(path, structuredClone(value))
        break
      case 'copy':
        add(path, structuredClone(get(from)))
        break
      case 'move': {
        const moved = get(from)
        remove(from)
        add(path, moved)
        break
      }
      case 'test':
        if (!isDeepStrictEqual(get(path), value)) throw new JsonPatchError(`testing value ${path} failed: test failed`)
        break
      default:
        throw new JsonPatchError(`Unexpected kind: ${op}`)
    }
  }
  return result
}
