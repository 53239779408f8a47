import { describe, expect, it, vi } from 'vitest'
import { ActionError, fix } from 'kernel'
import type { EveryReference } from 'run-model'
import { judgeUnmatched } from '../../../src/observe/lists.js'

const subscriptionId = '11111111-2222-4333-8444-555555555555'

const not = (name: string): EveryReference['filters'][number] => ({ kind: 'not', text: `!${name}`, name })
const tag = (key: string, value: string): EveryReference['filters'][number] => ({
  kind: 'tag',
  text: `tag: ${key}=${value}`,
  key,
  value,
})

const listed = [
  { name: 'aks-private', tags: { Env: 'prod', ring: '1' } },
  { name: 'aks-prod-1', tags: { Env: 'prod' } },
  { name: 'aks-shop' },
]

const gap = new ActionError('AUTHORIZATION_FAILED', "Can't tell which clusters exist", { fix: fix('') })

/** Judges filters of `cluster` in a list; `gap` makes it incomplete. */
function judge(
  filters: EveryReference['filters'][number][],
  { mode = 'attach', isWhole = true, resourceGroup = 'rg-shop', all = listed } = {},
) {
  const every: EveryReference = { kind: 'all', text: '*', resourceGroup, filters }
  const findGap = vi.fn(() => Promise.resolve(isWhole ? undefined : gap))
  const inputs = { mode: mode as 'attach' | 'check', subscriptionId }
  return { end: judgeUnmatched('cluster', every, all, inputs, findGap), findGap }
}

describe('filters', () => {
  it('that match something, or stand before an empty list, lead to nothing, and ask nothing', async () => {
    for (const [filters, all] of [
      [[not('AKS-PRIVATE'), tag('env', 'prod')], listed],
      [[not('aks-privat')], []],
    ] as const) {
      const { end, findGap } = judge([...filters], { all: [...all] })
      expect(await end).toEqual({ findings: [], unknown: [], problems: [] })
      expect(findGap).not.toHaveBeenCalled()
    }
  })

  it('that are probably typos are problems, except in check', async () => {
    const typos = [not('aks-privat'), tag('env', 'prd'), tag('env', 'PROD'), tag('envi', 'prod')]
    const { end, findGap } = judge(typos)
    const expected = 'a line that matches a cluster in resource group rg-shop; did you mean'
    expect(await end).toEqual({
      findings: [],
      unknown: [],
      problems: [
        { input: 'cluster', found: '"!aks-privat"', expected: `${expected} aks-private?` },
        { input: 'cluster', found: '"tag: env=prd"', expected: `${expected} tag:Env=prod?` },
        { input: 'cluster', found: '"tag: env=PROD"', expected: `${expected} tag:Env=prod?` },
        { input: 'cluster', found: '"tag: envi=prod"', expected: `${expected} tag:Env=prod?` },
      ],
    })
    expect(findGap).not.toHaveBeenCalled()
    const { problems, findings } = await judge(typos, { mode: 'check' }).end
    expect(problems).toEqual([])
    expect(findings.map(({ message }) => message)).toEqual([
      '!aks-privat leaves nothing out: no cluster in resource group rg-shop has that name. Did you mean aks-private?',
      ...['prd', 'PROD'].map(
        value =>
          `tag: env=${value} keeps nothing: no cluster in resource group rg-shop has that tag. Did you mean tag:Env=prod?`,
      ),
      'tag: envi=prod keeps nothing: no cluster in resource group rg-shop has that tag. Did you mean tag:Env=prod?',
    ])
  })

  it('that are like nothing else are warnings about the place that was listed', async () => {
    for (const [resourceGroup, subject, where] of [
      ['rg-shop', `/subscriptions/${subscriptionId}/resourceGroups/rg-shop`, 'resource group rg-shop'],
      ['', `/subscriptions/${subscriptionId}`, `subscription ${subscriptionId}`],
    ] as const) {
      // Another number is another cluster, and a name that another line leaves out is not meant.
      const filters = [not('aks-test'), not('aks-prod-2'), not('aks-shop'), not('aks-shp'), tag('ring', '2')]
      const { end } = judge(filters, { resourceGroup })
      const { findings, ...others } = await end
      expect(others).toEqual({ unknown: [], problems: [] })
      expect(findings).toMatchObject(
        ['!aks-test', '!aks-prod-2', '!aks-shp', 'tag: ring=2'].map(text => ({
          code: 'FILTER_WITHOUT_EFFECT',
          severity: 'warning',
          subject,
          message: expect.stringMatching(new RegExp(`^${text} .* ${where} has that (name|tag)\\.$`)) as string,
          fix: [{ commands: [expect.stringMatching(/^az aks list --subscription /)] }],
        })),
      )
    }
  })

  it('are unknown where the list may be incomplete, which a check reports itself', async () => {
    const { unknown, ...others } = await judge([not('aks-test')], { isWhole: false }).end
    expect(others).toEqual({ findings: [], problems: [] })
    expect(unknown).toMatchObject([{ message: `Could not check whether !aks-test matches a cluster. ${gap.message}` }])
    const check = await judge([not('aks-test'), not('aks-privat')], { isWhole: false, mode: 'check' }).end
    expect(check).toEqual({ findings: [], unknown: [], problems: [] })
  })
})
