import { expect, it } from 'vitest'
import { lastSegment, type GrantedBy } from 'azure'
import { ActionError, type Said } from 'kernel'
import { sayWhy, toReport, toSpot } from 'report-document'
import { conclude } from '../src/conclude.js'
import type { NodePull, Outcome } from 'run-model'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'
import { failure } from '../../../__tests__/support/concluding.js'
import { sampleDrift, sampleId, sampleItem } from '../../../__tests__/support/drift.js'
import {
  sampleAccess,
  sampleLost,
  sampleOperation,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'
import * as sample from '../../../__tests__/support/verdict.js'

const { at, attachedPair: can, findingOf, imageOf, lostAt, lostPair: lost, pairOf: pair, verdictOf: say } = sample

// Every form of the last line. The sentences are in headlines.txt, beside this file: `npx vitest run -u` writes it, and its diff is what a review reads.

const [one, two] = [can('aks-1'), can('aks-2')]
const both = (a: string, b: string) => [can('aks-1', a), can('aks-1', b)]
const reader = (name: string, registry = 'contosoacr') => ({ ...can(name, registry), role: 'Reader' })
const by = (how: GrantedBy, index = 0) => pair(`aks-${index}`, 'attached', { by: how })
const pulled = { image: { reference: 'contosoacr.azurecr.io/a:1' }, startedAt: 0, finishedAt: 0 }
const pulls = (...nodes: string[]) =>
  nodes.map(node => ({ ...pulled, node, layers: 'fetched' })) as unknown as NodePull[]
const layers = (...had: (NodePull['layers'] | '')[]) =>
  had.map((each, node) => ({ ...pulled, node: `n${node}`, ...(each && { layers: each }) })) as unknown as NodePull[]
const tried = (verdict: string) => [{ ...pulled, node: 'n1', verdict }] as unknown as NodePull[]
const withPulls = (...clusters: NodePull[][]) =>
  clusters.map((each, i) => pair(`aks-${i + 1}`, 'attached', { pulls: each }))
const perRegistry = (placed: Record<string, string>) =>
  Object.entries(placed).map(([name, nodes]) => ({ ...can('aks-1', name), pulls: pulls(...nodes) }))
const written = (more: sample.Said = {}) =>
  pair('aks-1', 'attached', { changed: true, propagationSeconds: 41.3, ...more })
const did = (changed: boolean, ...operations: string[]) => ({
  changed: true,
  verified: 'assignment' as const,
  outcomes: operations.map(operation => ({
    changed,
    operation: { ...sampleOperation(), groupId: 'g', operation },
  })) as unknown as Outcome[],
})
const proven = { verify: 'pull', verified: 'pull', changed: false } as const
const asked = { verify: 'pull', verified: 'assignment', changed: false } as const
const found = (targets: string[]) => ({
  ...sampleLost(failure('UNEXPECTED')),
  targets: targets.map(name => ({ asked: name, value: sampleTarget(name) })),
})
const findings = (...severities: Parameters<typeof findingOf>[0][]) => severities.map(each => findingOf(each))
const unread = { subject: 'contosoacr.azurecr.io/team/app:v1', message: 'not compared', about: 'image' as const }
const unseen = (subject: string, message = 'b') => ({ subject, message })
const identity = pair('next', 'attached', {
  target: sampleId('next', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities'),
  targetKind: 'kubelet-identity',
})

const left = [sampleAccess()]
const inherited = { ...sampleAccess('/subscriptions/s/resourceGroups/rg-shop'), grantedBy: 'inherited' as const }
const gone = (name = 'aks-1', more: sample.Said = {}) => pair(name, 'detached', more)
const detach = { mode: 'detach' as const }
const residual = (...codes: Parameters<typeof findingOf>[1][]) => ({
  ...detach,
  findings: codes.map(code => findingOf('warning', code)),
})
const fromTeam = ['team/*', 'app']

const errors = [failure('AUTHORIZATION_FAILED', { what: 'gh-deployer lacks read access to it', more: 'More.' })]
const refused = { errors, mode: 'check' as const }
const notRead = (name: string) => pair(name, 'unknown', { error: errors[0] ?? null })
const unknown = (name: string, id = name) => ({ ...notRead(name), ...lostAt(id), name: lastSegment(id) })
const many = (...names: string[]) => names.map(name => ({ ...notRead(name), target: sampleId(name) }))
/** Why a row of a detach is as it is. */
const why = (more: sample.Said): string => {
  const [row] = toReport({ ...conclude(sampleRun()), pairs: [gone('aks-1', more)] }).pairs
  return row ? `${toSpot(row).text} | ${sayWhy(row, id => id)}` : 'no row'
}
const failed = (said: string | Said) =>
  say([pair('aks-1', 'failed')], { errors: [new ActionError('AZURE_UNAVAILABLE', said)] })
const long = `It ${'was not read '.repeat(13)}at all`

const lacking = [one, pair('aks-2', 'missing')]
const drift = (...doubts: ReturnType<typeof sampleItem>[]) => ({
  mode: 'check' as const,
  drift: sampleDrift([sampleItem('aks-2')], { fine: [sampleItem('aks-1')], unknown: doubts }),
})

const verdicts = (): Record<string, string> => ({
  'access: of a cluster': say([one]),
  'access: to two registries': say(both('contosoacr', 'other')),
  'access: to three registries': say(['contosoacr', 'other', 'third'].map(name => can('aks-1', name))),
  'access: of two clusters': say([one, two]),
  'access: by two roles': say([can('aks-1', 'one'), reader('aks-1', 'two')]),
  'access: by two roles, of two clusters': say([one, reader('aks-2')]),
  'access: by two roles at one of two registries': say([...both('one', 'two'), reader('aks-2', 'one')]),
  'access: through the group': say([by('group'), by('group', 1)]),
  'access: of one through the group': say([by('group'), by('direct', 1)]),
  'access: of an identity without its cluster': say([identity]),
  'access: of such an identity and a cluster': say([one, identity]),
  'access: written': say([written(), two], { changed: true, verified: 'assignment' }),
  'access: written, verify: none': say([written()], { changed: true, verify: 'none' }),
  'access: only an image was imported': say([one], { changed: true, verified: 'assignment' }),
  'access: a new member': say([written({ by: 'group' })], did(true, 'add-group-member')),
  'access: an old member': say([written({ by: 'group' })], did(false, 'add-group-member')),
  'access: the role of the group': say([written({ by: 'group' })], did(true, 'create-role-assignment')),
  'access: direct, and a member': say([written({ by: 'direct' })], did(true, 'add-group-member')),
  'access: one of two is a new member': say(
    [written({ by: 'group' }), written({ by: 'direct' })],
    did(true, 'add-group-member', 'create-role-assignment'),
  ),
  'access: * stands for no cluster': say([], { observed: found([]), findings: findings('notice') }),
  'access: * stands for no registry': say([], { observed: found(['aks-1']), findings: findings('notice') }),
  'access: nothing, with a warning': say([], { findings: findings('warning') }),
  'access: an image': say([one], { images: [imageOf('sha256:1')] }),
  'access: an image not compared': say([one], { images: [imageOf('sha256:1'), imageOf('')], unknown: [unread] }),
  'access: a warning': say([one], { findings: findings('warning') }),
  'access: two notices': say([one], { findings: findings('notice', 'notice') }),
  'access: something unknown': say([one], { unknown: [unseen('a')] }),
  'access: all of these': say([one], {
    images: [imageOf(''), imageOf('')],
    unknown: [unread, unseen('a'), unseen('a', 'c')],
    findings: findings('warning', 'notice', 'warning'),
  }),

  'proof: each node counts once, with the longest wait': say(
    [
      pair('aks-1', 'attached', { pulls: pulls('n1', 'n2', 'n1'), propagationSeconds: 4.2 }),
      pair('aks-2', 'attached', { pulls: pulls('n1'), propagationSeconds: 15.2 }),
    ],
    { ...proven, changed: true },
  ),
  'proof: on one node': say(withPulls(pulls('n1')), proven),
  'proof: layers were there': say(withPulls(layers('on-node')), proven),
  'proof: layers are not known': say(withPulls(layers('')), proven),
  'proof: layers were there or are not known': say(withPulls(layers('on-node', '')), proven),
  'proof: layers were fetched on one node': say(withPulls(layers('on-node', 'fetched')), proven),
  'proof: layers of no cluster': say(withPulls(layers('on-node'), layers('')), proven),
  'proof: layers of one cluster': say(withPulls(layers('on-node'), layers('fetched', '')), proven),
  'proof: the same nodes': say(perRegistry({ one: 'ab', two: 'ba' }), proven),
  'proof: fewer for one registry': say(perRegistry({ one: 'ab', two: 'a' }), proven),
  'proof: fewer for two registries': say(perRegistry({ one: 'a', two: 'abc', three: 'b' }), proven),
  'proof: three counts': say(perRegistry({ one: 'abc', two: 'ab', three: 'a' }), proven),
  'proof: other nodes': say(perRegistry({ one: 'a', two: 'b' }), proven),
  'proof: four counts': say(perRegistry({ one: 'abcd', two: 'abc', three: 'ab', four: 'a' }), proven),
  'proof: for one of two pairs': say(
    [pair('aks-1', 'attached', { ...at('one'), proof: 'pull' }), can('aks-1', 'two')],
    asked,
  ),
  'proof: pulled, but perhaps not by the role': say([{ ...one, pulls: tried('pulled') }], asked),
  'proof: the same beside a pair without pulls': say([one, { ...one, pulls: tried('pulled') }], asked),
  'proof: no node has pulled': say([one], asked),
  'proof: refused': say([{ ...one, pulls: tried('denied') }], asked),
  'proof: no node has pulled after a write': say([written()], { ...asked, changed: true }),

  'detach: already': say([gone()], detach),
  'detach: two, now': say([gone(), gone('aks-2')], { ...detach, changed: true }),
  'detach: from some repositories': say([gone()], { ...detach, repositories: fromTeam, changed: true }),
  'detach: still pulls': say(
    [gone('aks-1', { left })],
    residual('RESIDUAL_ACCESS', 'RESIDUAL_ACCESS', 'ADMIN_USER_ENABLED'),
  ),
  'detach: one of two still pulls': say(
    [gone('aks-1', { left }), gone('aks-2', at('other'))],
    residual('RESIDUAL_ACCESS'),
  ),
  'detach: two still pull from two registries': say(
    [
      gone('aks-1', { ...at('one'), left }),
      gone('aks-1', { ...at('two'), left }),
      gone('aks-2', { ...at('one'), left }),
    ],
    detach,
  ),
  'detach, left: nothing': why({ left: [] }),
  'detach, left: nothing, now': why({ left: [], changed: true }),
  'detach, left: a role': why({ left }),
  'detach, left: an inherited role': why({ left: [inherited] }),
  'detach, left: several': why({
    left: [{ ...inherited, role: 'Reader', grantedBy: 'broader-role' }, ...left, ...left],
  }),

  'unknown: a cluster': say([unknown('aks-1')], refused),
  'unknown: two, beside one that is known': say([notRead('aks-1'), unknown('aks-2'), can('aks-3')], { errors }),
  'unknown: two of one name': say(
    ['rg-a', 'rg-b'].map(group => unknown('aks', sampleId('aks', group))),
    { errors },
  ),
  'unknown: all': say([unknown('*')], { errors }),
  'unknown: all others': say([unknown('*'), one], { errors }),
  'unknown: three, each twice': say([...many('aks-1', 'aks-2', 'aks-3'), ...many('aks-1', 'aks-2', 'aks-3')], {
    errors,
    findings: findings('warning'),
  }),
  'unknown: beside a failure': say([unknown('aks-1'), pair('aks-2', 'failed')], refused),
  'unknown: beside a failure with its own error': say(
    [unknown('aks-1'), pair('aks-2', 'failed', { error: failure('CLUSTER_STOPPED', 'aks-2 is being deleted') })],
    refused,
  ),
  'unknown: by a fact': say(many('aks-1'), { unknown: [unseen('aks-1', 'The role could not be read')] }),
  'unknown: without a reason': say(many('aks-1')),

  'failure: without the reason, if that has no room': failed({ what: 'It was not read', why: long }),
  'failure: with the reason, if it has room': failed({ what: 'It was not read', why: 'no. Not yet', more: 'More.' }),
  'failure: without what was said': failed({ what: 'It was not read', quote: { by: 'Azure said:', text: 'No' } }),
  'failure: cut': failed(long),
  'failure: 160 characters': failed(`It is ${'x'.repeat(154)}`),
  'failure: 161 characters': failed(`It is ${'x'.repeat(155)}`),

  'drift: of one cluster': say(lacking, drift()),
  'drift: beside an unknown cluster': say([...lacking, ...many('aks-3')], {
    ...drift(sampleItem('aks-3', { code: 'AUTHORIZATION_FAILED' })),
    errors,
  }),
  'drift: beside an image that was not compared': say(lacking, {
    ...drift(sampleItem('nginx:1', { kind: 'input', code: 'IMAGE_NOT_COMPARED' })),
    images: [imageOf('')],
  }),
})

const no = { errors: [failure('AUTHORIZATION_FAILED', 'no')] }
const broken = (name: string) => pair(name, 'failed')
const lostIdentity = { ...lost('next'), ...lostAt(identity.target) }
const mixed = [broken('aks-1'), pair('aks-2', 'missing'), lost('aks-3', 'unknown')]
const half = [broken('aks-1'), can('aks-1', 'other')]
const atOther = (status: 'detached' | 'missing') => pair('aks-1', status, at('other'))
const images = [imageOf('', 'failed'), imageOf('', 'failed'), imageOf('sha256:1', 'imported')]
const because404 = (status: number, resource: string): string =>
  say([], {
    errors: [
      new ActionError('CLUSTER_NOT_FOUND', 'It could not be read', { resource, azure: { status, message: 'No.' } }),
    ],
  })
const reason = (message: string): string => say([], { errors: [failure('AUTHORIZATION_FAILED', message)] })
const guid = '11111111-2222-4333-8444-5555555577f3'
const words = 'word, '.repeat(26)
const write = `gh-deployer (object ID ${guid}) can't assign roles on contosoacr (Microsoft.Authorization/roleAssignments/write on /subscriptions/s/x)`
const because403 = (what: string): string =>
  say([], { errors: [new ActionError('AUTHORIZATION_FAILED', { what, why: write })] })

const failures = (): Record<string, string> => ({
  'failed: nothing is known': say([], no),
  'failed: one cluster': say([broken('aks-1')], no),
  'failed: one cluster under two spellings of its ID': say([broken('aks-1'), broken('AKS-1')], no),
  'failed: both clusters': say([broken('aks-1'), broken('aks-2')], no),
  'failed: one was not found': say([lost('aks-nope'), one, two], no),
  'failed: one was not found, in detach': say([lost('aks-nope'), pair('aks-1', 'detached')], { ...no, ...detach }),
  'failed: one is an identity without its cluster': say([lostIdentity, one], no),
  'failed: beside drift, something unknown and access': say([...mixed, can('aks-4')], {
    ...no,
    mode: 'check',
    drift: sampleDrift([sampleItem('aks-2')]),
  }),
  'failed: beside a cluster that has access at one of two registries': say(
    [...mixed, pair('aks-4', 'missing'), can('aks-4', 'other')],
    no,
  ),
  'failed: one at some registries, one at all': say([...half, broken('aks-2')], no),
  'failed: one at some registries': say([...half, two], no),
  'failed: one at some registries, one at all, in detach': say(
    [broken('aks-1'), pair('aks-1', 'detached'), broken('aks-2')],
    { ...no, ...detach },
  ),
  'failed: one, and unknown elsewhere': say([broken('aks-1'), lost('aks-1', 'unknown'), two], no),
  'failed: one of three registries': say([...half, can('aks-1', 'third')], no),
  'failed: one of two registries, in detach': say([broken('aks-1'), atOther('detached')], { ...no, ...detach }),
  'failed: one of two registries, missing at the other': say([broken('aks-1'), atOther('missing')], {
    ...no,
    mode: 'check',
  }),
  'failed: two of three images': say([one], { ...no, images }),
  'failed: one of two images': say([one], { ...no, images: images.slice(1) }),
  'failed: a cluster and images': say([broken('aks-1')], { ...no, images }),

  'reason: one line': reason('one line\nanother'),
  'reason: names in place of IDs': reason(
    `gh-deployer (object ID ${guid}) lacks read access to ${sampleId('aks-1')}: no`,
  ),
  'reason: an ID without a name': reason(`The client ${guid} is unknown`),
  'reason: an ID with brackets': reason(`${sampleId('a(b)-1.c', 'rg-(x)')} is gone`),
  'reason: a digest': reason(`nginx@sha256:${'0a'.repeat(32)} is gone`),
  'reason: 404 of a cluster': because404(404, sampleId('aks-1')),
  'reason: 404 of a group': because404(404, '/subscriptions/s/resourceGroups/rg-shop'),
  'reason: 403 of a cluster': because404(403, sampleId('aks-1')),
  'reason: left out, if both are too long': because403(`${'AcrPull and '.repeat(9)}more could not be created`),
  'reason: with what failed, without its IDs': because403('It failed'),
  'reason: cut without a word boundary': reason('a'.repeat(300)),
  'reason: 160 characters in words': reason(`The registry said ${'no '.repeat(48)}`.slice(0, 160)),
  'reason: cut after a comma': reason(`${words}1234567`),
  'reason: cut after a word': reason(`${words}12 45678 9`),
})

it('the headline has the sentences of headlines.txt', async () => {
  await expect(printCatalogue({ ...verdicts(), ...failures() }, sentence => sentence)).toMatchFileSnapshot(
    'headlines.txt',
  )
})
