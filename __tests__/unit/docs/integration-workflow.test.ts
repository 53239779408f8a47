import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { parseAsGitHub } from '../../support/github-workflow.js'

const root = resolve(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

interface Step {
  id?: string
  name?: string
  uses?: string
  run?: string
  if?: string
  with?: Record<string, unknown>
  env?: Record<string, unknown>
}

interface Job {
  needs?: string | string[]
  if?: string
  'timeout-minutes'?: number
  environment?: string
  permissions?: Record<string, string>
  steps: Step[]
}

const path = '.github/workflows/integration.yml'
const content = read(path)
const { on, permissions, jobs } = parse(content) as {
  on: Record<string, unknown>
  permissions: object
  jobs: Record<'make' | 'test' | 'remove', Job>
}
const steps = Object.values(jobs).flatMap(job => job.steps)
const own = jobs.test.steps.filter(({ uses }) => uses === './')
const action = parse(read('action.yml')) as { inputs: Record<string, unknown>; outputs: Record<string, unknown> }
const questions = ['questions', 'repository-questions', 'question', 'assignments']
  .map(name => read(`scripts/integration/${name}.sh`))
  .join('\n')
const results = read('scripts/integration/results.sh')

describe('.github/workflows/integration.yml', () => {
  it('is a valid GitHub workflow with valid expressions', async () => {
    const { errors, template } = await parseAsGitHub(path, content)
    expect(errors).toEqual([])
    if (template === undefined) throw new Error('it is empty')
    expect(template.errors ?? []).toEqual([])
    expect(template.jobs.map(({ id }) => id.value)).toEqual(['make', 'test', 'remove'])
  })

  it('starts only by hand, with minimal permissions, behind an environment', () => {
    expect(Object.keys(on)).toEqual(['workflow_dispatch'])
    expect(permissions).toEqual({})
    for (const job of Object.values(jobs)) {
      expect(job['timeout-minutes']).toBeGreaterThan(0)
      expect(job.environment).toBe('integration')
      expect(Object.entries(job.permissions ?? {}).filter(([, access]) => access === 'write')).toEqual([
        ['id-token', 'write'],
      ])
    }
  })

  it('removes everything, whatever has happened', () => {
    expect(jobs.remove).toMatchObject({ needs: ['make', 'test'], if: 'always()' })
    const run = jobs.remove.steps.map(step => step.run ?? '').join('\n')
    for (const command of ['az rest --method delete', 'az lock delete', 'az group delete'])
      expect(run).toContain(command)
    // It first removes the cluster's identity from the Microsoft Entra group, while the cluster still exists to name it. No step prevents another from running.
    const [, leave, ...deletions] = jobs.remove.steps
    expect(leave).toMatchObject({ if: "inputs.group != ''", env: { MEMBERS: '${{ inputs.group }}' } })
    expect(leave?.run).toContain('az ad group member remove --group "$MEMBERS"')
    expect(deletions.map(step => step.if)).toEqual(['always()', 'always()'])
    // Everything that is created outside the resource group.
    expect(questions.match(/--name "deny-\$GITHUB_RUN_ID" --subscription/g)).toHaveLength(1)
    expect(run).toContain('/policyDefinitions/deny-$GITHUB_RUN_ID')
    expect(questions + content).not.toMatch(/az (ad [a-z ]+ (create|add)|role definition create)/)
  })

  it('pins third-party actions by commit, like the other workflows', () => {
    const others = ['.github/workflows', 'examples']
      .flatMap(folder => readdirSync(join(root, folder)).map(name => `${folder}/${name}`))
      .filter(file => file !== path)
      .map(read)
      .join('\n')
    const used = [...content.matchAll(/uses: (\S+)( # v\S+)?/g)].filter(([, name]) => name !== './')
    expect(used.length).toBeGreaterThan(4)
    for (const [line, name] of used) {
      expect(name).toMatch(/^[\w/-]+@[0-9a-f]{40}$/)
      expect(others).toContain(line)
    }
  })

  it('runs every mode, with existing inputs, while the recorder is running', () => {
    const modes = /`attach`.*`detach`.*`check`.*`merge`/.test(read('action.yml'))
      ? ['attach', 'check', 'detach', 'merge']
      : []
    expect([...new Set(own.map(step => step.with?.mode ?? 'attach'))].sort()).toEqual(modes)
    for (const step of own)
      for (const input of Object.keys(step.with ?? {})) expect(action.inputs).toHaveProperty(input)
    const names = jobs.test.steps.map(({ run = '', uses }) =>
      uses === './' ? 'own' : run.includes('record.ts') ? 'start' : run.includes('compare.ts') ? 'stop' : '',
    )
    expect(names.indexOf('start')).toBeLessThan(names.indexOf('own'))
    expect(names.lastIndexOf('own')).toBeLessThan(names.indexOf('stop'))
    const stop = jobs.test.steps[names.indexOf('stop')]
    expect(stop?.if).toBe('always()')
  })

  it('has scripts that bash can parse, without expressions', () => {
    for (const run of [...steps.flatMap(step => step.run ?? []), questions, results]) {
      const { status, stderr } = spawnSync('bash', ['--norc', '-n'], { input: run, encoding: 'utf8' })
      expect(status, stderr).toBe(0)
      expect(run).not.toContain('${{')
    }
  })

  it('asserts only existing outputs of existing steps', () => {
    const expected = [...results.matchAll(/^expect (\S+) (\S+) \S+$/gm)]
    const ids = own.flatMap(({ id }) => id ?? [])
    expect([...new Set(expected.map(([, id]) => id))].sort()).toEqual(ids.filter(id => id !== 'group').sort())
    for (const [, , output = ''] of expected) expect(action.outputs).toHaveProperty(output)
  })

  it('accepts expected results and rejects others', () => {
    const outputs = Object.fromEntries(
      [...results.matchAll(/^expect (\S+) (\S+) (\S+)$/gm)]
        .map(([, id = '', name = '', value = '']) => [id, name, value] as const)
        .reduce(
          (all, [id, name, value]) => all.set(id, { ...all.get(id), [name]: value }),
          new Map<string, Record<string, string>>(),
        ),
    )
    const folder = mkdtempSync(join(tmpdir(), 'results-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    const summary = join(folder, 'summary.md')
    const judge = (change: Record<string, string>) => {
      const steps = Object.fromEntries(
        Object.entries(outputs).map(([id, values]) => [
          id,
          { outputs: id === 'attach' ? { ...values, ...change } : values },
        ]),
      )
      const env = {
        ...process.env,
        STEPS: JSON.stringify(steps),
        WITH_GROUP: 'false',
        GITHUB_STEP_SUMMARY: summary,
      }
      return spawnSync('bash', ['--norc', join(root, 'scripts/integration/results.sh')], { env, encoding: 'utf8' })
    }
    const good = judge({ 'propagation-seconds': '42', images: '[{"durationSeconds":7}]' })
    expect(good).toMatchObject({ status: 0, stderr: '' })
    const measured = readFileSync(summary, 'utf8')
    expect(measured).toContain('| role until a node pulls | 42 |')
    expect(measured).toContain('| import of an index of several images | 7 |')
    const bad = judge({ verified: 'assignment' })
    expect(bad.status).toBe(1)
    expect(bad.stdout).toContain("::error::attach: verified is 'assignment', expected 'pull'")
  })

  it('asks the questions listed in docs/fidelity.md', () => {
    const fidelity = read('docs/fidelity.md')
    const asked = [...questions.matchAll(/^question '([^']+)'/gm)].flatMap(([, text]) => text ?? [])
    const named = [...fidelity.matchAll(/questions? ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/"([^"]+)"/g)].flatMap(([, text]) => text ?? []),
    )
    expect(named.length).toBeGreaterThan(8)
    for (const name of named)
      expect(
        asked.some(text => text.includes(name)),
        name,
      ).toBe(true)
    for (const [, measure = ''] of fidelity.matchAll(/\| "([^"]+)"/g)) expect(results).toContain(measure)
  })
})
