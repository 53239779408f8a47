// The release workflow without a network: in a fresh repository, with stand-ins for npm, npx, gh and the actions of others. What only GitHub and npm can do is not
// tried here: the installation and the checks of .ci/run, signatures, artifacts, the release itself and the tag v1.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { linkPackages } from '../../behaviours/checkout.js'
import { runWorkflow, type StandIn } from '../../support/workflow.js'

const root = resolve(import.meta.dirname, '../../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const tag = `v${version}`
const folder = mkdtempSync(join(tmpdir(), 'release-'))
const origin = join(folder, 'origin')
afterAll(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

/** The paths that a pattern names whose last part may have stars. */
function pathsOf(pattern: string, at = root): string[] {
  const names = new RegExp(`^${basename(pattern).replaceAll('.', '\\.').replaceAll('*', '[^.].*')}$`)
  return readdirSync(join(at, dirname(pattern)))
    .filter(name => names.test(name))
    .map(name => join(dirname(pattern), name))
}

function git(...args: string[]): string {
  const identity = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', EMAIL: 'dev@example.com' }
  return execFileSync('git', args, { cwd: origin, env: { ...process.env, ...identity }, encoding: 'utf8' }).trim()
}

function commit(text: string): string {
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '--message', text)
  return git('rev-parse', 'HEAD')
}

/** Commits of a fresh repository: on main without and with the owner and then without the version's section in the changelog; on a branch that is not merged. */
const commits = { anonymous: '', owned: '', undescribed: '', unmerged: '' }

beforeAll(() => {
  const isOurs = (path: string): boolean => !/^(?:node_modules|\.git|build|coverage|recordings)$/.test(basename(path))
  cpSync(root, origin, { recursive: true, verbatimSymlinks: true, filter: isOurs })
  git('init', '--quiet', '--initial-branch', 'main')
  const changelog = join(origin, 'CHANGELOG.md')
  const text = readFileSync(changelog, 'utf8')
  writeFileSync(changelog, text.replace(/^## .*$/m, `## ${version} - 2026-12-24`))
  commits.anonymous = commit('As it is here')
  linkPackages(origin)
  execFileSync(join(origin, 'scripts/release/owner.sh'), ['fabrikam-labs'], { cwd: origin })
  commits.owned = commit('The owner')
  git('switch', '--quiet', '--create', 'mine')
  commits.unmerged = commit('Not merged')
  git('switch', '--quiet', 'main')
  writeFileSync(changelog, text.replace(/^## .*$/m, '## Unreleased'))
  commits.undescribed = commit('No section')
})

/** A release of a commit. */
interface Release {
  results: Record<string, string>
  /** The commands of npm and gh. */
  calls: string[]
  /** The files of the release, by their names. */
  assets: Map<string, Buffer>
  /** The attestation of who built what, as it was signed. */
  bundle: string
  log: string
}

const programs = {
  npm: `echo "npm $*" >>"$CALLS"; [ "$*" != "run build" ] || printf '%s' "$BUILDS" >>dist/index.js`,
  npx: 'echo "npx $*" >>"$CALLS"',
  'apt-get': ':',
  gh: `echo "gh $*" >>"$CALLS"
case "$1 $2 $3" in
  "release create "*) cp -r release "$CALLS.assets" ;;
  "api --method PATCH") [ "$MAJOR" = there ] ;;
esac`,
}

/** Pushes the tag of this version at a commit. @param only the only job to run @param builds what the build adds to dist/index.js @param major whether the tag of the major version is there */
async function release(
  commit: string,
  { only, builds = '', major = 'there' }: { only?: string; builds?: string; major?: string } = {},
): Promise<Release> {
  git('tag', '--force', tag, commit)
  const home = mkdtempSync(join(folder, 'run-'))
  const calls = join(home, 'calls')
  writeFileSync(calls, '')
  const bin = join(home, 'bin')
  mkdirSync(bin)
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const ends = await runWorkflow('.github/workflows/release.yml', {
    ...(only !== undefined && { only }),
    folder: home,
    node: process.execPath,
    environment: {
      ...{ GITHUB_REF_NAME: tag, GITHUB_SHA: commit, GITHUB_REPOSITORY: 'fabrikam-labs/attach-acr' },
      ...{ STAND_INS: bin, CALLS: calls, BUILDS: builds, MAJOR: major },
    },
    vars: {},
    standIns: createStandIns(home),
  })
  const assets = `${calls}.assets`
  return {
    results: Object.fromEntries(ends.map(({ id, result }) => [id, result])),
    calls: readFileSync(calls, 'utf8').trim().split('\n'),
    assets: new Map(
      existsSync(assets) ? readdirSync(assets).map(name => [name, readFileSync(join(assets, name))]) : [],
    ),
    bundle: existsSync(join(home, 'bundle')) ? readFileSync(join(home, 'bundle'), 'utf8') : '',
    log: ends.map(({ log }) => log).join('\n'),
  }
}

function createStandIns(home: string): Record<string, StandIn> {
  const store = join(home, 'artifacts')
  const filesOf = (workspace: string, patterns = ''): string[] =>
    patterns
      .trim()
      .split(/\s+/)
      .flatMap(pattern => pathsOf(pattern, workspace))
  return {
    'actions/checkout'({ inputs, workspace }) {
      const depth = inputs['fetch-depth'] === '0' ? [] : ['--single-branch']
      git('clone', '--quiet', '--branch', tag, ...depth, origin, workspace)
      linkPackages(workspace)
      return Promise.resolve(undefined)
    },
    'actions/setup-node': () => Promise.resolve(undefined),
    'actions/upload-artifact'({ inputs, workspace }) {
      for (const path of filesOf(workspace, inputs.path))
        cpSync(join(workspace, path), join(store, inputs.name ?? '', path === inputs.path ? '' : path), {
          recursive: true,
        })
      return Promise.resolve(undefined)
    },
    'actions/download-artifact'({ inputs, workspace }) {
      const names = inputs.name === undefined ? readdirSync(store) : [inputs.name]
      const isMerged = inputs.name !== undefined || inputs['merge-multiple'] === 'true'
      for (const name of names)
        cpSync(join(store, name), join(workspace, inputs.path ?? '', isMerged ? '' : name), { recursive: true })
      return Promise.resolve(undefined)
    },
    // A bundle names the files by their digests (github.com/actions/attest); nothing is signed.
    'actions/attest'({ inputs, workspace }) {
      const subject = filesOf(workspace, inputs['subject-path']).map(path => ({
        name: basename(path),
        digest: { sha256: sha256(readFileSync(join(workspace, path))) },
      }))
      const sbom = inputs['sbom-path']
      const predicate = sbom === undefined ? {} : (JSON.parse(readFileSync(join(workspace, sbom), 'utf8')) as object)
      const bundle = join(home, sbom === undefined ? 'bundle' : 'bundle-of-materials')
      writeFileSync(bundle, JSON.stringify({ subject, predicate }))
      return Promise.resolve({ 'bundle-path': bundle })
    },
  }
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

describe('a tag', () => {
  const skipped = { build: 'failure', attest: 'skipped', publish: 'skipped', major: 'skipped' }
  const published = /^gh /

  test('of a commit that is on main is released with what people verify it by', async () => {
    const { results, calls, assets, bundle, log } = await release(commits.owned)
    expect(results, log).toEqual({ build: 'success', attest: 'success', publish: 'success', major: 'success' })
    const archive = `attach-acr-${version}.tar.gz`
    expect([...assets.keys()].toSorted()).toEqual(
      [archive, `${archive}.sigstore.json`, 'attach-acr.cdx.json', 'set-up.sh', 'set-up.sh.sha256'].toSorted(),
    )
    expect(assets.get(`${archive}.sigstore.json`)?.toString()).toBe(bundle)

    const { subject } = JSON.parse(bundle) as { subject: { name: string; digest: { sha256: string } }[] }
    const attested = new Map(subject.map(({ name, digest }) => [name, digest.sha256]))
    for (const name of [archive, 'attach-acr.cdx.json', 'set-up.sh'])
      expect(attested.get(name)).toBe(sha256(assets.get(name) ?? Buffer.of()))
    expect([...attested.keys()]).toEqual(expect.arrayContaining(pathsOf('dist/*.js').map(path => basename(path))))

    expect(assets.get('set-up.sh')?.toString()).toBe(git('show', `${commits.owned}:docs/set-up.sh`) + '\n')
    expect(assets.get('set-up.sh.sha256')?.toString()).toBe(
      `${sha256(assets.get('set-up.sh') ?? Buffer.of())}  set-up.sh\n`,
    )

    expect(namesIn(assets.get('attach-acr.cdx.json')?.toString() ?? '')).toEqual(licensed())

    expect(calls[0]).toBe('npm ci --ignore-scripts')
    expect(calls.filter(call => published.test(call))).toEqual([
      `gh release create ${tag} ${[...assets.keys()]
        .toSorted()
        .map(name => `release/${name}`)
        .join(' ')} --repo fabrikam-labs/attach-acr --verify-tag --generate-notes`,
      `gh api --method PATCH repos/fabrikam-labs/attach-acr/git/refs/tags/v1 --raw-field sha=${commits.owned} --field force=true`,
    ])
  })

  test('that is the first of its major version creates the movable tag', async () => {
    const { calls } = await release(commits.owned, { only: 'major', major: 'missing' })
    expect(calls.at(-1)).toBe(
      `gh api --method POST repos/fabrikam-labs/attach-acr/git/refs --raw-field ref=refs/tags/v1 --raw-field sha=${commits.owned}`,
    )
  })

  test.each([
    ['of a commit that is not on main', { commit: 'unmerged' }],
    ['of a commit that names no owner', { commit: 'anonymous' }],
    ['of a version that the changelog lacks', { commit: 'undescribed' }],
    ['whose dist/ is not what is built', { commit: 'owned', builds: '//' }],
  ] as const)('%s is refused, and nothing is published', async (_, { commit, ...rest }) => {
    const { results, calls } = await release(commits[commit], rest)
    expect(results).toEqual(skipped)
    expect(calls.filter(call => published.test(call))).toEqual([])
  })
})

describe('scripts/release/owner.sh', () => {
  const run = (...args: string[]): string => {
    try {
      return execFileSync(join(origin, 'scripts/release/owner.sh'), args, { encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      return `ended with ${String((error as { status: number }).status)}`
    }
  }

  test('names each file that has none, and none after it has put it in', () => {
    git('switch', '--quiet', '--detach', commits.anonymous)
    expect(run('--check')).toBe('ended with 1')
    git('switch', '--quiet', '--detach', commits.owned)
    expect(run('--check')).toBe('')
    appendFileSync(join(origin, 'docs/detach.md'), '\n- uses: OWNER/attach-acr@v1\n')
    expect(run('--check')).toBe('ended with 1')
    git('checkout', '--quiet', '.')
  })

  test('leaves generated documents as they must be', () => {
    git('switch', '--quiet', '--detach', commits.owned)
    const check = ['--import', 'tsx', 'scripts/readme-tables.ts', '--check']
    expect(execFileSync('node', check, { cwd: origin, encoding: 'utf8' })).toBe('')
  })

  test.each(['', 'OWNER', 'a b', '-a', 'a--b', '$(id)', 'a/b', 'a'.repeat(40)])('refuses %j as an account', account => {
    expect(run(account)).toBe('ended with 2')
  })
})

/** The packages in a bill of materials, with their versions. */
function namesIn(bill: string): string[] {
  const { components } = JSON.parse(bill) as { components: { group?: string; name: string; version: string }[] }
  return components.map(({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name} ${version}`)
}

/** The packages in dist/licenses.txt, with their versions. */
function licensed(): string[] {
  const all = readFileSync(join(root, 'dist/licenses.txt'), 'utf8').split(`\n${'-'.repeat(80)}\n\n`)
  return [...new Set(all.map(text => text.split('\n', 1)[0] ?? ''))]
}

test('npm runs no script that a package brings, and none of ours waits for one before or after it', () => {
  expect(readFileSync(join(root, '.npmrc'), 'utf8').split('\n')).toContain('ignore-scripts=true')
  for (const path of [
    'package.json',
    ...readdirSync(join(root, 'packages')).map(name => `packages/${name}/package.json`),
  ]) {
    const { scripts } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { scripts: Record<string, string> }
    const names = Object.keys(scripts)
    expect(
      names.filter(name => names.includes(name.replace(/^(?:pre|post)/, '')) && /^(?:pre|post)/.test(name)),
      path,
    ).toEqual([])
  }
})

test('only the steps that publish have a token that can, and no checkout keeps one', () => {
  interface Job {
    permissions: Record<string, string>
    steps: { uses?: string; run?: string; with?: Record<string, unknown>; env?: Record<string, string> }[]
  }
  const workflows = pathsOf('.github/workflows/*.yml').map(
    path => [path, (parse(readFileSync(join(root, path), 'utf8')) as { jobs: Record<string, Job> }).jobs] as const,
  )
  for (const [path, jobs] of workflows)
    for (const { uses, with: inputs } of Object.values(jobs).flatMap(({ steps }) => steps))
      if (uses?.startsWith('actions/checkout@')) expect(inputs?.['persist-credentials'], path).toBe(false)

  const { build, attest, publish, major } = Object.fromEntries(workflows)['.github/workflows/release.yml'] ?? {}
  expect([build, attest].map(job => job?.permissions.contents)).toEqual(['read', 'read'])
  const usersOf = (job: Job | undefined) => job?.steps.map(({ uses, env }) => [uses?.split('@')[0], env?.GH_TOKEN])
  const token = '${{ github.token }}'
  expect(usersOf(publish)).toEqual([
    ['actions/download-artifact', undefined],
    [undefined, token],
  ])
  expect(usersOf(major)).toEqual([[undefined, token]])
})

test('each fact that only a subscription settles has the day when its source was read, and a question of the integration workflow', () => {
  const [, table = ''] = readFileSync(join(root, 'docs/internals.md'), 'utf8').split(
    /^### Facts .*$|^### Integration .*$/m,
  )
  const rows = table
    .split('\n')
    .flatMap(line => (/^\| [A-Z]/.test(line) ? [line.split('|').map(cell => cell.trim())] : []))
  expect(rows).toHaveLength(5)
  const asked = readFileSync(join(root, 'scripts/integration/facts.sh'), 'utf8')
  for (const [, , source, question] of rows) {
    expect(source).toMatch(/\b20\d\d-\d\d-\d\d\b/)
    expect(asked).toMatch(new RegExp(`^question ['"]${question ?? ''}['"]`, 'm'))
  }
  const steps = readFileSync(join(root, '.github/workflows/integration.yml'), 'utf8')
  expect(steps).toMatch(/^ +scripts\/integration\/facts\.sh$/m)
  expect(steps).toMatch(/^ +run: scripts\/integration\/answers\.sh$/m)
})

test('the commands that verify an attestation name the workflow that signs it, and its branch or tag', () => {
  const text = readFileSync(join(root, '.github/SECURITY.md'), 'utf8').replaceAll(/\\\n\s*/g, '')
  const commands = text.split('\n').filter(line => line.includes('gh attestation verify '))
  expect(commands).toHaveLength(2)
  for (const command of commands) {
    const [, workflow = ''] =
      /--signer-workflow \S+\/(\.github\/workflows\/\S+) --source-ref refs\/(?:heads\/main|tags\/v)/.exec(command) ?? []
    expect(readFileSync(join(root, workflow), 'utf8')).toContain('uses: actions/attest@')
  }
})
