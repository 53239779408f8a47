import { expect, it, vi } from 'vitest'
import type { PlannedImage } from 'azure'
import { ActionError, fix, warning } from 'kernel'
import { toReport, toReportJson } from 'report-document'
import type { NodePull, Operation, Pending, PlannedPair, Run } from 'run-model'
import { conclude } from '../src/conclude.js'
import { countPlan, describePlan, formatCount } from '../src/narration.js'
import { narratePulls } from '../src/pull-narration.js'
import { toTelling } from '../src/telling.js'
import { toMarkdown } from '../src/summary.js'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import * as sample from '../../../__tests__/support/sample.js'

// The summary of a run, its plan and its waits for nodes. The texts are in report.txt, beside this file: `npx vitest run -u` writes it, and its diff is what a
// review reads.

const { sampleAccess, sampleInputs, sampleLost, sampleOperation, samplePair, sampleRegistry, sampleRun, sampleTarget } =
  sample

/** The summary, whatever version of Node and of the action writes it. */
const summarize = (run: Run): string =>
  toMarkdown(toTelling(conclude(run))).replace(/attach-acr [\d.]+ on Node [\d.]+/, 'attach-acr on Node')
const summary = (pairs: PlannedPair[], more: Partial<Run> = {}) => summarize(sampleRun(pairs, more))
const held = (name: string) => samplePair({ access: sampleAccess() }, sampleTarget(name))
const attached = held('aks-1')
const refused = new ActionError(
  'AUTHORIZATION_FAILED',
  { what: 'contosoacr could not be read', why: 'no', more: 'More.' },
  { subject: 'contosoacr', fix: fix('', 'az login') },
)
const written = (count: number): string => {
  const pairs = Array.from({ length: count }, (_, at) =>
    samplePair({ operation: sampleOperation(sampleTarget(`aks-${at}`)) }, sampleTarget(`aks-${at}`)),
  )
  const outcomes = pairs.flatMap(({ operations }) =>
    operations.map(operation => ({ operation, changed: true, roleAssignmentId: 'x', finishedAt: 1 })),
  )
  const verifications = new Map(
    pairs.map(pair => [pair, { verified: 'assignment' as const, propagationSeconds: 41.3 }]),
  )
  return summary(pairs, { outcomes, verifications })
}
const linked = (): string => {
  vi.stubEnv('GITHUB_ACTION_REPOSITORY', 'contoso/attach-acr')
  vi.stubEnv('GITHUB_ACTION_REF', 'v1')
  const text = summary([], { error: refused })
  vi.unstubAllEnvs()
  return text
}
/** Two clusters of one name, which pull by a role at their subscription. */
const inSubscription = (): string => {
  const subscription = '00000000-0000-0000-0000-00000000abcd'
  const access = { ...sampleAccess(`/subscriptions/${subscription}`), grantedBy: 'inherited' as const }
  const pairs = ['rg-a', 'rg-b'].map(group =>
    samplePair({ access }, { ...sampleTarget('aks'), id: sampleId('aks', group) }),
  )
  return summary(pairs, { subscriptions: [{ id: subscription, name: 'Contoso lab' }] })
}
const many = (count: number) => Array.from({ length: count }, (_, at) => held(`aks-${at}`))
const planned = sampleRun([...many(1837), samplePair({ operation: sampleOperation() })]).plan
const kinds = ['create-role-assignment', 'delete-role-assignment', 'create-registry', 'add-group-member'] as const
const operations = kinds.map(operation => ({ ...sampleOperation(), operation }) as Operation)
const images = ['import', 'present'].map(kind => ({ plan: { kind } }) as PlannedImage)

/** The line about these pulls, which were refused unless they say otherwise. */
function line(pending: Pending, ...some: Partial<NodePull>[]): string {
  const lines: string[] = []
  const log = { line: (text: string) => void lines.push(text), section: () => undefined }
  const pulls = narratePulls(log as never, createFakeClock(), { ...sampleInputs, timeoutMs: 900_000 })
  const target = sampleTarget('aks-1')
  pulls.onStart(target, 'kubectl', { chosen: [], skipped: [], skippedNodes: [] }, new Map([['/near', pending]]))
  const all = some.map((each): NodePull => ({
    node: 'a1',
    pool: 'a',
    arch: 'amd64',
    verdict: 'denied',
    message: '401',
    attempts: 1,
    image: { reference: 'near.azurecr.io/app:1', registryId: '/near', isThere: true, from: 'images' },
    os: 'linux',
    cacheMs: 3_600_000,
    startedAt: 0,
    finishedAt: 1,
    ...each,
  }))
  pulls.onRound(target, all, all.every(({ verdict }) => verdict === 'pulled') ? undefined : 2000)
  pulls.onEnd(target)
  return (lines.at(-1) ?? '').trim().replace(/ {3,}/, '  ')
}
const slow = (doing: NonNullable<NodePull['pending']>['doing']): Partial<NodePull> => ({
  verdict: 'slow',
  message: '',
  pending: { doing, since: 0, message: '' },
})
const silent: Partial<NodePull> = { pending: { doing: 'silent', since: 0, message: '' } }
const pulled = (node: string, ...names: string[]): Partial<NodePull>[] =>
  names.map(name => ({
    node,
    verdict: 'pulled',
    image: { reference: `${name}.azurecr.io/app:1`, registryId: '/near', isThere: true, from: 'images' },
  }))

