import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

const file = join(import.meta.dirname, '../../schemas/report.schema.json')

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(file, 'utf8')) as object,
)

/** Expects that a report (an output or the text of a report file) matches the schema in the repository. */
export function expectReport(text: string): void {
  validate(JSON.parse(text))
  const problems = (validate.errors ?? []).map(describe)
  expect(problems, `schemas/report.schema.json doesn't describe this report: ${problems.join('; ')}`).toEqual([])
}

/** What the schema has against a report, in one line. */
function describe({ instancePath, message, params }: ErrorObject): string {
  const { additionalProperty } = params as { additionalProperty?: string }
  return additionalProperty === undefined
    ? `${instancePath || '/'} ${message ?? 'is invalid'}`
    : `${instancePath || '/'} has the unknown field ${additionalProperty}`
}
