import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { delegationCondition } from 'azure'
import { errorCodes } from 'kernel/src/error.js'
import { packageNames } from '../../../scripts/packages.js'
import { manifest, readText } from '../../../scripts/readme-tables.js'
import { findingCodes } from '../../support/codes.js'
import { documentedRoles } from '../../support/documented-roles.js'

const root = resolve(import.meta.dirname, '../../..')
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

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder)).map(name => `${folder}/${name}`)
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

test('every section of docs/troubleshooting.md belongs to a code', () => {
  const codes = new Set<string>([...errorCodes, ...findingCodes()])
  const headings = [...readText('docs/troubleshooting.md').matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading)
  expect(headings.filter(heading => !codes.has(heading))).toEqual(['Error codes', 'Findings'])
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

const blocks = documents.flatMap(path =>
  [...readText(path).matchAll(/^( *)```sh\n([\s\S]+?)```/gm)].map(([, indent = '', text = '']) => ({
    path,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  })),
)

test.each(blocks)('a bash block of $path has valid syntax, and what can be pasted anywhere', ({ text }) => {
  const { status, stderr } = spawnSync('bash', ['--norc', '-n'], { input: text, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  // No placeholders. And in an interactive zsh, the shell of macOS, `#` begins no comment (INTERACTIVE_COMMENTS is off): all behind it would be arguments.
  expect(text).not.toMatch(/<[a-zA-Z][\w -]*>|(?:^|\s)#/m)
  const commands = text.split(/(?<!\\)\n/).filter(line => /\baz (aks(?! install-cli)|acr|role)\b/.test(line))
  for (const command of commands) expect(command).toContain('--subscription')
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
  test.each(examples)('%s uses only inputs and outputs that exist', example => {
    const { jobs } = parse(readText(example)) as {
      jobs: Record<string, { steps: { uses?: string; with?: Record<string, unknown> }[] }>
    }
    const steps = Object.values(jobs).flatMap(job => job.steps)
    const own = steps.filter(({ uses }) => uses?.startsWith('OWNER/attach-acr@'))
    expect(own).not.toEqual([])
    const inputs = own.flatMap(step => Object.keys(step.with ?? {}))
    expect(inputs.filter(input => !(input in manifest.inputs))).toEqual([])
    for (const [, output = ''] of readText(example).matchAll(/steps\.acr\.outputs\.([a-z-]+)/g))
      expect(Object.keys(manifest.outputs)).toContain(output)
  })

  test.each(documents)('the YAML in %s parses', path => {
    for (const [, indent = '', yaml = ''] of readText(path).matchAll(/^( *)```yaml\n([\s\S]+?)```/gm))
      expect(() => parse(yaml.replaceAll(new RegExp(`^${indent}`, 'gm'), '')) as unknown).not.toThrow()
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
