import { Ajv2020 } from 'ajv/dist/2020.js'
import schema from '../../../schemas/report.schema.json' with { type: 'json' }
import type { Report } from '../report-json.js'

const validate = new Ajv2020({ allowUnionTypes: true }).compile<Report>(schema)

/**
 * What is wrong with what another job left as its report, in words; undefined for what schemas/report.schema.json allows.
 * A report is data from elsewhere: nothing of it is used that was not looked at here.
 */
export function findFault(value: unknown): string | undefined {
  if (validate(value)) return undefined
  const [error] = validate.errors ?? []
  return `${error?.instancePath || 'it'} ${error?.message ?? 'does not match'}`
}
