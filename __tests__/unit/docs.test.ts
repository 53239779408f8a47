import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { conditionForGroups, generateDocuments, manifest, probingRole, readText } from '../../scripts/readme-tables.js'
import { delegationCondition } from '../../src/model/az-commands.js'
import { errorCodes } from '../../src/model/error.js'
import { readInputs } from '../../src/inputs/inputs.js'

const root = resolve(import.meta.dirname, '../..')
const readme = readText('README.md')
const troubleshooting = readText('docs/troubleshooting.md')
const permissions = readText('docs/permissions.md')
const documents = ['README.md', 'CONTRIBUTING.md', ...filesOf('docs')]
const examples = filesOf('examples')

interface Step {
  name?: string
  uses?: string
  with?: Record<string, string | boolean>
}

interface Workflow {
  jobs: Record<string, { outputs?: Record<string, string>; steps: Step[] }>
}

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder)).map(name => `${folder}/${name}`)
}

/** The steps of a workflow that use this action. */
function ownSteps(workflow: Workflow): Step[] {
  return Object.values(workflow.jobs)
    .flatMap(({ steps }) => steps)
    .filter(({ uses }) => uses?.startsWith('OWNER/attach-acr@'))
}

/** By the first word of what the matrix has. */
const entryOfFleet: Record<string, string> = {
  subscription: '01234567-89ab-cdef-0123-456789abcdef',
  cluster: '*',
  registry: 'contosoacr',
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

describe('generated parts', () => {
  test.each(generateDocuments())('$path is what "npm run docs" writes', ({ current, wanted }) => {
    expect(current).toBe(wanted)
  })

  test.each([...Object.keys(manifest.inputs), ...Object.keys(manifest.outputs)])(
    'the README has a row for %s',
    name => {
      expect(readme).toContain(`| \`${name}\` |`)
    },
  )
})

describe('docs/troubleshooting.md', () => {
  const sections = troubleshooting.split(/^## /m).slice(1)
  const headings = sections.map(section => section.split('\n', 1)[0] ?? '')
  // A type has no values at run time.
  const [, union = ''] = /type FindingCode =([\s\S]+?)\n\n/.exec(readText('src/model/finding.ts')) ?? []
  const findingCodes = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code = '']) => code)

  test('the codes of findings were found', () => {
    expect(findingCodes).toContain('EXCESS_ROLE')
  })

  test.each([...new Set([...errorCodes, ...findingCodes])])('%s has one section, with something in it', code => {
    expect(headings.filter(heading => heading === code)).toHaveLength(1)
    expect(sections[headings.indexOf(code)]?.split('\n').slice(1).join('').trim().length).toBeGreaterThan(40)
  })

  test('every section is of a code', () => {
    const codes = new Set<string>([...errorCodes, ...findingCodes])
    expect(headings.filter(heading => !codes.has(heading))).toEqual([])
  })
})

describe('docs/permissions.md', () => {
  test.each([
    ['docs/permissions.md', permissions, [delegationCondition, conditionForGroups]],
    ['README.md', readme, [delegationCondition]],
  ])('%s has the condition that the action prints', (_, text, expected) => {
    // As a shell reads it: '\'' within single quotes is one.
    const conditions = [...text.matchAll(/--condition '((?:[^'\n]|'\\'')+)'/g)].map(([, quoted = '']) =>
      quoted.replaceAll(`'\\''`, `'`),
    )
    expect(conditions).toEqual(expected)
  })

  test('the custom role has every action that the action reads with', () => {
    const [, json = ''] = /```json\n([\s\S]+?)```/.exec(permissions) ?? []
    const { Actions } = JSON.parse(json) as { Actions: string[] }
    const rows = permissions.matchAll(/^\| `(Microsoft\.\S+\/read)` +\|(.+)$/gm)
    // A check creates nothing, and probes only where it is asked to.
    const table = [...rows].flatMap(([, action, rest = '']) => (/create-registry|verify/.test(rest) ? [] : action))
    expect(Actions).toEqual(table)
    const [, inOneLine = ''] = /az role definition create --role-definition '(.+)'$/m.exec(permissions) ?? []
    expect(JSON.parse(inOneLine)).toEqual(JSON.parse(json))
  })

  test('the role that probes has every action that probing takes', () => {
    const rows = permissions.matchAll(/^\| `(Microsoft\.\S+)` +\|.*`verify` set to `pull`/gm)
    expect(probingRole.Actions).toEqual([...rows].map(([, action]) => action))
  })
})

