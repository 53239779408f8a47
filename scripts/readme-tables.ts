// Writes the set-ups, and the generated parts of the documents: badges, the tables of action.yml, the packages, the examples, the samples and the set-up scripts.
//
//   npm run docs               updates the documents
//   npm run docs -- --check    only lists outdated documents, and fails if there are any
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { armActions } from 'azure-clients/src/arm/requests.js'
import { packageNames } from './packages.js'
import { needs } from '../src/observe/needs.js'
import { generateSetUps } from './set-ups/set-ups.js'
import { worstCases } from './set-ups/worst-case.js'

const root = resolve(import.meta.dirname, '..')

/** The documents that can have generated parts. */
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs')).flatMap(name => (name.endsWith('.md') ? `docs/${name}` : [])),
  ...packageNames.map(name => `packages/${name}/README.md`),
]

/** Descriptions of inputs and outputs in action.yml. */
export interface ActionManifest {
  inputs: Record<string, { description: string; default?: string; required?: boolean }>
  outputs: Record<string, { description: string }>
}

/** A document with its current and its generated text. */
export interface GeneratedDocument {
  path: string
  current: string
  wanted: string
}

/** Reads a file of the repository. */
export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export const manifest = parse(readText('action.yml')) as ActionManifest

/**
 * Every document with generated parts.
 * @throws Error for a marker that names neither a part nor a file
 */
export function generateDocuments(): GeneratedDocument[] {
  return documents
    .map(path => {
      const current = readText(path)
      return { path, current, wanted: fillIn(fillInDependencies(path, current)) }
    })
    .concat(describeForNode24(), listInputNames(), generateSetUps())
}

/** The names that the action accepts under `with:`: its program does not read action.yml. */
function listInputNames(): GeneratedDocument {
  const path = 'src/inputs/input-names.ts'
  const names = Object.keys(manifest.inputs).map(name => `  '${name}',\n`)
  const wanted = [
    '// Generated from action.yml: npm run docs\n',
    '/** Every input of action.yml. */\n',
    `export const inputNames: readonly string[] = [\n${names.join('')}]\n`,
  ].join('')
  return { path, current: existsSync(join(root, path)) ? readText(path) : '', wanted }
}

/**
 * The same action for Node 24, in a separate folder: `uses: OWNER/attach-acr/node24@v1` has no notice about Node 20.
 */
