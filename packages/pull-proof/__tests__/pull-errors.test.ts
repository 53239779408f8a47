// What is told of pulls that failed: code, cause, reason, sentence, and advice with its commands. It is in pull-errors/, which `npx vitest run -u` writes.
import { describe, expect, test } from 'vitest'
import type { Registry } from 'azure'
import { printFix, type ActionError, reasonOf } from 'kernel'
import type { NodePull } from 'run-model'
import type { PullContext } from '../src/denials.js'
import { explainPulls } from '../src/pull-errors.js'
import type { PulledImage } from '../src/probe-images.js'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'
import { sampleImage, samplePull } from './sample-pull.js'

const withGuid = <T extends { id: string }>(found: T): T => ({
  ...found,
  id: found.id.replace('/subscriptions/s', '/subscriptions/11111111-2222-4333-8444-555555555555'),
})
const [target, registry] = [withGuid(sampleTarget('aks-1')), withGuid(sampleRegistry())]
const team = 'contosoacr.azurecr.io/team/app:v1'

/** A pull of `team/app:v1` with the given end. */
const pull = (verdict: NodePull['verdict'], more?: Partial<NodePull>, image?: Partial<PulledImage>): NodePull =>
  samplePull(verdict, { image: sampleImage({ reference: team, registryId: registry.id, ...image }), ...more })

const caused = (verdict: NodePull['verdict'], cause?: NodePull['cause'], node = 'node-1') =>
  pull(verdict, { node, ...(cause && { cause }) })

function explain(pulls: NodePull[], more: Partial<PullContext> = {}, ofRegistry: Partial<Registry> = {}): ActionError {
  const context = { target, registry: { ...registry, ...ofRegistry }, group: '', mayAssignDirectly: false }
  return explainPulls(pulls, {
    ...context,
    repositories: [],
    isTimeOver: true,
    isSettled: false,
    timeoutMs: 20_000,
    abandoned: new Map(),
    ...more,
  })
}

/** Errors of one node that ended with a verdict, each for a cause. */
const byCause = (
  verdict: NodePull['verdict'],
  titles: Record<string, NodePull['cause']>,
): Record<string, ActionError> =>
  Object.fromEntries(Object.entries(titles).map(([title, cause]) => [title, explain([caused(verdict, cause)])]))

const shown = (cause: NodePull['cause'], more: Partial<NodePull> = {}) =>
  pull('denied', {
    sibling: { node: 'node-9', at: 0 },
    pool: 'apps',
    system: 'AKSAzureLinux-V3gen2-202607.20.0, AzureLinux',
    ...(cause && { cause }),
    ...more,
  })

/** An error although another node has pulled. */
const despite = (...refused: NodePull[]) => explain([pull('pulled', { node: 'node-9' }), ...refused])

const slow = (doing: NonNullable<NodePull['pending']>['doing'], since: number, finishedAt: number, message = '') =>
  pull('slow', { pending: { doing, since, message }, message, finishedAt })

const nodes = (verdict: NodePull['verdict'], ...names: string[]) => names.map(node => pull(verdict, { node }))
const neverAsked = ['b', 'c'].map(node => pull('slow', { node, attempts: 0 }))
const ofDigest = `x.azurecr.io/a/b:v1@sha256:${'a'.repeat(64)}`
const named = (reference: string) => explain([pull('not-found', {}, { reference })])
const early = { isTimeOver: false }
const settled = (cause?: NodePull['cause'], more?: Partial<PullContext>, ofRegistry?: Partial<Registry>) =>
  explain([caused('denied', cause)], { ...early, isSettled: true, ...more }, ofRegistry)
const minute = 60_000
const staleFor = (minutes: number, timeoutMs: number) =>
  explain([pull('denied', { cause: 'stale-credential', finishedAt: minutes * minute })], { timeoutMs })