describe('links', () => {
  test.each(documents)('%s links to what is there', path => {
    const text = readText(path).replace(/```[\s\S]*?```/g, '')
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
    for (const [link, file = '', anchor] of links) {
      const target = file ? join(path, '..', file) : path
      if (target.startsWith('dist/')) continue // written by the build, whose check is in .ci/run
      const content = readText(target)
      if (anchor) expect(anchorsOf(content), link).toContain(anchor)
    }
  })
})

describe('examples', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('there are some, and the README shows each', () => {
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) expect(readme).toContain(readText(example))
  })

  test.each(examples)('%s uses only inputs and outputs that exist', example => {
    const workflow = parse(readText(example)) as Workflow
    const steps = ownSteps(workflow)
    expect(steps.length).toBeGreaterThan(0)
    for (const step of steps)
      for (const input of Object.keys(step.with ?? {})) expect(Object.keys(manifest.inputs)).toContain(input)
    for (const [, output = ''] of readText(example).matchAll(/steps\.acr\.outputs\.([a-z-]+)/g))
      expect(Object.keys(manifest.outputs)).toContain(output)
  })

  test.each(examples)('the inputs of %s are accepted', async example => {
    for (const step of ownSteps(parse(readText(example)) as Workflow)) {
      for (const [name, { default: preset = '' }] of Object.entries(manifest.inputs)) {
        const value = String(step.with?.[name] ?? preset)
          .replace(/\$\{\{ matrix\.(\w+)[\w-]* \}\}/g, (_, key: string) => entryOfFleet[key] ?? '')
          .replace('${{ inputs.fleet || vars.FLEET }}', JSON.stringify([entryOfFleet]))
          .replace(/\$\{\{ vars\.\w+ \}\}/g, '01234567-89ab-cdef-0123-456789abcdef')
          .replace(/\$\{\{ (?:inputs|secrets)\.[\w-]+ \}\}/g, 'shop-1')
        // The manifests are those of a reader's repository.
        vi.stubEnv(`INPUT_${name.toUpperCase()}`, name === 'manifests' && value ? deployment() : value)
      }
      const inputs = await readInputs()
      if (inputs.mode === 'merge') continue
      const { registries, images } = inputs
      expect(registries.length).toBeGreaterThan(0)
      expect(images.length > 0).toBe(step.with?.images !== undefined)
    }
  })

  test('the last job of the fleet finds what the others leave', () => {
    const { jobs } = parse(readText('examples/fleet-drift.yml')) as Workflow
    const used = (action: string) =>
      Object.values(jobs)
        .flatMap(({ steps }) => steps)
        .find(({ uses }) => uses?.startsWith(action))?.with
    expect(used('actions/upload-artifact')?.name).toBe('drift-${{ strategy.job-index }}')
    expect(used('actions/download-artifact')?.pattern).toBe('drift-*')
    const merge = ownSteps({ jobs }).find(step => step.with?.mode === 'merge')
    expect(merge?.with?.reports).toBe(used('actions/download-artifact')?.path)
  })

  test.each(documents)('the YAML in %s parses', path => {
    for (const [, indent = '', yaml = ''] of readText(path).matchAll(/^( *)```yaml\n([\s\S]+?)```/gm))
      expect(() => parse(yaml.replaceAll(new RegExp(`^${indent}`, 'gm'), '')) as unknown).not.toThrow()
  })
})

/** A manifest with one image, in a file of its own. */
function deployment(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'docs-')), 'shop.yaml')
  writeFileSync(file, 'kind: Pod\nspec: { containers: [{ image: contosoacr.azurecr.io/shop:v1 }] }\n')
  return file
}

test('the workflow of this repository pins every action by commit', () => {
  const workflow = parse(readText('.github/workflows/ci.yml')) as Workflow
  const used = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
  expect(used.length).toBeGreaterThan(0)
  for (const action of used) expect(action).toMatch(/@[0-9a-f]{40}$/)
})