const texts = (): Record<string, string | readonly string[]> => ({
  'a summary has a row for each pair, and its details': summary([attached]),
  'a summary says what was created, and how long it took': written(1),
  'a summary of several clusters has a map, and names some': written(4),
  'a summary names a registry that does not exist yet': summary([
    samplePair({}, sampleTarget(), { ...sampleRegistry('newacr'), loginServer: '', exists: false }),
  ]),
  'a summary says from where access is inherited': summary([
    samplePair({ access: { ...sampleAccess('/subscriptions/s/resourceGroups/rg-shop'), grantedBy: 'inherited' } }),
  ]),
  'a summary tells clusters of one name apart by their places': inSubscription(),
  'a summary has the code of a failure and its command': summary([], { error: refused }),
  'a summary links the code where the repository of the action is known': linked(),
  'a summary has a finding as text, with its command': summary([attached], {
    findings: [warning('EXCESS_ROLE', '/x', 'too *much*', 'Look:', 'az role assignment list')],
  }),
  'a summary has what could not be checked': summary([attached], {
    unknown: [{ subject: 'contosoacr', message: 'The role …77f3 could not be read.' }],
  }),
  'a summary escapes Markdown and HTML of others': summary([], {
    observed: sampleLost(new ActionError('UNEXPECTED', 'a <img src=x> | [b](c) *d*\n# e'), 'a|b<c>'),
  }),
  'a plan has changes first, and counts the others': planned ? describePlan(planned, 'attach') : '',
  'a plan counts writes by kind': countPlan({ operations, images }),
  'a plan without writes says so': countPlan({ operations: [], images: [] }),
  'numbers have commas from a thousand on': [0, 999, 1000, 54_321, 1_234_567].map(formatCount).join(' '),
  'a refused node is said with 401': line('nothing', {}),
  'a refused node without a role is said so': line('nothing', { cause: 'role' }),
  'a refused node without a credential is said so': line('nothing', { cause: 'no-credential' }),
  'a refused node with a recent role waits for it': line('recent', { cause: 'role' }),
  'a refused node with a new role waits for it, with the time that is left': line('written', {
    cause: 'no-credential',
  }),
  'a refused node with a membership waits for it': line('group', { cause: 'role' }),
  'a refused node with a stale credential is said so': line('nothing', { cause: 'stale-credential' }),
  'a stale credential explains a refusal better than a new role': line('written', { cause: 'stale-credential' }),
  'a node that still pulls is said so': line('nothing', slow('pulling')),
  'a node that says nothing is not pulling yet': line('nothing', slow('quiet')),
  'refused nodes that are silent since are still refused': line(
    'written',
    silent,
    { ...silent, node: 'a2' },
    { node: 'a3', verdict: 'pulled' },
  ),
  // From a kubelet 1.34 that lacks disk space.
  'a node that rejects the pod is said with its words': line('nothing', {
    verdict: 'unschedulable',
    message: 'Evicted: Pod was rejected: The node had condition: [DiskPressure].',
  }),
  'as many images on each node are counted': line(
    'nothing',
    ...pulled('a1', 'near', 'base'),
    ...pulled('a2', 'near', 'arm'),
    ...pulled('a3', 'near', 'base'),
  ),
  'another image on each node is named': line('nothing', ...pulled('a1', 'base'), ...pulled('a2', 'arm')),
})

it('the texts of a run are in report.txt', async () => {
  await expect(printCatalogue<string | readonly string[]>(texts(), text => text)).toMatchFileSnapshot('report.txt')
})

it('the summary has the worst first, and folds long lists', () => {
  const bad = { ...samplePair({}, sampleTarget('aks-bad')), error: refused }
  const rows = summary([...many(60), bad])
    .split('\n')
    .filter(each => /^\| [✓✗] \| aks|more rows/.test(each))
  expect(rows).toHaveLength(62)
  expect(rows[0]).toContain('aks-bad')
  expect(rows.indexOf(rows.find(each => each.includes('11 more')) ?? '')).toBe(50)
})

it('the report matches the contract', () => {
  const { target, registry } = attached
  expect(toReportJson(toReport(conclude(sampleRun([attached]))))).toMatchObject({
    schemaVersion: 1,
    mode: 'attach',
    attached: true,
    changed: false,
    drift: false,
    verified: 'assignment',
    pairs: [
      {
        target: target.id,
        targetKind: 'cluster',
        principalId: target.identity.objectId,
        registry: registry.id,
        loginServer: 'contosoacr.azurecr.io',
        status: 'attached',
        grantedBy: 'direct',
        role: 'AcrPull',
        scope: registry.id,
        changed: false,
        verified: 'assignment',
        propagationSeconds: null,
        error: null,
      },
    ],
    images: [],
    plan: [],
    findings: [],
    requests: 7,
    durationSeconds: 4.2,
  })
})
