import { Validator } from '@cfworker/json-schema'
import schema from '../../../schemas/report.schema.json' with { type: 'json' }

// Interpreted, not compiled: the compiler of a faster validator would be a tenth of the bundle.
const validator = new Validator(schema as ConstructorParameters<typeof Validator>[0], '2020-12')

/**
 * What is wrong with what another job left as its report, in words; undefined for what schemas/report.schema.json allows.
 * A report is data from elsewhere: nothing of it is used that was not looked at here.
 */
export function findFault(value: unknown): string | undefined {
  const { valid, errors } = validator.validate(value)
  if (valid) return undefined
  // From the outermost place inwards: the last one is what is wrong.
  const { instanceLocation = '', error = 'does not match' } = errors.at(-1) ?? {}
  const place = instanceLocation.replace(/^#/, '') || 'the whole'
  return error === 'False boolean schema.' ? `${place} is not known` : `${place}: ${error}`
}
