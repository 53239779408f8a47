import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { delegationCondition } from 'azure'
import { errorCodes } from 'kernel/src/error.js'
import { packageNames } from '../../../scripts/packages.js'
import { inputsOfQuickStart, manifest, readText } from '../../../scripts/readme-tables.js'
import { findingCodes } from '../../support/codes.js'
import { documentedRoles } from '../../support/documented-roles.js'
import { readInputs } from '../../../src/inputs/inputs.js'

const root = resolve(import.meta.dirname, '../../..')
const readme = readText('README.md')
const troubleshooting = readText('docs/troubleshooting.md')
const permissions = readText('docs/permissions.md')
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'AGENTS.md',
  '.github/SECURITY.md',
  '.github/CODE_OF_CONDUCT.md',
  'bench/README.md',
  ...filesOf('docs').filter(path => path.endsWith('.md')),
  ...packageNames.map(name => `packages/${name}/README.md`),
  'packages/azure-simulator/QUESTIONS.md',
  '__tests__/kubernetes/README.md',
].filter(path => existsSync(join(root, path)))
const examples = filesOf('examples')

interface Step {
  name?: string
  uses?: string
  with?: Record<string, string | boolean>
}

interface Job {
  'timeout-minutes'?: number
  steps: Step[]
}

interface Workflow {
  permissions?: object
  jobs: Record<string, Job>
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

const someIdentity =
  '/subscriptions/01234567-89ab-cdef-0123-456789abcdef/resourceGroups/rg-shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kubelet'

/** Keyed by the first word of the matrix entry. */
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

describe('action.yml', () => {
  test('has a description short enough for the Marketplace', () => {
    const [, description = ''] = /^description: (.+)$/m.exec(readText('action.yml')) ?? []
    expect(description.length).toBeGreaterThan(40)
    expect(description.length).toBeLessThanOrEqual(125)
  })
})

describe('the quick start', () => {
  test('has the inputs that docs/inputs.md marks, and the README has no others', () => {
    const common = inputsOfQuickStart()
    expect(common).toContain('registry')
    const marked = readText('docs/inputs.md').matchAll(/^\| \*\*`([\w-]+)`\*\* \|/gm)
    expect(Array.from(marked, ([, name = '']) => name).toSorted()).toEqual(common.toSorted())
    expect(Array.from(readme.matchAll(/^\| `([a-z-]+)` +\|/gm), ([, name = '']) => name)).toEqual(common)
  })
})

describe('docs/troubleshooting.md', () => {
  const sections = troubleshooting.split(/^## /m).slice(1)
  const headings = sections.map(section => section.split('\n', 1)[0] ?? '')
  test('every command names its subscription', () => {
    const blocks = [...troubleshooting.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
    expect(blocks.length).toBeGreaterThan(30)
    for (const block of blocks) {
      const commands = block.trimEnd().split(/(?<!\\)\n/)
      const isOfSubscription = /^(?:\w+=\$\()?az (?!ad |account |rest |aks install-cli)/
      const nowhere = commands.filter(each => isOfSubscription.test(each) && !each.includes('--subscription '))
      expect(nowhere).toEqual([])
    }
  })

  test('every section belongs to a code', () => {
    const codes = new Set<string>([...errorCodes, ...findingCodes()])
    expect(headings.filter(heading => !codes.has(heading))).toEqual(['Error codes', 'Findings'])
  })
})

/** The conditions in a document's here-documents and here-strings, on one line. */
function conditionsIn(text: string): string[] {
  return [...text.matchAll(/^\(\(!\(ActionMatches[\s\S]+?(?=\n(?:END$|'@))/gm)].map(([condition]) =>
    onOneLine(condition),
  )
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}

describe('the condition on role assignments', () => {
  const named = delegationCondition({ principalIds: ['${PULL_IDENTITY:?}'] })
  test('is the one that the action prints, in docs/permissions.md', () => {
    expect([...new Set(conditionsIn(permissions))]).toEqual([onOneLine(named)])
  })
})

describe('docs/permissions.md', () => {
  const { reading, probing, runningCommands } = documentedRoles()

  test('the custom role has every Azure action needed to read', () => {
    const rows = permissions.matchAll(/^\| `(Microsoft\.\S+\/read)` +\|(.+)$/gm)
    // A check creates nothing, and probes only if asked to.
    const table = [...rows].flatMap(([, action, rest = '']) => (/create-registry|verify/.test(rest) ? [] : action))
    expect(reading.Actions).toEqual(table)
  })

  test('the roles for probing have every Azure action needed to probe', () => {
    const rows = permissions.matchAll(/^\| `(Microsoft\.\S+)` +\|.*`verify` set to `pull`/gm)
    expect([...probing.Actions, ...runningCommands.Actions]).toEqual([...rows].map(([, action]) => action))
  })
})

describe('commands', () => {
  const blocks = documents.flatMap(path =>
    [...readText(path).matchAll(/^( *)```sh\n([\s\S]+?)```/gm)].map(([, indent = '', text = '']) => ({
      path,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    })),
  )

  test.each(blocks)('a bash block of $path has valid syntax and no placeholders', ({ text }) => {
    const { status, stderr } = spawnSync('bash', ['--norc', '-n'], { input: text, encoding: 'utf8' })
    expect(status, stderr).toBe(0)
    expect(text).not.toMatch(/<[a-zA-Z][\w -]*>/)
  })

  // In an interactive zsh, the shell of macOS, `#` begins no comment (INTERACTIVE_COMMENTS is off): all behind it would be arguments.
  test.each(blocks)('a block of $path has no comments', ({ text }) => {
    expect(text).not.toMatch(/(?:^|\s)#/m)
  })

  test.each(blocks)(
    'each az command of $path about a cluster, a registry or a role names its subscription',
    ({ text }) => {
      const commands = text
        .replaceAll(/\\\n/g, ' ')
        .split('\n')
        .filter(line => /\baz (aks|acr|role)\b/.test(line))
      for (const command of commands) expect(command).toContain('--subscription')
    },
  )
})

describe('links', () => {
  test.each(documents)('%s has no dead links', path => {
    const text = readText(path).replace(/```[\s\S]*?```/g, '')
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
    for (const [link, file = '', anchor] of links) {
      const target = file ? join(path, '..', file) : path
      if (target.startsWith('dist/')) continue // written by the build, whose check is in .ci/run
      if (target.startsWith('../../actions/workflows/')) continue // of the repository on GitHub
      const content = readText(target)
      if (anchor) expect(anchorsOf(content), link).toContain(anchor)
    }
  })
})

describe('examples', () => {
  test.each(examples)('%s is linked from the README', example => {
    expect(readme).toMatch(new RegExp(`(\\(|generated: )${example}(\\)| -->)`))
  })

  test.each(examples)('%s uses only inputs and outputs that exist', example => {
    const steps = ownSteps(parse(readText(example)) as Workflow)
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
          .replace('${{ toJSON(matrix) }}', JSON.stringify(entryOfFleet))
          .replace('${{ inputs.mode }}', 'check')
          .replace(/\$\{\{ matrix\.(\w+)[\w-]* \}\}/g, (_, key: string) => entryOfFleet[key] ?? '')
          .replace(/\$\{\{ (?:inputs\.fleet \|\| )?vars\.FLEET \}\}/, JSON.stringify([entryOfFleet]))
          .replace(/\$\{\{ vars\.\w+ \}\}/g, '01234567-89ab-cdef-0123-456789abcdef')
          .replace(/\$\{\{ (?:inputs|secrets)\.[\w-]+ \}\}/g, 'shop-1')
          .replace(/\$\{\{ (?:inputs|secrets)\.[\w-]+ \}\}/g, 'shop-1')
          .replace(/\$\{\{ steps\.identities\.outputs\.kubelet \}\}/g, someIdentity)
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

  test('the last job of the fleet finds the reports of the others', () => {
    const { on, jobs } = parse(readText('examples/fleet-drift.yml')) as Workflow & { on: object }
    // A workflow that others call has their jobs in its run, and these could replace its reports.
    expect(on).not.toHaveProperty('workflow_call')
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

/** A manifest with one image, in a separate file. */
function deployment(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'docs-')), 'shop.yaml')
  writeFileSync(file, 'kind: Pod\nspec: { containers: [{ image: contosoacr.azurecr.io/shop:v1 }] }\n')
  return file
}

test('Dependabot looks after every package.json: those of workspaces through the lock file in the root', () => {
  const { updates } = parse(readText('.github/dependabot.yml')) as {
    updates: { 'package-ecosystem': string; directories: string[] }[]
  }
  const watched = updates
    .filter(each => each['package-ecosystem'] === 'npm')
    .flatMap(({ directories }) => directories.map(directory => directory.replace(/^\//, '')))
  const files = spawnSync('git', ['ls-files', '*package.json'], { cwd: root, encoding: 'utf8' }).stdout.split('\n')
  const folders = files
    .filter(path => path && path !== 'dist/package.json')
    .map(path => path.replace(/\/?package\.json$/, ''))
  expect(folders).toContain('')
  expect(folders.filter(folder => !watched.includes(folder) && !folder.startsWith('packages/'))).toEqual([])
})

describe('node24/action.yml', () => {
  const { runs, ...rest } = parse(readText('node24/action.yml')) as { runs: Record<string, string> }

  test('differs from the action only in the Node version', () => {
    const { runs: runs20, ...rest20 } = parse(readText('action.yml')) as { runs: Record<string, string> }
    expect(rest).toEqual(rest20)
    expect(Object.keys(runs)).toEqual(Object.keys(runs20))
  })

  test('starts the same bundle', () => {
    expect(runs.using).toBe('node24')
    expect(join(root, 'node24', runs.main ?? '')).toBe(join(root, 'dist/index.js'))
    expect(join(root, 'node24', runs.post ?? '')).toBe(join(root, 'dist/post.js'))
  })
})

test('runners download only what the action needs', () => {
  const archive = spawnSync('git', ['archive', '--worktree-attributes', 'HEAD'], { cwd: root, maxBuffer: 50_000_000 })
  expect(archive.status, archive.stderr.toString()).toBe(0)
  const listed = spawnSync('tar', ['--list'], { input: archive.stdout, encoding: 'utf8' }).stdout.trim().split('\n')
  const files = listed.filter(path => !path.endsWith('/') && !path.startsWith('dist/'))
  expect(files).toEqual(['LICENSE', 'README.md', 'action.yml', 'node24/action.yml'])
  expect(listed).toContain('dist/index.js')
})
