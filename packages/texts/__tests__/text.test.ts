import { formatElapsed, formatSeconds, nameSome } from 'kernel'
import { currentRun, documentationLink, excerpt, formatSize, linkCode, plural, seeLog, toRunJson } from '../src/text.js'
import { describe, expect, it, vi } from 'vitest'

describe('numbers', () => {
  it.each([
    [0, '0.0 s'],
    [4.12, '4.1 s'],
    [59.94, '59.9 s'],
    [60, '1:00'],
    [65, '1:05'],
    [3600, '60:00'],
  ])('of seconds: %d are %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text)
  })

  it.each([
    [1, '1 kB'],
    [999_999, '1000 kB'],
    [1_000_000, '1.0 MB'],
    [1_540_000, '1.5 MB'],
    [9_940_000, '9.9 MB'],
    [10_000_000, '10 MB'],
    [71_200_000, '71 MB'],
  ])('of bytes: %d are %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })

  it('agree with their noun', () => {
    expect(formatElapsed(61_900)).toBe('1:01')
    expect([plural(1, 'cluster'), plural(0, 'cluster'), plural(2, 'registry', 'registries')]).toEqual([
      '1 cluster',
      '0 clusters',
      '2 registries',
    ])
  })
})

describe('lists', () => {
  it('are complete up to their limit, and count the rest above it', () => {
    expect(excerpt(['a', 'b'], 2)).toEqual(['a', 'b'])
    expect(excerpt(['a', 'b', 'c', 'd', 'e'], 2)).toEqual(['a', 'b', 'and 3 more, which the report file lists'])
    expect(excerpt(['a', 'b'], 1, '')).toEqual(['a', 'and 1 more'])
    expect(nameSome(['aks-1', 'aks-2'], 2)).toBe('aks-1, aks-2')
    expect(nameSome(['aks-1', 'aks-2', 'aks-3', 'aks-4', 'aks-5'], 2)).toBe('aks-1, aks-2 and 3 more')
  })
})

describe('the page of the run', () => {
  it('is on the server of the repository', () => {
    vi.stubEnv('GITHUB_REPOSITORY', 'contoso/shop')
      .stubEnv('GITHUB_RUN_ID', '7')
      .stubEnv('GITHUB_SERVER_URL', undefined)
    expect(currentRun().url).toBe('https://github.com/contoso/shop/actions/runs/7')
    vi.stubEnv('GITHUB_SERVER_URL', 'https://ghe.contoso.com')
    expect(currentRun().url).toBe('https://ghe.contoso.com/contoso/shop/actions/runs/7')
    vi.unstubAllEnvs()
  })
})

it('the name of the run is that of its workflow with its number, if there is a run', () => {
  vi.stubEnv('GITHUB_RUN_ID', '7').stubEnv('GITHUB_WORKFLOW', 'Nightly drift').stubEnv('GITHUB_RUN_NUMBER', '42')
  expect(currentRun().name).toBe('Nightly drift, run 42')
  vi.stubEnv('GITHUB_RUN_ID', undefined)
  expect(currentRun().name).toBe('')
})

describe('the run of a report', () => {
  const startedAt = Date.parse('2026-11-28T03:17:04Z')
  const named = (id: string, number = '42', attempt = '2') =>
    vi.stubEnv('GITHUB_RUN_ID', id).stubEnv('GITHUB_RUN_NUMBER', number).stubEnv('GITHUB_RUN_ATTEMPT', attempt)

  it('has its number, its attempt and its start', () => {
    named('1658821493')
    const run = { id: '1658821493', number: 42, attempt: 2, startedAt: '2026-11-28T03:17:04.000Z' }
    expect(toRunJson(startedAt)).toEqual(run)
    named('1658821493', '', '')
    expect(toRunJson(startedAt)).toEqual({ ...run, number: null, attempt: 1 })
    named('')
    expect(toRunJson(startedAt)).toBeNull()
  })

  it('is where the commands of other jobs are', () => {
    named('7').stubEnv('GITHUB_REPOSITORY', 'contoso/shop').stubEnv('GITHUB_SERVER_URL', undefined)
    const where = 'The log of that job shows what to do'
    expect(seeLog()).toBe(`${where}, in this run: https://github.com/contoso/shop/actions/runs/7`)
    named('')
    expect(seeLog()).toBe(`${where}.`)
  })
})

describe('variables of the runner', () => {
  const stub = (variables: Record<string, string | undefined>): void => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  }

  it('link a code to the documentation of the version in use', () => {
    stub({
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_ACTION_REPOSITORY: 'contoso/attach-acr',
      GITHUB_ACTION_REF: 'v1',
    })
    const page = 'https://github.example/contoso/attach-acr/blob/v1/docs/troubleshooting.md#pull_denied'
    expect(documentationLink('PULL_DENIED')).toBe(page)
    expect(linkCode('PULL_DENIED')).toBe(`[PULL_DENIED](${page})`)
    stub({ GITHUB_ACTION_REF: '', GITHUB_SERVER_URL: undefined })
    expect(documentationLink('DRIFT')).toBe(
      'https://github.com/contoso/attach-acr/blob/main/docs/troubleshooting.md#drift',
    )
  })

  it('give no link for an action used from its own repository', () => {
    stub({ GITHUB_ACTION_REPOSITORY: '' })
    expect(documentationLink('DRIFT')).toBe('')
    expect(linkCode('DRIFT')).toBe('DRIFT')
  })

  it('name a workflow by the path of its file, or by its name if only that is known', () => {
    stub({
      GITHUB_REPOSITORY: 'contoso/shop',
      GITHUB_WORKFLOW: 'Nightly',
      GITHUB_WORKFLOW_REF: 'contoso/shop/.github/workflows/nightly.yml@refs/heads/main',
    })
    expect(currentRun().file).toBe('.github/workflows/nightly.yml')
    stub({ GITHUB_WORKFLOW_REF: undefined })
    expect(currentRun().file).toBe('Nightly')
    stub({ GITHUB_REPOSITORY: undefined, GITHUB_WORKFLOW: undefined })
    expect(currentRun().file).toBe('')
  })
})
