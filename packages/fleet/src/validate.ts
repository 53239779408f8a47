import { Validator } from '@cfworker/json-schema'
import schema from '../../../schemas/report.schema.json' with { type: 'json' }

// Interpreted, not compiled: the compiler of a faster validator would be a tenth of the bundle.
const validator = new Validator(schema as ConstructorParameters<typeof Validator>[0], '2020-12')

interface Schema {
  $ref?: string
  anyOf?: Schema[]
  type?: string | string[]
  required?: string[]
  properties?: Record<string, Schema>
  items?: Schema
}

const reportSchema = schema as unknown as Schema & { $defs: Record<string, Schema> }

const { $defs } = reportSchema

/** The values of missing fields that other fields of the same entry have, by the name of its definition. */
const derived: Record<string, (entry: Record<string, unknown>) => Record<string, unknown>> = {
  pair: ({ target, registry, status, error }) => ({
    asked: { target, registry },
    lacks: status === 'missing' && !error ? ['the pull role is missing'] : [],
  }),
  image: ({ image }) => ({ name: typeof image === 'string' ? image.replace(/^[^/]*\//, '') : image, registry: '' }),
  operation: ({ reason }) => ({ description: reason }),
}

/**
 * Completes a report in place, and returns it: null for missing fields that can be null, an empty list for missing lists, and what other fields say. An
 * older version did not have them, and other tools may omit them. @param value parsed JSON
 */
export function complete(value: unknown, part: Schema = reportSchema): unknown {
  const { $ref, anyOf, items, required = [], properties = {} } = part
  if ($ref !== undefined) {
    const name = $ref.slice('#/$defs/'.length)
    if (isEntry(value)) addMissing(value, derived[name]?.(value) ?? {})
    return complete(value, $defs[name] ?? {})
  }
  if (anyOf) return value === null ? null : complete(value, anyOf.find(each => each.type !== 'null') ?? {})
  if (Array.isArray(value)) {
    if (items) for (const each of value) complete(each, items)
    return value
  }
  if (!isEntry(value)) return value
  // Only known fields: an unknown one can be nested too deeply for recursion.
  for (const [name, known] of Object.entries(properties)) if (Object.hasOwn(value, name)) complete(value[name], known)
  // An older version did not say it.
  if (part === reportSchema) addMissing(value, { ready: false })
  for (const name of required.filter(each => !Object.hasOwn(value, each))) {
    const types = allowedTypes(properties[name] ?? {})
    if (types.includes('null')) value[name] = null
    else if (types.includes('array')) value[name] = []
  }
  return value
}

function addMissing(entry: Record<string, unknown>, fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields)) if (!Object.hasOwn(entry, name)) entry[name] = value
}

/** Whether parsed JSON is an object. */
export function isEntry(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function allowedTypes({ $ref, anyOf, type = [] }: Schema): string[] {
  if ($ref !== undefined) return allowedTypes($defs[$ref.slice('#/$defs/'.length)] ?? {})
  return [...(anyOf ?? []).flatMap(allowedTypes), ...[type].flat()]
}

/**
 * What is wrong with another job's report, in words; undefined if schemas/report.schema.json allows it. A report is data from elsewhere: none of it
 * is used before this check.
 */
export function findFault(value: unknown): string | undefined {
  const { valid, errors } = validator.validate(value)
  if (valid) {
    const number = findLargeNumber(value)
    return number === undefined ? undefined : `${number}: the number is too large`
  }
  // From the outermost place inwards: the last one names the fault.
  const { instanceLocation = '', error = 'does not match' } = errors.at(-1) ?? {}
  const place = instanceLocation.replace(/^#/, '') || 'the whole'
  return error === 'False boolean schema.' ? `${place} is unknown` : `${place}: ${error}`
}

/** The place of a number that would be written as another one: JSON.parse reads 1e999 as infinite, which JSON.stringify writes as null. */
function findLargeNumber(value: unknown, place = ''): string | undefined {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER ? place : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, each] of Object.entries(value)) {
    const found = findLargeNumber(each, `${place}/${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