const abandoned = new Map([['node-1', 'it was refused until 10:00:00 UTC and has accepted no pod since']])
const inAbac = { roleAssignmentMode: 'ABAC' } as const
const inQuarantine = (cause?: NodePull['cause']) => explain([caused('not-found', cause)], {}, { quarantines: true })
const byAddress = (more: Partial<Registry>) => explain([caused('unreachable', 'firewall')], {}, more)
const byUpstream = (status: string) =>
  explain([pull('unreachable', { cause: 'upstream', message: `unexpected status: ${status} ` })])
const refusedAt = (finishedAt: number, cause?: NodePull['cause']) =>
  explain([pull('denied', { ...(cause && { cause }), finishedAt })], { writtenAt: 1000 })
const inGroup = (cause?: NodePull['cause']) => explain([caused('denied', cause)], { group: 'g' })
const ofTeam = (...repositories: string[]) => explain([caused('denied', 'role')], { repositories }, inAbac)
const ofManifest = { from: 'k8s.yaml, document 1 (Pod p), spec.containers[0].image', origin: 'manifest' } as const
const privately = { ...target, access: { isPrivate: true } as NonNullable<typeof target.access> }
const ubuntu = { pool: 'gpu', system: 'AKSUbuntu-2204gen2containerd-202509.11.0, Ubuntu' }
const elsewhere = (name: string) => pull('denied', { cause: 'role' }, { reference: `contosoacr.azurecr.io/${name}:v1` })

