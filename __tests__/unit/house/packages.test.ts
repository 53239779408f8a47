// The packages of the action: what they import and offer, and whether each rule about that can fail.
import { describe, expect, test } from 'vitest'
import { checkCeilings, describePackages, measure, measurePackages } from '../../../scripts/house/measures.js'
import { findBrokenRules, packageNames, packageOf } from '../../../scripts/house/rules.js'
import { readText } from '../../../scripts/readme-tables.js'
import { parseSource, readRepository, type Manifest, type Repository } from '../../../scripts/house/source.js'

const repository = readRepository()
const rows = measurePackages(repository)

describe('the packages of this repository', () => {
  test('break no rule', () => {
    console.log(describePackages(rows))
    expect(findBrokenRules(repository).join('\n')).toBe('')
  })

  test('are not above their ceilings, and these are not far above them', () => {
    expect(checkCeilings(measure(repository, rows)).join('\n')).toBe('')
  })
})

test.each(packageNames)('the tests of %s stand beside it and run alone', name => {
  const { files, manifests } = repository
  expect(manifests.get(name)?.scripts?.test).toBe(`vitest run --root ../.. --project parts packages/${name}/`)
  const tests = files.filter(({ path }) => path.startsWith(`packages/${name}/__tests__/`) && path.endsWith('.test.ts'))
  expect(tests.length).toBeGreaterThan(0)
})

test.each(packageNames)('the README of %s has its sentence, what goes in and out, and an example', name => {
  const readme = readText(`packages/${name}/README.md`)
  expect(readme).toMatch(
    new RegExp(`^# ${name}\\n\\n.+[.?]\\n\\n- \\*\\*In\\*\\*: .+\\n- \\*\\*Out\\*\\*: .+\\n- \\*\\*Depends on`),
  )
  // Types are checked in each, and example.test.mts is run.
  expect(readme).toMatch(new RegExp(`<!-- generated: packages/${name}/example(\\.test)?\\.mts -->`))
})

