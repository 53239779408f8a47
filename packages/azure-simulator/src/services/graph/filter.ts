import { sameId } from '../../model/ids.js'
import type { Principal } from '../../world/directory.js'
import type { World } from '../../world/world.js'
import { graphErrors, type GraphError } from './errors.js'
import { graphObject } from './objects.js'

/**
 * The `$filter` syntax that clients need here: `property eq 'value'`, `startswith(property,'value')`,
 * `servicePrincipalNames/any(c:c eq 'value')` and `id in ('a','b')`, joined by `and` or by `or`.
 */
export function parseFilter(world: World, filter: string | undefined): (principal: Principal) => boolean {
  if (filter === undefined || filter === '') return () => true
  const isAny = /[')]\s+or\s+/i.test(filter)
  if (isAny && /[')]\s+and\s+/i.test(filter)) throw unsupported(filter)
  const terms = filter.split(isAny ? /\s+or\s+/i : /\s+and\s+/i).map(term => parseTerm(term.trim()))
  return principal => {
    const object = graphObject(world, principal)
    return isAny ? terms.some(test => test(object)) : terms.every(test => test(object))
  }
}

type Test = (object: Readonly<Record<string, unknown>>) => boolean

function parseTerm(term: string): Test {
  const [, property, value] = /^(\w+)\s+eq\s+'((?:[^']|'')*)'$/i.exec(term) ?? []
  if (property !== undefined && value !== undefined) return object => equals(propertyOf(object, property), value)
  const [, collection, element] =
    /^(\w+)\/any\((\w+):\s*\2\s+eq\s+'((?:[^']|'')*)'\)$/i.exec(term)?.filter((_, index) => index !== 2) ?? []
  if (collection !== undefined && element !== undefined) {
    return object => {
      const values = propertyOf(object, collection)
      return Array.isArray(values) && values.some(entry => equals(entry, element))
    }
  }
  const [, start, prefix] = /^startswith\((\w+),\s*'((?:[^']|'')*)'\)$/i.exec(term) ?? []
  if (start !== undefined && prefix !== undefined) {
    return object => textOf(propertyOf(object, start)).toLowerCase().startsWith(unquote(prefix).toLowerCase())
  }
  const [, listed, list] = /^(\w+)\s+in\s*\(([^)]*)\)$/i.exec(term) ?? []
  if (listed !== undefined && list !== undefined) {
    const values = list.split(',').map(entry => entry.trim().replace(/^'|'$/g, ''))
    return object => values.some(entry => equals(propertyOf(object, listed), entry))
  }
  throw unsupported(term)
}

const unsupported = (clause: string): GraphError =>
  graphErrors.unsupportedQuery(`Unsupported or invalid query filter clause specified: '${clause}'.`)

/** Microsoft Graph rejects a filter on a property that the objects don't have. */
function propertyOf(object: Readonly<Record<string, unknown>>, name: string): unknown {
  if (!(name in object)) throw unsupported(name)
  return object[name]
}

const unquote = (value: string): string => value.replaceAll("''", "'")
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const equals = (value: unknown, expected: string): boolean =>
  typeof value === 'string' && sameId(value, unquote(expected))