function describeForNode24(): GeneratedDocument {
  const path = 'node24/action.yml'
  const wanted = readText('action.yml')
    .replace('using: node20', 'using: node24')
    .replaceAll(/^( +\w+): dist\//gm, '$1: ../dist/')
  return {
    path,
    current: existsSync(join(root, path)) ? readText(path) : '',
    wanted: `# Generated from action.yml: npm run docs\n${wanted}`,
  }
}

/** The line of a package's README about what its package.json depends on: packages of this repository, then those from npm. */
function fillInDependencies(path: string, text: string): string {
  const folder = /^packages\/[^/]+/.exec(path)?.[0]
  if (folder === undefined) return text
  const names = dependenciesOf(folder)
  const own = packageNames.filter(name => names.includes(name)).map(code)
  const others = names.filter(name => !packageNames.includes(name)).map(code)
  const all = [own.join(', '), others.length > 0 ? `from npm ${others.join(', ')}` : ''].filter(Boolean)
  return text.replace(/^- \*\*Depends on\*\* .*$/m, `- **Depends on** ${all.join('; ') || 'nothing'}.`)
}

function dependenciesOf(folder: string): string[] {
  const { dependencies = {} } = JSON.parse(readText(`${folder}/package.json`)) as { dependencies?: object }
  return Object.keys(dependencies)
}

const part = /(<!-- generated: ([^\n]+?) -->\n).*?(<!-- \/generated -->)/gs

function fillIn(text: string): string {
  return text.replace(part, (_, start: string, name: string, end: string) => {
    // Prettier would pad the tables to the width of their longest cell.
    return `${start}<!-- prettier-ignore-start -->\n\n${render(name)}\n\n<!-- prettier-ignore-end -->\n${end}`
  })
}

const parts: Record<string, () => string> = {
  badges: renderBadges,
  'quick start': renderQuickStart,
  'common inputs': () => renderTable(['input', 'default', 'meaning'], inputsOfQuickStart().map(rowOf)),
  outputs: () => renderOutputs(manifest),
  packages: renderPackages,
  permissions: renderPermissions,
  'worst case': renderWorstCase,
}

const languages: Record<string, string> = { '.mts': 'ts', '.yml': 'yaml', '.sh': 'sh' }

/** A part by its name; any other name is a file, which is shown whole. */
function render(name: string): string {
  const renderPart = parts[name]
  if (renderPart) return renderPart()
  if (name.startsWith('inputs ')) return renderInputs(name.slice('inputs '.length))
  if (name.startsWith('step ')) return renderStep(name.slice('step '.length))
  if (name.startsWith('sample ')) return ['```text', sampleOf(name.slice('sample '.length)), '```'].join('\n')
  const language = languages[extname(name)]
  if (language === undefined)
    throw new Error(`${name} is neither a part (${Object.keys(parts).join(', ')}) nor a file to show`)
  return ['```' + language, readText(name).trimEnd(), '```'].join('\n')
}

/** A sample of each code, from a scenario: `npm run samples`. */
const samplesFile = join(root, 'docs/samples.json')

function sampleOf(code: string): string {
  const sample = (JSON.parse(readFileSync(samplesFile, 'utf8')) as Record<string, string>)[code]
  if (sample === undefined) throw new Error(`docs/samples.json has no sample of ${code}: run "npm run samples"`)
  return sample
}

/** The inputs by group; comments between the inputs in action.yml name the groups. */
export function groupsOfInputs(): { title: string; names: string[] }[] {
  const [, inputs = ''] = /^inputs:\n([\s\S]*?)^outputs:/m.exec(readText('action.yml')) ?? []
  return inputs
    .split(/^ {2}# /m)
    .slice(1)
    .map(group => ({
      title: group.split('\n', 1)[0] ?? '',
      names: [...group.matchAll(/^ {2}([a-z-]+):$/gm)].map(([, name = '']) => name),
    }))
}

const quickStart = 'examples/attach.yml'

/** The inputs that most workflows need: those of the quick start. */
export function inputsOfQuickStart(): string[] {
  const { jobs } = parse(readText(quickStart)) as {
    jobs: Record<string, { steps: { uses?: string; with?: object }[] }>
  }
  const steps = Object.values(jobs).flatMap(job => job.steps)
  const own = steps.find(({ uses }) => uses?.startsWith('OWNER/attach-acr@'))
  return Object.keys(own?.with ?? {})
}

/** The permissions and the step of its first job. */
function renderQuickStart(): string {
  const [, job = ''] = /^( {4}permissions:\n {6}.*?)\n\n/ms.exec(readText(quickStart)) ?? []
  return ['```yaml', job.replaceAll(/^ {4}/gm, ''), '```'].join('\n')
}

/** CI is a link within GitHub, which is right in every fork. */
function renderBadges(): string {
  const { version, license } = JSON.parse(readText('package.json')) as { version: string; license: string }
  const shield = (label: string, value: string, target: string): string =>
    `[![${label} ${value}](https://img.shields.io/badge/${label}-${value}-blue)](${target})`
  return [
    shield('version', version, 'CHANGELOG.md'),
    '[![CI](../../actions/workflows/ci.yml/badge.svg?branch=main)](../../actions/workflows/ci.yml)',
    shield('license', license, 'LICENSE'),
  ].join(' ')
}

function rowOf(name: string): string[] {
  const { description = '', default: preset, required } = manifest.inputs[name] ?? {}
  return [code(name), required ? 'required' : preset ? code(preset) : '', description]
}

/** The inputs of a group, with those that most workflows need in bold. */
function renderInputs(title: string): string {
  const common = inputsOfQuickStart()
  const group = groupsOfInputs().find(each => each.title === title)
  if (group === undefined) throw new Error(`action.yml has no group of inputs called ${title}`)
  const rows = group.names.map(name => {
    const [first = '', ...rest] = rowOf(name)
    return [common.includes(name) ? `**${first}**` : first, ...rest]
  })
  return renderTable(['input', 'default', 'meaning'], rows)
}

/** The first step of an example that uses this action. */
function renderStep(example: string): string {
  const steps = readText(example).split(/^ {6}(?=- )/m)
  const own = steps.find(step => step.includes('uses: OWNER/attach-acr@'))
  if (own === undefined) throw new Error(`${example} has no step that uses this action`)
  const [step = ''] = own.split(/^(?! {8}|- )/m)
  return ['```yaml', step.trimEnd().replaceAll(/^ {6}/gm, ''), '```'].join('\n')
}

function renderOutputs({ outputs }: ActionManifest): string {
  return renderTable(
    ['output', 'meaning'],
    Object.entries(outputs).map(([name, { description }]) => [code(name), description]),
  )
}

/** What each action is for, and what needs it. */
const reasons: Readonly<Record<keyof typeof needs, readonly [purpose: string, neededFor: string]>> = {
  readCluster: ['to find the kubelet identity', '`cluster`'],
  readIdentity: ['to find its object ID, and whether it still exists', '`kubelet-identity`; otherwise optional'],
  readRegistry: ['to find the login server and role assignment mode', 'always'],
  readRoleAssignment: ['to find role assignments there and above', 'always'],
  readRoleDefinition: [
    'to read roles that the action does not know by itself',
    '`role` with such a role; otherwise optional',
  ],
  writeRoleAssignment: [
    'to assign the pull role, or to change its condition',
    '`attach`, if the role is missing or limited',
  ],
  deleteRoleAssignment: ['to delete the pull role', '`detach`, if there is one'],
  writeRegistry: ['to create it', '`create-registry`, if the registry is missing'],
  importImage: [
    'to import into it',
    '`attach`, if an image of `images`, or the pause image of `verify: pull`, is missing',
  ],
  readResourceGroup: ['to find the region', '`create-registry` without `location`'],
  readKubeconfig: ['to get the kubeconfig', '`verify` set to `pull`, or `workloads`, with kubectl'],
  runCommand: ['to run a command inside it', '`verify` set to `pull`, or `workloads`, with Run Command'],
  readCommandResult: ['to get its result', '`verify` set to `pull`, or `workloads`, with Run Command'],
}

/** What the signed-in identity needs, as the action itself lists what is missing. */
function renderPermissions(): string {
  const rows = Object.entries(needs).map(([name, { at }]) => {
    const key = name as keyof typeof needs
    return [code(armActions[key]), at.includes(' ') ? at : `each ${at}`, ...reasons[key]]
  })
  return renderTable(['Azure action', 'at', 'purpose', 'needed for'], rows)
}

function renderWorstCase(): string {
  const { header, rows } = worstCases()
  return renderTable(header, rows)
}

/** The packages of the action, highest first, with the sentence of each README. */
function renderPackages(): string {
  const rows = packageNames.toReversed().map(name => {
    const [, sentence = ''] = /^# .+\n\n(.+)$/m.exec(readText(`packages/${name}/README.md`)) ?? []
    const uses = packageNames.filter(each => dependenciesOf(`packages/${name}`).includes(each))
    return [`[${name}](packages/${name}/README.md)`, sentence, uses.join(', ') || '–']
  })
  return renderTable(['package', 'what it is for', 'uses'], rows)
}

function renderTable(header: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}

if (process.argv[1] === import.meta.filename) {
  const outdated = generateDocuments().filter(({ current, wanted }) => current !== wanted)
  if (process.argv.includes('--check')) {
    for (const { path } of outdated)
      process.stderr.write(`${path} is not up to date: run "npm run docs" and commit it\n`)
    if (outdated.length > 0) process.exitCode = 1
  } else {
    for (const { path, wanted } of generateSetUps()) writeFileSync(join(root, path), wanted)
    // The documents show the set-ups.
    for (const { path, wanted } of generateDocuments()) writeFileSync(join(root, path), wanted)
  }
}
