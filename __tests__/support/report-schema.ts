import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

const file = join(import.meta.dirname, '../../schemas/report.schema.json')

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(file, 'utf8')) as object,
)

/** Expects that a report (an output or the text of a report file) matches the schema in the repository. */
export function expectReport(text: string): void {
  validate(JSON.parse(text))
  expect(validate.errors ?? []).toEqual([])
}
