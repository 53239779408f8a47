import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readText } from '../../../scripts/readme-tables.js'
import { parseAsGitHub } from '../../support/github-workflow.js'

interface Step {
  background?: boolean
  wait?: string
  uses?: string
  run?: string
  with?: Record<string, string>
}

interface Workflow {
  permissions?: object
  jobs: Record<string, { 'timeout-minutes'?: number; permissions?: Record<string, string>; steps: Step[] }>
}

const root = resolve(import.meta.dirname, '../../..')
const filesOf = (folder: string): string[] => readdirSync(resolve(root, folder)).map(name => `${folder}/${name}`)
const read = (path: string): Workflow => parse(readText(path)) as Workflow
const { version } = JSON.parse(readText('package.json')) as { version: string }

describe.each([...filesOf('.github/workflows'), ...filesOf('examples')])('%s', path => {
  const { permissions, jobs } = read(path)
  const steps = Object.values(jobs).flatMap(job => job.steps)

  test("is valid for GitHub's parser, and so are its expressions", async () => {
    const { errors, template } = await parseAsGitHub(path, readText(path))
    expect([...errors, ...(template?.errors ?? [])]).toEqual([])
  })

  test('pins every action by commit, has time limits, and no permission for all jobs', () => {
    expect(permissions).toEqual({})
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0)
    // The release that the examples are of: its tag never moves.
    const others = steps.flatMap(({ uses }) => (uses && uses !== `OWNER/attach-acr@v${version}` ? uses : []))
    for (const uses of others) expect(uses).toMatch(/^\.\/|^[\w-]+(\/[\w-]+)+@[0-9a-f]{40}$/)
  })

  test('has scripts that bash can parse, into which no text is pasted', () => {
    for (const run of steps.flatMap(step => step.run ?? [])) {
      const { status, stderr } = spawnSync('bash', ['--norc', '-n'], { input: run, encoding: 'utf8' })
      expect(status, stderr).toBe(0)
      expect(run).not.toMatch(/\$\{\{ *(?:inputs|github\.event)\b/)
    }
  })
})

test('evidence needs no permission but to sign in and to write it', () => {
  const permissionsOf = (name: string, job: string) => read(`examples/${name}.yml`).jobs[job]?.permissions
  expect(permissionsOf('attest', 'prove')).toEqual({ 'id-token': 'write', attestations: 'write' })
  expect(permissionsOf('deployment-record', 'prove')).toEqual({ 'id-token': 'write' })
  expect(permissionsOf('deployment-record', 'deploy')).toEqual({ contents: 'read', 'artifact-metadata': 'write' })
})

test.each([
  ['ci', [false]],
  ['release', [false, true]],
])('%s.yml attests what runners execute', (name, hasSbom) => {
  const attests = Object.values(read(`.github/workflows/${name}.yml`).jobs)
    .flatMap(({ steps }) => steps)
    .filter(({ uses }) => uses?.startsWith('actions/attest@'))
  expect(attests.map(step => step.with?.['sbom-path'] !== undefined)).toEqual(hasSbom)
  for (const step of attests) expect(step.with?.['subject-path']).toContain('dist/*.js')
})