test('CONTRIBUTING.md has the packages in their order, with what they use', () => {
  const table = [...readText('CONTRIBUTING.md').matchAll(/^\| \[([\w-]+)\]\(packages\/.+ \| (.+) \|$/gm)]
  const computed = rows.filter(({ name }) => name !== 'src').map(({ name, uses }) => [name, uses.join(', ') || '–'])
  expect(table.map(([, name, uses]) => [name, uses])).toEqual(computed.toReversed())
})

/** A repository of a few files, and packages whose package.json has what these import, unless it is given. */
function inventRepository(
  texts: Record<string, string>,
  manifests: Record<string, Partial<Manifest>> = {},
): Repository {
  const files = Object.entries(texts).map(([path, text]) => parseSource(path, text))
  const invent = (name: string): [string, Manifest] => {
    const imports = files.flatMap(file => (packageOf(file.path) === name ? file.imports : []))
    const used = imports.flatMap(({ from }) => /^(?:@[^/]+\/)?[^./][^/]*/.exec(from)?.[0] ?? [])
    const dependencies = Object.fromEntries(used.filter(each => each !== name).map(each => [each, '1.0.0']))
    return [name, { name, version: '1.0.0', dependencies, exports: { '.': './src/index.ts' }, ...manifests[name] }]
  }
  const packages = ['', 'kernel', 'azure', 'azure-clients', 'pull-proof', 'run-report', 'azure-simulator']
  return { files, manifests: new Map(packages.map(invent)) }
}

const breaks = (texts: Record<string, string>, manifests?: Record<string, Partial<Manifest>>): string[] =>
  findBrokenRules(inventRepository(texts, manifests))

describe('a rule is broken by', () => {
  const stage = 'src/plan/plan.ts'
  const roleTest = 'packages/azure/__tests__/roles.test.ts'

  test.each([
    [
      'an import of a higher package',
      { 'packages/kernel/src/error.ts': "import type { Role } from 'azure'" },
      'packages/kernel/src/error.ts → Role of azure: kernel stands below azure',
    ],
    [
      'one that is loaded later',
      { 'packages/azure/src/a.ts': "export const load = () => import('run-report')" },
      'packages/azure/src/a.ts → run-report: azure stands below run-report',
    ],
    [
      'one in a type',
      { 'packages/azure/src/a.ts': "export type A = import('pull-proof').A" },
      'packages/azure/src/a.ts → pull-proof: azure stands below pull-proof',
    ],
    [
      'one that is exported again',
      { 'packages/azure/src/a.ts': "export { ask } from 'azure-clients'" },
      'packages/azure/src/a.ts → ask of azure-clients: azure stands below azure-clients',
    ],
    [
      'a path from a package to src/',
      { 'packages/azure/src/a.ts': "import { main } from '../../../src/main.js'" },
      'packages/azure/src/a.ts → main of src/main.ts: the path leaves packages/azure/src',
    ],
    [
      'a path from a package to another one',
      { 'packages/azure/src/a.ts': "import { a } from '../../kernel/src/error.js'" },
      'packages/azure/src/a.ts → a of packages/kernel/src/error.ts: import kernel by its name',
    ],
    [
      'a path from a test to another package',
      { [roleTest]: "import { a } from '../../kernel/src/error.js'" },
      `${roleTest} → a of packages/kernel/src/error.ts: import kernel by its name`,
    ],
    [
      'a path from a script into a package',
      { 'scripts/build.ts': "import '../packages/kernel/src/error.js'" },
      'scripts/build.ts → packages/kernel/src/error.ts: import kernel by its name',
    ],
    [
      'a look past the entrances of a package',
      { 'src/main.ts': "import { role } from 'azure/src/roles.js'" },
      'src/main.ts → role of azure/src/roles.js: src/roles.js is inside azure, whose entrances are index.ts',
    ],
    [
      'an import of the simulator',
      { 'src/main.ts': "import { createWorld } from 'azure-simulator'" },
      'src/main.ts → createWorld of azure-simulator: the action knows nothing of the simulator',
    ],
    [
      'the simulator, if it imports the action',
      { 'packages/azure-simulator/src/a.ts': "import { role } from 'azure'" },
      'packages/azure-simulator/src/a.ts → role of azure: the simulator knows nothing of the action',
    ],
    [
      'a stage that imports a stage',
      { 'src/observe/a.ts': "import { plan } from '../plan/plan.js'" },
      'src/observe/a.ts → plan of src/plan/plan.ts: src/observe may import nothing else of src/',
    ],
    [
      'a stage that imports a stage, and may import nothing beside itself',
      { 'src/apply/a.ts': "import { plan } from '../plan/plan.js'" },
      'src/apply/a.ts → plan of src/plan/plan.ts: src/apply may import nothing else of src/',
    ],
    [
      'a stage that imports main.ts',
      { [stage]: "import { main } from '../main.js'" },
      `${stage} → main of src/main.ts: src/plan may import nothing else of src/`,
    ],
    [
      'a plan with a client',
      { [stage]: "import { ask } from 'azure-clients'" },
      `${stage} → ask of azure-clients: src/plan may import packages of the kinds noun`,
    ],
    [
      'a stage with a report',
      { 'src/apply/a.ts': "import { tell } from 'run-report'" },
      'src/apply/a.ts → tell of run-report: src/apply may import packages of the kinds noun, client, feature',
    ],
    [
      'an entry of src/ that is not listed',
      { 'src/helpers/a.ts': "import { a } from 'kernel'" },
      'src/helpers/a.ts → a of kernel: config/packages.json does not list src/helpers',
    ],
    [
      "an SDK outside of the clients' package",
      { [stage]: "import { A } from '@azure/identity'" },
      `${stage} → A of @azure/identity: only packages/azure-clients/ may import it`,
    ],
    [
      'a part of the toolkit that is new',
      { 'src/plan/plan.ts': "import { cacheFile } from '@actions/tool-cache'" },
      'src/plan/plan.ts → cacheFile of @actions/tool-cache: config/packages.json lets nothing import it',
    ],
    [
      'the toolkit outside of the runner',
      { 'packages/kernel/src/error.ts': "import * as core from '@actions/core'" },
      'packages/kernel/src/error.ts → @actions/core: only packages/runner/ may import it',
    ],
    [
      'a source that imports a test',
      { 'src/plan/plan.ts': "import { a } from './__tests__/a.js'" },
      'src/plan/plan.ts → a of src/plan/__tests__/a.ts: only tests import __tests__',
    ],
    [
      'a script that imports a test',
      { 'scripts/build.ts': "import { a } from '../__tests__/support/a.js'" },
      'scripts/build.ts → a of __tests__/support/a.ts: only tests import __tests__',
    ],
    [
      'files that import each other',
      {
        'packages/azure/src/a.ts': "import './b/c.js'",
        'packages/azure/src/b/c.ts': "import '../d.js'",
        'packages/azure/src/d.ts': "import type { A } from './a.js'",
      },
      'packages/azure/src: imports go in a circle: a.ts → b → d.ts → a.ts',
    ],
    [
      'a name that is offered and that nothing imports',
      { 'packages/azure/src/index.ts': "export { a } from './a.js'", [roleTest]: "import { a } from 'azure'" },
      'packages/azure/src/index.ts → a: nothing else of the action imports it',
    ],
  ])('%s', (_, texts, problem) => {
    expect(breaks(texts)).toEqual([problem])
  })

  test('layers of the simulator, if there are too many', () => {
    const entries = ['one', 'two', 'three', 'four', 'five', 'six', 'seven']
    const texts = entries.map((name, at): [string, string] => [
      `packages/azure-simulator/src/${name}.ts`,
      at > 0 ? `import './${entries[at - 1] ?? ''}.js'` : '',
    ])
    expect(breaks(Object.fromEntries(texts.slice(0, 6)))).toEqual([])
    expect(breaks(Object.fromEntries(texts))).toEqual(['packages/azure-simulator/src has more than 6 layers'])
  })

  test('packages that import each other', () => {
    const texts = {
      'packages/kernel/src/a.ts': "import { b } from 'azure'",
      'packages/azure/src/b.ts': "import { a } from 'kernel'",
    }
    expect(breaks(texts)).toContain('packages import each other in a circle: kernel → azure → kernel')
  })

  const file = 'packages/azure/src/a.ts'
  test.each([
    ['missing', {}, `${file} → uuid: packages/azure/package.json does not declare it`],
    ['unused', { uuid: '2.0.0', yaml: '2.0.0' }, 'packages/azure/package.json → yaml: none of its files imports it'],
    ['a range', { uuid: '^2.0.0' }, 'packages/azure/package.json → uuid ^2.0.0: versions are exact'],
  ])('a dependency that is %s', (_, dependencies, problem) => {
    expect(breaks({ [file]: "import { v5 } from 'uuid'" }, { azure: { dependencies } })).toContain(problem)
  })

  test('two versions of a dependency, and a wrong one of a package', () => {
    const texts = {
      'packages/kernel/src/a.ts': "import { v5 } from 'uuid'",
      [file]: "import { v5 } from 'uuid'\nimport { a } from 'kernel'",
    }
    const manifests = {
      kernel: { dependencies: { uuid: '1.0.0' } },
      azure: { dependencies: { uuid: '2.0.0', kernel: '0.1.0' } },
    }
    const where = 'packages/azure/package.json'
    expect(breaks(texts, { '': { dependencies: {} }, ...manifests })).toEqual([
      `${where} → uuid 2.0.0: elsewhere it is 1.0.0`,
      `${where} → kernel 0.1.0: elsewhere it is 1.0.0`,
    ])
  })
})

test('no rule is broken by what the rules allow', () => {
  const texts = {
    'src/index.ts': "const { start } = await import('./step/step.js')",
    'src/step/step.ts': "import { readInputs } from '../inputs/inputs.js'\nawait import('../main.js')",
    'src/inputs/inputs.ts': "import { ask } from 'azure-clients'",
    'src/main.ts': "import { plan } from './plan/plan.js'\nimport { tell } from 'run-report'",
    'src/plan/plan.ts': "import { error } from 'kernel'",
    'src/verify/a.ts': "const { prove } = await import('pull-proof/pulls')",
    'packages/kernel/src/index.ts': "export { error } from './error.js'",
    'packages/kernel/src/error.ts': 'export const error = 1',
    'packages/runner/src/log.ts': "import { info } from '@actions/core'",
    'packages/pull-proof/src/pulls.ts': "import package from '../../../package.json' with { type: 'json' }",
    'packages/azure/__tests__/a.test.ts':
      "import { a } from '../src/a.js'\nimport { b } from 'kernel/src/b.js'\nimport { c } from '../../../__tests__/support/c.js'",
    'packages/azure/src/a.ts': '',
    'scripts/build.ts': "import { a } from 'azure/src/a.js'",
  }
  const exports = { '.': './src/index.ts', './pulls': './src/pulls.ts', './src/*.js': './src/*.ts' }
  expect(breaks(texts, { azure: { dependencies: {} }, 'pull-proof': { exports } })).toEqual([])
})

test('the table counts lines, types and the names of all entrances, and lists the packages in their order', () => {
  const invented = inventRepository(
    {
      'packages/azure/src/index.ts': "export { role, type Role } from './roles.js'\nexport * as all from './all.js'\n",
      'packages/azure/src/roles.ts': 'export interface Role {}\nexport type Id = string\nexport const role = 1\n',
      'packages/azure/src/later.ts': 'export function load() {}\nexport class A {}\nconst own = 1\n',
      'packages/azure/__tests__/a.test.ts': 'export type Test = 1\n',
      'src/main.ts': "import { role } from 'azure'\nimport { error } from 'kernel'\n",
    },
    { azure: { exports: { '.': './src/index.ts', './later': './src/later.ts', './src/*.js': './src/*.ts' } } },
  )
  const measured = measurePackages(invented)
  expect(measured.filter(({ files }) => files > 0)).toEqual([
    { name: 'azure', files: 3, lines: 8, types: 2, offers: 5, uses: [] },
    { name: 'src', files: 1, lines: 2, types: 0, offers: 0, uses: ['kernel', 'azure'] },
  ])
  expect(describePackages(measured)).toMatch(/^azure +3 +8 +2 +5$/m)
  expect(describePackages(measured)).toMatch(/^src +1 +2 +0 +kernel, azure$/m)
  expect(describePackages(measured)).toMatch(/^all +4 +10 +2$/m)
  expect(measure(invented, measured)).toContainEqual({ name: 'files under 25 lines', value: 3 })
})

test.each([
  [
    'above its ceiling',
    { value: 106 },
    { ceiling: 105, target: 45 },
    '106, but only 105 are allowed, and 45 in the end',
  ],
  ['above the ceiling of all', { value: 26, max: 25 }, undefined, '26, but only 25 are allowed, and 25 in the end'],
  [
    'far below its ceiling',
    { value: 99 },
    { ceiling: 105, target: 45 },
    '99, so lower the ceiling of 105: npx tsx scripts/packages.ts --lower',
  ],
  ['a little below its ceiling', { value: 100 }, { ceiling: 105, target: 45 }, undefined],
  ['far below its target', { value: 20 }, { ceiling: 45, target: 45 }, undefined],
])('what is %s is reported, or not', (_, measured, ceiling, problem) => {
  const name = 'names offered by kernel'
  expect(checkCeilings([{ name, ...measured }], ceiling ? { [name]: ceiling } : {})).toEqual(
    problem === undefined ? [] : [`${name}: ${problem}`],
  )
})

test('a ceiling of nothing is reported', () => {
  expect(checkCeilings([], { 'lines of atlantis': { ceiling: 1, target: 1 } })).toEqual([
    'config/ceilings.json: nothing measures lines of atlantis',
  ])
})
