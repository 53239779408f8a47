import fc from 'fast-check'
import { lastSegment } from 'azure'
import type { FormerDrift, Since } from 'drift-issue/src/former-drift.js'
import type { Issue } from 'drift-issue/src/github/issues.js'
import { howOf, remember, type Memory, type Staying } from 'drift-issue/src/memory.js'
import { driftLabel } from 'drift-issue/src/hidden-lines.js'
import type { IssueContent } from 'drift-issue/src/text.js'
import { clauseOf, type Said, type Unknown } from 'kernel'
import type { Drift, DriftItem } from 'report-document'
import { findCauses } from 'report-document/src/causes.js'
import { withNames, type Repair } from 'report-document/src/drift.js'
import { lostBy, type Lack, type State } from 'run-model'
import { sampleRegistry } from './sample.js'

/** A pair that lacks a role lacks this. */
export const roleLack = (more: Partial<Lack> = {}): Lack => ({
  kind: 'role',
  role: 'AcrPull',
  group: null,
  message: 'AcrPull is missing',
  ...more,
})

/** The state of an item that says nothing of it: that which `toDrift` gives to a pair or an image like it. */
function stateOfSample({ kind = 'pair', code = '', today = 'none' }: Partial<DriftItem>): State {
  if (kind === 'pair' && ['CLUSTER_NOT_FOUND', 'IDENTITY_NOT_FOUND'].includes(code)) return 'gone'
  return (today !== 'none' && today !== 'some') || code === 'IMAGE_CONFLICT' ? 'drifted' : 'refused'
}

/** A text as what failed. */
const saidOf = (message: string): Said => ({ what: clauseOf(message) })

/** A pair that lacks its role, by name or resource ID. */
export function sampleItem(
  target: string,
  { message, ...more }: Partial<DriftItem> & { message?: string } = {},
): DriftItem {
  const lost = (more.kind ?? 'pair') === 'pair' && lostBy(more.code ?? '')
  return {
    key: ` ${target} contosoacr`,
    kind: 'pair',
    state: stateOfSample(more),
    target,
    name: more.kind && more.kind !== 'pair' ? target : lastSegment(target),
    registry: 'contosoacr.azurecr.io',
    registryId: '',
    role: 'AcrPull',
    code: 'missing',
    said: message === undefined ? { what: 'AcrPull is missing' } : saidOf(message),
    ...((more.kind ?? 'pair') === 'pair' && { lacks: [roleLack(more.today === 'otherwise' ? { group: 'g' } : {})] }),
    today: 'none',
    onlyTo: [],
    ...(lost && { lost }),
    fix: null,
    ...more,
  }
}

/** The run that sees a drift first, if a test says nothing else. */
export const sampleSince: Since = { on: '2026-11-25', number: '40', run: '1658', isOrEarlier: false }

/** The same pair as an issue records it. */
export function sampleFormer(target: string, more: Partial<FormerDrift> = {}): FormerDrift {
  const item = sampleItem(target)
  const { kind, key, registry, registryId } = item
  const was = {
    jobs: [],
    clusters: [],
    toProve: [],
    nodes: [],
    how: howOf(item),
    since: sampleSince,
    seenOn: sampleSince.on,
  }
  return { kind, key, target, registry, registryId, ...was, ...more }
}

/** What an issue remembers of a drift that was first seen by that run. */
export const sampleMemory = (
  drift: Drift,
  staying: Staying[] = [],
  {
    sinceOf = () => sampleSince,
    doubts,
  }: { sinceOf?: (item: DriftItem) => Since; doubts?: Parameters<typeof remember>[4] } = {},
): Memory => ({ ...remember(drift, sinceOf, sampleSince.on, staying, doubts), shownOn: '' })

/** A drift of these items, with nothing else checked. */
export function sampleDrift(items: DriftItem[], more: Partial<Drift> = {}): Drift {
  const { unknown = [], fine = [] } = more
  const lists = {
    unknown: unknown.map(item => ({ ...item, state: 'unknown' as const })),
    fine: fine.map(item => ({ ...item, state: 'fine' as const })),
  }
  return withNames({ items, gaps: [], unseen: [], spots: [], ...more, ...lists })
}

/** The commands that repair a drift, cause by cause. */
export const commandsOf = (drift: Pick<Drift, 'items'>): string[] =>
  findCauses(drift).flatMap(({ advice }) => advice.flatMap(({ commands }) => commands))

/** The repair of a pair by AcrPull for a principal. */
export const sampleRepair = (principalId: string, more: Partial<Repair> = {}): Repair => ({
  principalId,
  role: 'AcrPull',
  type: 'ServicePrincipal',
  scope: sampleRegistry().id,
  condition: '',
  group: '',
  ...more,
})

/** A part of a check without a result: `rg-eu: no report`. */
export function sampleGap(message: string): Unknown {
  return { subject: message.split(':')[0] ?? '', message }
}

/** Something else that could not be checked. */
export function sampleUnknown(message: string, subject = message): Unknown {
  return { subject, message }
}

/** The content of an issue for these items if it was empty before. */
export function sampleStanding(items: DriftItem[], more: Partial<Drift> = {}): IssueContent {
  return { drift: sampleDrift(items, more), staying: [] }
}

/** An issue as the action opens it, with this body. */
export const sampleIssue = (body: string, more: Partial<Issue> = {}): Issue => ({
  number: 1,
  url: '',
  state: 'open',
  stateReason: '',
  isLocked: false,
  title: 'Drift: 1 of 2',
  labels: [driftLabel.name],
  body,
  ...more,
})

/** The run that a text of the issue links to. */
export const sampleLink = { name: 'Nightly, run 1', url: 'https://github.com/contoso/shop/actions/runs/1' }

/** The ID of a cluster, or of another resource, in a subscription that ends with `abcd`. */
export function sampleId(
  name: string,
  group = 'rg-shop',
  type = 'Microsoft.ContainerService/managedClusters',
  subscription = '00000000-0000-0000-0000-00000000abcd',
): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
}

/** Any item, including unlikely names and reasons. */
export const anyItem = fc.record({
  key: fc.string({ minLength: 1 }),
  kind: fc.constantFrom('pair' as const, 'input' as const, 'manifest' as const, 'workload' as const),
  target: fc.string({ unit: 'grapheme' }),
  name: fc.string({ unit: 'grapheme' }),
  registry: fc.string(),
  registryId: fc.constant(''),
  state: fc.constantFrom('refused' as const, 'drifted' as const, 'gone' as const),
  code: fc.constantFrom('missing', 'CLUSTER_NOT_FOUND', 'IMAGE_CONFLICT'),
  said: fc.record({ what: fc.string({ unit: 'grapheme', maxLength: 2000 }) }),
  today: fc.constantFrom('none' as const, 'by-broader-role' as const, 'some' as const),
  onlyTo: fc.constant(['team/app']),
  fix: fc.constant(null),
})
