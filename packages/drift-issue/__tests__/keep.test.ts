import { createServer } from 'node:http'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished, vi } from 'vitest'
import { systemClock } from 'kernel'
import { sampleDrift, sampleId, sampleItem } from '../../../__tests__/support/drift.js'
import { keepIssue } from '../src/keep.js'

/** GitHub with the issues of one repository. @param more fields of each */
async function begin(more: object = {}) {
  const issues: Record<string, unknown>[] = []
  const answer = (method = '', path = '', body: Record<string, unknown> = {}): unknown => {
    if (path === '/graphql') return { data: { viewer: { login: 'bot' } } }
    const [, number = ''] = /\/issues\/(\d+)/.exec(path) ?? []
    if (number && method === 'PATCH') return Object.assign(issues[Number(number) - 1] ?? {}, body)
    if (number) return method === 'GET' ? issues[Number(number) - 1] : {}
    if (method === 'GET') return issues
    if (path.endsWith('/labels')) return {}
    const fresh = { number: issues.length + 1, html_url: `https://x/${issues.length + 1}`, state: 'open', labels: [] }
    issues.push({ ...fresh, ...body, labels: [], user: { login: 'bot' }, ...more })
    return issues.at(-1)
  }
  const server = createServer((request, response) => {
    void text(request).then(body => {
      const given = body ? (JSON.parse(body) as Record<string, unknown>) : {}
      response.setHeader('content-type', 'application/json')
      response.statusCode = request.method === 'POST' && request.url !== '/graphql' ? 201 : 200
      response.end(JSON.stringify(answer(request.method, request.url, given)))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  /** A run of a workflow file. @returns the outputs, and the number of warnings */
  return async (
    found: string,
    {
      run = '1',
      attempt = '1',
      file = 'a.yml',
      matrix = 'a',
      job = 'check',
      step = '__run',
      driftIssue = 'nightly',
    } = {},
  ) => {
    const output = join(mkdtempSync(join(tmpdir(), 'keep-')), 'output')
    writeFileSync(output, '')
    const variables = { GITHUB_OUTPUT: output, GITHUB_API_URL: api, GITHUB_REPOSITORY: 'o/r', GITHUB_JOB: job }
    const ofRun = { GITHUB_ACTION: step, GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt, INPUT_CLUSTER: matrix }
    const workflow = { GITHUB_WORKFLOW_REF: `o/r/.github/workflows/${file}@refs/heads/main` }
    for (const [name, value] of Object.entries({ ...variables, ...ofRun, ...workflow })) vi.stubEnv(name, value)
    const items = (keys: string) => [...keys].map(key => sampleItem(sampleId(`aks-${key}`), { key }))
    const drift = sampleDrift(items(found), { fine: items(found ? '' : 'ab') })
    const warn = vi.fn()
    const log = { line: () => undefined, warn, debug: () => undefined }
    const deps = { log, clock: systemClock, signal: new AbortController().signal } as never
    await keepIssue(drift, { driftIssue, githubToken: 't', jobSummary: false }, { reports: [] }, deps)
    const outputs = readFileSync(output, 'utf8').matchAll(/^(.+)<<(\S+)\n([^]*?)\n\2$/gm)
    return [
      Object.fromEntries([...outputs].map(([, name = '', , value = '']) => [name, value])),
      warn.mock.calls.length,
    ]
  }
}

it('the outputs have the issue that was opened, edited, closed or left to another job, also in the next attempt', async () => {
  const night = await begin()
  const issue = { 'drift-issue-number': '1', 'drift-issue-url': 'https://x/1' }
  expect(await night('')).toEqual([{}, 0])
  expect(await night('a')).toEqual([issue, 0])
  expect(await night('ab', { run: '2' })).toEqual([issue, 0])
  expect(await night('a', { run: '2', file: 'b.yml' })).toEqual([issue, 1])
  expect(await night('a', { run: '2', attempt: '2', matrix: 'b' })).toEqual([issue, 1])
  expect(await night('', { run: '3' })).toEqual([issue, 0])
})

it('with true, each step of each job of each workflow file has its own issue; a name has one', async () => {
  const night = await begin()
  const numberOf = async (more: object) => {
    const [outputs, warnings] = await night('a', { run: '2', ...more })
    return [(outputs as Record<string, string>)['drift-issue-number'], warnings]
  }
  const places = [{}, { step: 'second' }, { job: 'test' }, { file: 'b.yml' }]
  const numbers = []
  for (const place of places) numbers.push(await numberOf({ driftIssue: 'true', ...place }))
  expect(numbers).toEqual(['1', '2', '3', '4'].map(number => [number, 0]))
  for (const run of ['3', '4']) expect(await numberOf({ run, step: run })).toEqual(['5', 0])
})

it.each([
  ['of somebody else', { user: { login: 'mallory' } }],
  ['that is a pull request', { pull_request: {} }],
])('an issue %s is none of ours, whatever its text', async (_, more) => {
  const night = await begin(more)
  for (const run of ['1', '2']) expect(await night('a', { run })).toMatchObject([{ 'drift-issue-number': run }, 0])
})
