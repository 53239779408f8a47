// Whether the steps in "Where to make changes" of CONTRIBUTING.md were all done. A missing one fails with one line that names it.
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorCodes } from 'kernel/src/error.js'
import { groupsOfInputs, manifest, readText } from '../../../scripts/readme-tables.js'
import { findingCodes } from '../../support/codes.js'
import * as cases from '../../support/advice/cases.js'

const reference = readText('docs/inputs.md').replaceAll('**', '')
const troubleshooting = readText('docs/troubleshooting.md')
const sections = troubleshooting.split(/^## /m).slice(1)
const schema = JSON.parse(readText('schemas/report.schema.json')) as {
  $defs: Record<'error' | 'finding', { properties: { code: { enum: string[] } } }>
}
const samples = JSON.parse(readText('docs/samples.json')) as Record<string, string>

/** The texts of the files in a folder, and in those within it. */
function read(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap(path =>
    /\.(?:ts|md)$/.test(path) ? readText(`${folder}/${path}`) : [],
  )
}

const scenarios = read('__tests__/scenarios')
/** Without the list of all names. */
const readers = [...read('src/inputs'), ...read('packages/fleet/src')].filter(text => !text.startsWith('// Generated'))
/** Without the tables of docs/inputs.md, which list all. */
const pages = read('docs').map(text => text.replaceAll(/<!-- generated: inputs .*?<!-- \/generated -->/gs, ''))

type Step = [isDone: boolean, hint: string]

function expectDone(...steps: Step[]): void {
  const missing = steps.filter(([isDone]) => !isDone).map(([, hint]) => hint)
  expect(missing, missing.join('\n')).toEqual([])
}

/** The steps in docs/troubleshooting.md. */
function documented(code: string): Step[] {
  const own = sections.filter(section => section.startsWith(`${code}\n`))
  const parts = ['Why', 'Repair'].map(part => `**${part}.**`)
  const missing = parts.filter(part => !own[0]?.includes(part))
  const row = `[\`${code}\`](#${code.toLowerCase()})`
  return [
    [own.length === 1, `docs/troubleshooting.md: needs one section "## ${code}"`],
    [own.length !== 1 || missing.length === 0, `docs/troubleshooting.md: the section lacks ${missing.join(', ')}`],
    [
      troubleshooting.split('\n## INVALID_INPUT\n')[0]?.includes(row) === true,
      `docs/troubleshooting.md: needs a row ${row} in a table at the top`,
    ],
    // A bug has no typical symptom.
    [code === 'UNEXPECTED' || samples[code] !== undefined, 'docs/samples.json: run "npm run samples"'],
  ]
}

test.each(errorCodes)('the error code %s has all that CONTRIBUTING.md asks for', code => {
  // Findings in the type of error codes, and a bug.
  const isProvoked = !['RESIDUAL_ACCESS', 'RUNNING_IMAGE_GONE', 'NO_PRIVATE_ENDPOINT', 'UNEXPECTED'].includes(code)
  expectDone(
    [
      schema.$defs.error.properties.code.enum.includes(code),
      `schemas/report.schema.json: add ${code} to $defs.error.properties.code.enum`,
    ],
    ...documented(code),
    [!isProvoked || code in cases.errors, `__tests__/support/advice/: needs a case ${code}`],
  )
})

test.each(findingCodes())('the finding %s has all that CONTRIBUTING.md asks for', code => {
  expectDone(
    [
      schema.$defs.finding.properties.code.enum.includes(code),
      `schemas/report.schema.json: add ${code} to $defs.finding.properties.code.enum`,
    ],
    ...documented(code),
    [code in cases.findings, `__tests__/support/advice/findings.ts: needs a case ${code}`],
  )
})

test('the schema lists only codes that exist', () => {
  const { error, finding } = schema.$defs
  expect(error.properties.code.enum.filter(code => !(errorCodes as readonly string[]).includes(code))).toEqual([])
  expect(finding.properties.code.enum.filter(code => !findingCodes().includes(code))).toEqual([])
})

describe('the inputs', () => {
  const grouped = groupsOfInputs().flatMap(({ names }) => names)

  test.each(Object.keys(manifest.inputs))('%s has all that CONTRIBUTING.md asks for', name => {
    // As a key of the inputs that a scenario gives to a step.
    const isSet = new RegExp(`(?<![\\w'-])(?:'${name}'|${name}):`)
    expectDone(
      [grouped.includes(name), 'action.yml: put it below a comment that names a group of inputs'],
      [readers.some(text => text.includes(`'${name}'`)), `src/inputs/: nothing reads '${name}'`],
      [reference.includes(`| \`${name}\` |`), 'docs/inputs.md: run "npm run docs"'],
      [
        [...scenarios, ...read('__tests__/support')].some(text => isSet.test(text)),
        `__tests__/scenarios/: no scenario sets ${name}`,
      ],
      [pages.some(text => new RegExp(`\`${name}[\`:]`).test(text)), `docs/: no page explains \`${name}\``],
    )
  })
})

test.each(Object.keys(manifest.outputs))('the output %s is in docs/inputs.md, and a scenario reads it', name => {
  const isRead = new RegExp(`['".]${name}\\b|(?<![\\w'-])${name}:`)
  expectDone(
    [reference.includes(`| \`${name}\` |`), 'docs/inputs.md: run "npm run docs"'],
    [
      [...scenarios, ...read('__tests__/support')].some(text => isRead.test(text)),
      `__tests__/scenarios/: no scenario reads ${name}`,
    ],
  )
})
