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
  'access of a cluster is that of its name': say([one]),
  'access to two registries names both': say(both('contosoacr', 'other')),
  'access to three registries counts them': say(['contosoacr', 'other', 'third'].map(name => can('aks-1', name))),
  'access of two clusters counts them': say([one, two]),
  'access by two roles is by a pull role': say([can('aks-1', 'one'), reader('aks-1', 'two')]),
  'access of two clusters by two roles is by a pull role': say([one, reader('aks-2')]),
  'access by two roles at one of two registries is by a pull role': say([
    ...both('one', 'two'),
    reader('aks-2', 'one'),
  ]),
  'access of all through the group says so': say([by('group'), by('group', 1)]),
  'access of one through the group does not say so': say([by('group'), by('direct', 1)]),
  'access of an identity names the identity': say([identity]),
  'access of an identity and a cluster counts targets': say([one, identity]),
  'written access says how long nodes can be refused': say([written(), two], { changed: true, verified: 'assignment' }),
  'written access, verify: none, says that it is not verified': say([written()], { changed: true, verify: 'none' }),
  'an image that was imported delays no node': say([one], { changed: true, verified: 'assignment' }),
  'access of a new member takes up to a day': say([written({ by: 'group' })], did(true, 'add-group-member')),
  'access of an old member takes minutes': say([written({ by: 'group' })], did(false, 'add-group-member')),
  'access by a new role of the group takes minutes': say(
    [written({ by: 'group' })],
    did(true, 'create-role-assignment'),
  ),
  'direct access of a new member takes minutes': say([written({ by: 'direct' })], did(true, 'add-group-member')),
  'access of two, one a new member, takes up to a day': say(
    [written({ by: 'group' }), written({ by: 'direct' })],
    did(true, 'add-group-member', 'create-role-assignment'),
  ),
  '* that stands for no cluster is nothing to do': say([], { observed: found([]), findings: findings('notice') }),
  '* that stands for no registry is nothing to do': say([], {
    observed: found(['aks-1']),
    findings: findings('notice'),
  }),
  'nothing to do with a warning has its sign': say([], { findings: findings('warning') }),
  'access beside an image is not about it': say([one], { images: [imageOf('sha256:1')] }),
  'access beside an image that was not compared has its sign': say([one], {
    images: [imageOf('sha256:1'), imageOf('')],
    unknown: [unread],
  }),
  'access with a warning has its sign': say([one], { findings: findings('warning') }),
  'access with notices has the sign of success': say([one], { findings: findings('notice', 'notice') }),
  'access beside something unknown has its sign': say([one], { unknown: [unseen('a')] }),
  'access beside all of these counts each kind': say([one], {
    images: [imageOf(''), imageOf('')],
    unknown: [unread, unseen('a'), unseen('a', 'c')],
    findings: findings('warning', 'notice', 'warning'),
  }),

  'a proof counts each node once, with the longest wait': say(
    [
      pair('aks-1', 'attached', { pulls: pulls('n1', 'n2', 'n1'), propagationSeconds: 4.2 }),
      pair('aks-2', 'attached', { pulls: pulls('n1'), propagationSeconds: 15.2 }),
    ],
    { ...proven, changed: true },
  ),
  'a proof on one node says so': say(withPulls(pulls('n1')), proven),
  'layers that were there prove the role alone': say(withPulls(layers('on-node')), proven),
  'layers that are not known are said': say(withPulls(layers('')), proven),
  'layers that were there or are not known are not known': say(withPulls(layers('on-node', '')), proven),
  'layers that one node fetched are counted': say(withPulls(layers('on-node', 'fetched')), proven),
  'layers that no cluster fetched prove the role alone': say(withPulls(layers('on-node'), layers('')), proven),
  'layers that one of two clusters fetched prove the role alone': say(
    withPulls(layers('on-node'), layers('fetched', '')),
    proven,
  ),
  'a proof on the same nodes at two registries counts them once': say(perRegistry({ one: 'ab', two: 'ba' }), proven),
  'a proof on fewer nodes for one registry says which': say(perRegistry({ one: 'ab', two: 'a' }), proven),
  'a proof on fewer nodes for two registries says which': say(
    perRegistry({ one: 'a', two: 'abc', three: 'b' }),
    proven,
  ),
  'a proof with three counts says the least': say(perRegistry({ one: 'abc', two: 'ab', three: 'a' }), proven),
  'a proof on other nodes for each registry says how few': say(perRegistry({ one: 'a', two: 'b' }), proven),
  'a proof for one of two pairs is for only one': say(
    [pair('aks-1', 'attached', { ...at('one'), proof: 'pull' }), can('aks-1', 'two')],
    asked,
  ),
  'a pull that might not be by the role proves nothing': say([{ ...one, pulls: tried('pulled') }], asked),
  'a pull that might not be by the role proves nothing, beside a pair without pulls': say(
    [one, { ...one, pulls: tried('pulled') }],
    asked,
  ),
  'no pull proves nothing': say([one], asked),
  'a refused pull proves nothing': say([{ ...one, pulls: tried('denied') }], asked),
  'no pull after a write proves nothing': say([written()], { ...asked, changed: true }),

  'a detach with nothing to write says so': say([gone()], detach),
  'a detach of two counts them': say([gone(), gone('aks-2')], { ...detach, changed: true }),
  'a detach from repositories names them': say([gone()], { ...detach, repositories: fromTeam, changed: true }),
  'a cluster that still pulls after a detach is a warning': say(
    [gone('aks-1', { left })],
    residual('RESIDUAL_ACCESS', 'RESIDUAL_ACCESS', 'ADMIN_USER_ENABLED'),
  ),
  'one of two that still pulls is a warning, the other is detached': say(
    [gone('aks-1', { left }), gone('aks-2', at('other'))],
    residual('RESIDUAL_ACCESS'),
  ),
  'two that still pull from two registries are counted by registry': say(
    [
      gone('aks-1', { ...at('one'), left }),
      gone('aks-1', { ...at('two'), left }),
      gone('aks-2', { ...at('one'), left }),
    ],
    detach,
  ),
  'a row with nothing left: nothing to remove': why({ left: [] }),
  'a row with nothing left now: removed': why({ left: [], changed: true }),
  'a row with a role left: can still pull': why({ left }),
  'a row with an inherited role left: can still pull, and from where': why({ left: [inherited] }),
  'a row with several roles left: the first, and how many more': why({
    left: [{ ...inherited, role: 'Reader', grantedBy: 'broader-role' }, ...left, ...left],
  }),

  'an unknown cluster is named with the reason': say([unknown('aks-1')], refused),
  'two unknown clusters are named': say([notRead('aks-1'), unknown('aks-2'), can('aks-3')], { errors }),
  'two unknown clusters of one name have their places': say(
    ['rg-a', 'rg-b'].map(group => unknown('aks', sampleId('aks', group))),
    { errors },
  ),
  'if all are unknown, no cluster could be checked': say([unknown('*')], { errors }),
  'other clusters that are unknown are said': say([unknown('*'), one], { errors }),
  'three unknown clusters are counted once each': say(
    [...many('aks-1', 'aks-2', 'aks-3'), ...many('aks-1', 'aks-2', 'aks-3')],
    { errors, findings: findings('warning') },
  ),
  'an unknown cluster comes after a failure': say([unknown('aks-1'), pair('aks-2', 'failed')], refused),
  'a failure has its own error beside an unknown cluster': say(
    [unknown('aks-1'), pair('aks-2', 'failed', { error: failure('CLUSTER_STOPPED', 'aks-2 is being deleted') })],
    refused,
  ),
  'an unknown cluster has the fact for a reason': say(many('aks-1'), {
    unknown: [unseen('aks-1', 'The role could not be read')],
  }),
  'an unknown cluster needs no reason': say(many('aks-1')),

  'a failure is without the reason if that has no room': failed({ what: 'It was not read', why: long }),
  'a failure is with the reason if it has room': failed({ what: 'It was not read', why: 'no. Not yet', more: 'More.' }),
  'a failure is without what was said': failed({ what: 'It was not read', quote: { by: 'Azure said:', text: 'No' } }),
  'a failure that is too long is cut': failed(long),
  'a failure of 160 characters is whole': failed(`It is ${'x'.repeat(154)}`),
  'a failure of 161 characters is cut': failed(`It is ${'x'.repeat(155)}`),

  'drift is counted of all clusters': say(lacking, drift()),
  'drift comes before an unknown cluster': say([...lacking, ...many('aks-3')], {
    ...drift(sampleItem('aks-3', { code: 'AUTHORIZATION_FAILED' })),
    errors,
  }),
  'drift comes before an image that was not compared': say(lacking, {
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
  'a failure of all is its reason': say([], no),
  'a failure of the only cluster is its reason': say([broken('aks-1')], no),
  'a failure of a cluster in two letter cases is one': say([broken('aks-1'), broken('AKS-1')], no),
  'a failure of two clusters counts them': say([broken('aks-1'), broken('aks-2')], no),
  'a failure beside access counts both': say([lost('aks-nope'), one, two], no),
  'a failure beside a detach counts both': say([lost('aks-nope'), pair('aks-1', 'detached')], { ...no, ...detach }),
  'a failure of an identity counts targets': say([lostIdentity, one], no),
  'a failure stands between drift and what is unknown': say([...mixed, can('aks-4')], {
    ...no,
    mode: 'check',
    drift: sampleDrift([sampleItem('aks-2')]),
  }),
  'failures at some registries say so': say([...half, broken('aks-2')], no),
  'a failure at some registries says so, beside access': say([...half, two], no),
  'a cluster that failed and one that is unknown are both said': say(
    [broken('aks-1'), lost('aks-1', 'unknown'), two],
    no,
  ),
  'a failure of one cluster counts its registries': say([...half, can('aks-1', 'third')], no),
  'a failure of one cluster in detach counts its registries': say([broken('aks-1'), atOther('detached')], {
    ...no,
    ...detach,
  }),
  'a failure of images counts them': say([one], { ...no, images }),
  'a failure of one image is its reason': say([one], { ...no, images: images.slice(1) }),
  'a failure of a cluster comes before images': say([broken('aks-1')], { ...no, images }),

  'a reason is one line': reason('one line\nanother'),
  'a reason has names in place of IDs': reason(
    `gh-deployer (object ID ${guid}) lacks read access to ${sampleId('aks-1')}: no`,
  ),
  'a reason has the end of an ID without a name': reason(`The client ${guid} is unknown`),
  'a reason reads an ID with brackets': reason(`${sampleId('a(b)-1.c', 'rg-(x)')} is gone`),
  'a reason has the start of a digest': reason(`nginx@sha256:${'0a'.repeat(32)} is gone`),
  'a 404 of a cluster is that it was not found': because404(404, sampleId('aks-1')),
  'a 404 of a group says nothing of a cluster': because404(404, '/subscriptions/s/resourceGroups/rg-shop'),
  'a 403 of a cluster says nothing of it': because404(403, sampleId('aks-1')),
  'a reason is left out if both are too long': because403(`${'AcrPull and '.repeat(9)}more could not be created`),
  'a reason stands with what failed, without its IDs': because403('It failed'),
  'a reason without words is cut anywhere': reason('a'.repeat(300)),
  'a reason of 160 characters is whole': reason(`The registry said ${'no '.repeat(48)}`.slice(0, 160)),
  'a reason is cut after a comma, without it': reason(`${words}1234567`),
  'a reason is cut after a word': reason(`${words}12 45678 9`),
})

it('the headline has the sentences of headlines.txt', async () => {
  await expect(printCatalogue({ ...verdicts(), ...failures() }, sentence => sentence)).toMatchFileSnapshot(
    'headlines.txt',
  )
})
