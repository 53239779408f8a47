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
 * A report with null for missing fields that can be null, with an empty list for missing lists, and with what other fields say: an older version did not
 * have them, and other tools may omit them.
 */
export function complete(value: unknown, part: Schema = reportSchema): unknown {
  const { $ref, anyOf, items, required = [], properties = {} } = part
  if ($ref !== undefined) {
    const name = $ref.slice('#/$defs/'.length)
    return complete(isEntry(value) ? { ...derived[name]?.(value), ...value } : value, $defs[name] ?? {})
  }
  if (anyOf) return value === null ? null : complete(value, anyOf.find(each => each.type !== 'null') ?? {})
  if (Array.isArray(value)) return items ? value.map(each => complete(each, items)) : value
  if (typeof value !== 'object' || value === null) return value
  // By entries, which also keep a field with the name __proto__: set as a property, it would give the report fields that it doesn't have.
  const whole = Object.fromEntries(
    Object.entries(value).map(([name, each]): [string, unknown] => {
      const known = ownOf(properties, name)
      // An unknown field can be nested too deeply for recursion.
      return [name, known ? complete(each, known) : each]
    }),
  )
  // An older version did not say it.
  if (part === reportSchema && !Object.hasOwn(whole, 'ready')) whole.ready = false
  for (const name of required.filter(each => !Object.hasOwn(whole, each))) {
    const types = allowedTypes(properties[name] ?? {})
    if (types.includes('null')) whole[name] = null
    else if (types.includes('array')) whole[name] = []
  }
  return whole
}

function isEntry(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function ownOf(properties: Record<string, Schema>, name: string): Schema | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined
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
