import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readText } from '../../../scripts/readme-tables.js'
import { parseAsGitHub } from '../../support/github-workflow.js'

const examples = readdirSync(resolve(import.meta.dirname, '../../../examples')).map(name => `examples/${name}`)

describe("the examples, read by GitHub's parser", () => {
  test.each(examples)('%s is valid', async path => {
    expect((await parseAsGitHub(path, readText(path))).errors).toEqual([])
  })

  test('a wait for a step that there is not, or not yet, is none', async () => {
    const path = 'examples/attach-while-you-build.yml'
    const text = readText(path)
    for (const broken of [text.replace('wait: acr', 'wait: acl'), text.replace('id: acr', 'id: other')])
      expect((await parseAsGitHub(path, broken)).errors).not.toEqual([])
  })
})

interface Job {
  permissions: Record<string, string>
  steps: {
    id?: string
    background?: boolean
    wait?: string
    uses?: string
    run?: string
    env?: Record<string, string>
  }[]
}

const jobsOf = (name: string): Record<string, Job> =>
  (parse(readText(`examples/${name}.yml`)) as { jobs: Record<string, Job> }).jobs

test('outputs of the step in the background are used after the wait for it only', () => {
  const { steps = [] } = Object.values(jobsOf('attach-while-you-build'))[0] ?? {}
  const wait = steps.findIndex(({ wait }) => wait === 'acr')
  expect(steps.findIndex(({ background }) => background === true)).toBeLessThan(wait)
  const uses = steps.flatMap((step, index) => (JSON.stringify(step).includes('steps.acr.outputs') ? index : []))
  expect(uses.length).toBeGreaterThan(0)
  for (const index of uses) expect(index).toBeGreaterThan(wait)
})

test('evidence needs no permission but to sign in and to write it', () => {
  const { prove } = jobsOf('attest')
  expect(prove?.permissions).toEqual({ 'id-token': 'write', attestations: 'write' })
  const { prove: proof, deploy } = jobsOf('deployment-record')
  expect(proof?.permissions).toEqual({ 'id-token': 'write' })
  expect(deploy?.permissions).toEqual({ contents: 'read', 'artifact-metadata': 'write' })
})
