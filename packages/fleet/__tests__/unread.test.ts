import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { toFixJson } from 'kernel'
import { errorOf } from 'run-model'
import { readJson, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { mergedReport } from '../../../__tests__/support/html-page.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import type { Leg } from '../src/read-reports.js'
import { askForReader } from '../src/unread.js'

beforeEach(() => {
  vi.stubEnv('GITHUB_REPOSITORY', 'contoso/shop')
  vi.stubEnv('GITHUB_REF', 'refs/heads/main')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const subscription = '11111111-2222-3333-4444-555555555555'
const entry = { 'subscription-id': subscription, 'resource-group': 'rg-weu', cluster: 'aks-1' }
const lackOfRights = { ...refusal('AUTHORIZATION_FAILED'), fix: { text: '', commands: [] } }
const unread = (target: string, more: Partial<Pair> = {}): Pair =>
  reportedPair('aks-1', {
    ...{ target, targetKind: 'cluster', principalId: null, status: 'unknown', lacks: [] },
    ...{ error: lackOfRights, ...more },
  })
const explain = (pair: Pair, entries: unknown[] = [entry]) => {
  const leg = { report: readJson(mergedReport({ pairs: [pair] })), entries } as unknown as Leg
  const [asked] = askForReader([leg])
  const [explained] = asked?.report?.pairs ?? []
  const error = explained && errorOf(explained.standing)
  return { brief: error?.said.brief, commands: error ? toFixJson(error.fix).commands : [] }
}
const idOf = (name: string, group = 'rg-weu'): string => sampleId(name, group, undefined, subscription)
const runOf = (id: string) => [
  `bash docs/set-up.sh --repo contoso/shop --branch main \\
  --clusters ${id} --check`,
]

it('a cluster that its job could not read needs Reader: the set-up gives it, with the ID that the fleet names', () => {
  expect(explain(unread('aks-1'))).toEqual({ brief: 'needs Reader', commands: runOf(idOf('aks-1')) })
  const id = idOf('aks-2', 'rg-(prod)')
  expect(explain(unread(id), [])).toEqual({ brief: 'needs Reader', commands: runOf(`'${id}'`) })
  // Where it is, is not known.
  for (const entries of [[], [{ cluster: 'aks-1' }], [{ ...entry, 'subscription-id': 'x' }]])
    expect(explain(unread('aks-1'), entries)).toEqual({ brief: 'needs Reader', commands: [] })
})

it('nothing else of a report becomes a command', () => {
  for (const name of ['aks-1; id', 'aks-$(id)', 'a/b', 'x y'])
    expect(explain(unread(name)).commands.join('')).not.toMatch(/;|\$|a\/b|x y/)
  vi.stubEnv('GITHUB_REF', 'refs/pull/7/merge')
  expect(explain(unread('aks-1')).commands).toEqual([])
})

it('a cluster that was read, and another failure, need something else', () => {
  const nothing = { brief: undefined, commands: [] }
  expect(explain(unread('aks-1', { principalId: subscription }))).toEqual(nothing)
  expect(explain(unread('aks-1', { error: { ...lackOfRights, code: 'THROTTLED' } }))).toEqual(nothing)
  expect(explain(unread('*'))).toEqual(nothing)
})