const catalogue: Record<string, Record<string, ActionError>> = {
  'an image that is not found': {
    ...byCause('not-found', {
      'a missing image is looked for by its tags': undefined,
      "the node's platform is named": 'platform',
      'a missing part is no missing image': 'part',
      'something else than an image is there': 'format',
      'a lock is shown, never taken off': 'locked',
    }),
    'a missing part is named in short, and quoted': explain([
      pull('not-found', { cause: 'part', message: `descriptor sha256:${'ab'.repeat(32)} from remote: not found` }),
    ]),
    'a quarantine may hide a new image': inQuarantine(),
    'a quarantine may look like a lock': inQuarantine('locked'),
    'a quarantine hides no platform': inQuarantine('platform'),
    'a lock is shown of the digest that the node asked for': explain([
      pull('not-found', { cause: 'locked' }, { reference: ofDigest }),
    ]),
    'a name without a tag has a repository': named('x.azurecr.io/a'),
    'a name of three parts has a repository of three': named('x.azurecr.io/a/b/c:v1'),
    'a digest is no part of the repository': named('x.azurecr.io/a@sha256:ab'),
    'nor are a tag and a digest, which is shortened': named(ofDigest),
    'nor is a port': named('x.azurecr.io:443/a/b'),
  },
  'a registry that is out of reach': {
    ...byCause('unreachable', {
      'a refused address is the rules of the registry': 'firewall',
      'layers have a host of their own': 'data-endpoint',
      'a foreign certificate is a proxy that inspects': 'tls',
      'an answer without TLS is not the registry': 'plain-http',
      'a proxy of the node is the one to ask': 'proxy',
      'an unknown name is a matter of DNS': 'dns',
      'no answer is a firewall on the way': 'connection',
      'an upstream is out of reach of the registry': 'upstream',
      'a streaming proxy is on the node': 'streaming',
      'an error of the server may pass': 'unavailable',
    }),
    'an upstream that refuses wants credentials': byUpstream('401 Unauthorized'),
    'an upstream that throttles wants time': byUpstream('429 Too Many Requests'),
    'a private registry wants a private endpoint': byAddress({ publicNetworkAccess: false }),
    'a firewall wants the addresses of the nodes': byAddress({ firewall: true }),
    'rules that are not known are named': byAddress({ otherNetworkAccess: 'New' }),
    'a perimeter decides before a firewall': byAddress({ firewall: true, otherNetworkAccess: 'SecuredByPerimeter' }),
    'a key of its own may be out of reach': byAddress({ firewall: true, keyVault: 'kv.vault.azure.net' }),
  },
  'a node that is refused': {
    ...byCause('denied', {
      'a role may still take effect': undefined,
      'a credential without a role needs one': 'role',
      'a secret may have ended': 'secret',
      'no credential is most often no role': 'no-credential',
      'a stale credential ends with its cache': 'stale-credential',
    }),
    'a group takes up to a day, without a role': inGroup('role'),
    'a group takes up to a day, without a credential': inGroup('no-credential'),
    'a stale credential is no matter of the group': inGroup('stale-credential'),
    'a group that may be bypassed has on-timeout as its advice': explain([caused('denied')], {
      group: 'g',
      mayAssignDirectly: true,
    }),
    'in ABAC mode the role is another one': ofTeam(),
    'in ABAC mode a covered repository changes nothing': ofTeam('team/*'),
    'in ABAC mode an image outside waits for repositories': ofTeam('a/*'),
    'in ABAC mode each image has its own advice': explain(
      [elsewhere('a/web'), caused('denied', 'role')],
      { repositories: ['a/*'] },
      inAbac,
    ),
    'refused tokens for ARM may be the cause': explain(
      [caused('denied', 'no-credential')],
      {},
      { armTokensAccepted: false },
    ),
    'a role of 22 s wants a longer timeout': refusedAt(23_000, 'role'),
    'so does one of 22 s without a credential': refusedAt(23_000, 'no-credential'),
    'so does one of 22 s for no known cause': refusedAt(23_000),
    'a secret may have ended, and a role of 22 s be too new': refusedAt(23_000, 'secret'),
    'of a role of an hour no age is said': refusedAt(3_601_000),
    'nor is it after a wait of ten minutes, whenever the node was asked last': explain([pull('denied')], {
      writtenAt: 0,
      timeoutMs: 10 * minute,
    }),
    'an old grant wants no longer timeout': settled(),
    'nor does it without a role': settled('role'),
    'nor without a role in ABAC mode': settled('role', {}, inAbac),
    'nor without a credential': settled('no-credential'),
    'nor with a refused secret': settled('secret'),
    'nor if other nodes were waited for until the timeout': settled('role', { isTimeOver: true }),
    'a stale credential of an old grant still ends with its cache': settled('stale-credential'),
    'it wants no timeout that is longer than the cache already': staleFor(59, 60 * minute),
    'but one that is shorter may be longer': staleFor(59, 60 * minute - 1),
    'a node that is refused for longer than its cache wants no longer timeout': staleFor(60, 20_000),
    'nor is it if the wait ended early': explain([caused('denied', 'role')], { writtenAt: 0, ...early }),
    'a pull of another node shows that the role is in effect': despite(shown(undefined)),
    'so it does if no credential came': despite(shown('no-credential')),
    'so it does if one came without a role': despite(shown('role')),
    'so it does if a secret was refused': despite(shown('secret')),
    'a stale credential is the cause, whoever has pulled': despite(shown('stale-credential')),
    'each refused pool is named with what it offered': despite(
      shown('no-credential'),
      shown('no-credential', { node: 'node-2', ...ubuntu }),
      shown('role', { node: 'node-3', pool: 'nap' }),
    ),
    'a pull of one image shows nothing of another': despite(shown('no-credential'), elsewhere('team/other')),
    'each cause has its advice, once': explain([
      caused('denied', 'stale-credential', 'a'),
      caused('denied', 'role', 'b'),
      caused('denied', 'role', 'c'),
    ]),
  },
  'another failure': {
    ...byCause('failed', { 'the reason is on the node': undefined, 'the kubelet limits its pulls': 'kubelet-limit' }),
    ...byCause('unschedulable', { 'no node took the pod': undefined, 'the disk is full': 'disk' }),
    ...byCause('rate-limited', { 'the registry throttles, no role is missing': undefined }),
    'the words of the node come last': explain([pull('failed', { message: 'EOF. Or so.' })]),
    'a changed pod proves nothing, and what changed is named': explain([pull('changed', { message: 'another image' })]),
  },
  'a pull that did not finish': {
    ...byCause('slow', { 'it wants more time or a smaller image': undefined }),
    'a wait that ended early is not called a timeout': explain([pull('slow')], early),
    'a pull of 89.999 s may be out of reach': explain([slow('pulling', 0, 89_999)]),
    'so may it if the wait ended early': explain([slow('pulling', 0, 89_999)], early),
    'a pull since the last 20 s is counted from there': explain([slow('pulling', 600_000, 620_000)]),
    'a pull of 90 s is in reach, or something would have been heard': explain([slow('pulling', 0, 90_000)]),
    'a timeout of less than 3 minutes was too short for that': explain([slow('pulling', 600_000, 620_000)], {
      timeoutMs: 179_999,
    }),
    'one of 3 minutes was not': explain([slow('pulling', 600_000, 620_000)], { timeoutMs: 180_000 }),
    'a quiet node has accepted the pod': explain([slow('quiet', 0, 20_000)]),
    'a starting pod has not begun to pull': explain([slow('starting', 0, 20_000)]),
    'a silent node has not accepted the pod': explain([slow('silent', 0, 20_000)]),
    'a private API server is looked into from inside': explain([slow('pulling', 0, 20_000)], { target: privately }),
    'a container that a webhook added comes first': explain([slow('held', 0, 1, 'istio-proxy: ErrImagePull')]),
    'and may be stuck': explain([slow('stuck', 0, 1, 'istio-proxy: ErrImagePull')]),
    'a node that left is named with it': explain([pull('slow')], {
      abandoned: new Map([['node-1', 'it left the cluster']]),
    }),
    'a refusal of an abandoned node is no missing role': explain([pull('denied', { cause: 'role', message: '401' })], {
      abandoned,
    }),
  },
  'several nodes': {
    'the worst failure decides, and manifests come first': explain([
      ...nodes('pulled', 'a'),
      ...nodes('denied', 'b'),
      ...nodes('not-found', 'c'),
      pull('not-found', { node: 'd' }, { ...ofManifest, reference: 'contosoacr.azurecr.io/shop:2' }),
    ]),
    'nodes that were never asked do not count': explain([...nodes('denied', 'a'), ...neverAsked]),
    'unless nothing else failed': explain([...nodes('pulled', 'a'), ...neverAsked]),
    'one refusal counts before all that is not the registry': explain([
      ...nodes('denied', 'a'),
      ...(['unschedulable', 'failed', 'unreachable', 'rate-limited', 'slow'] as const).map((verdict, at) =>
        pull(verdict, { node: `other-${at}` }),
      ),
    ]),
    'a node with two images counts once': explain(nodes('denied', 'a', 'a')),
    'two of two are both': explain(nodes('rate-limited', 'a', 'b')),
    'three of three are all': explain(nodes('rate-limited', 'a', 'b', 'c')),
    'both have their own sentence while they pull': explain(
      ['a', 'b'].map(node => ({ ...slow('pulling', 0, 1), node })),
    ),
    'five nodes are named': explain(nodes('denied', 'a', 'b', 'c', 'd', 'e')),
    'of six, one is not': explain(nodes('denied', 'a', 'b', 'c', 'd', 'e', 'f')),
    'an abandoned node that had pulled does not count': explain([pull('pulled'), ...nodes('slow', 'node-2')], {
      abandoned,
    }),
    'nor does one that was refused, if another still is': explain([pull('denied'), ...nodes('denied', 'node-2')], {
      abandoned,
    }),
  },
}

/** All that is told of a failure. */
function show({ code, pullCause, said, message, fix }: ActionError): string {
  return sayScopes(
    [`${code}${pullCause ? ` (${pullCause})` : ''}: ${reasonOf(said)}`, message, printFix(fix)].join('\n'),
  )
}

describe('pulls that failed', () => {
  test.each(Object.keys(catalogue))('because of %s are told as in pull-errors/', of => {
    const text = printCatalogue(catalogue[of] ?? {}, show)
    return expect(text).toMatchFileSnapshot(`pull-errors/${of.replaceAll(' ', '-')}.txt`)
  })

  test('must include a failure', () => {
    expect(() => explain([pull('pulled')])).toThrow('no pull failed')
  })
})
