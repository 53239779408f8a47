// What is told of pulls that failed: code, cause, reason, sentence, and advice with its commands. It is in pull-errors/, which `npx vitest run -u` writes.
import { describe, expect, test } from 'vitest'
import type { Registry } from 'azure'
import { printFix, type ActionError, reasonOf } from 'kernel'
import type { NodePull } from 'run-model'
import type { PullContext } from '../src/denials.js'
import { explainPulls } from '../src/pull-errors.js'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const withGuid = <T extends { id: string }>(found: T): T => ({
  ...found,
  id: found.id.replace('/subscriptions/s', '/subscriptions/11111111-2222-4333-8444-555555555555'),
})
const [target, registry] = [withGuid(sampleTarget('aks-1')), withGuid(sampleRegistry())]
const team = 'contosoacr.azurecr.io/team/app:v1'

/** A pull of `team/app:v1` with the given end. */
function pull(
  verdict: NodePull['verdict'],
  more: Partial<NodePull> = {},
  image: Partial<NodePull['image']> = {},
): NodePull {
  return {
    node: 'node-1',
    pool: 'system',
    os: 'linux',
    arch: 'amd64',
    verdict,
    message: '',
    attempts: 1,
    cacheMs: 3_600_000,
    startedAt: 0,
    finishedAt: 1,
    image: { reference: team, registryId: registry.id, from: 'images', isThere: true, ...image },
    ...more,
  }
}

const caused = (verdict: NodePull['verdict'], cause?: NodePull['cause'], node = 'node-1') =>
  pull(verdict, { node, ...(cause && { cause }) })

function explain(pulls: NodePull[], more: Partial<PullContext> = {}, ofRegistry: Partial<Registry> = {}): ActionError {
  const context = { target, registry: { ...registry, ...ofRegistry }, group: '', mayAssignDirectly: false }
  return explainPulls(pulls, {
    ...context,
    repositories: [],
    isTimeOver: true,
    timeoutMs: 20_000,
    abandoned: new Map(),
    ...more,
  })
}

const byCause = (verdict: NodePull['verdict'], causes: NodePull['cause'][]): Record<string, ActionError> =>
  Object.fromEntries(causes.map(cause => [`${verdict}, cause: ${cause ?? 'none'}`, explain([caused(verdict, cause)])]))

const shown = (cause: NodePull['cause'], more: Partial<NodePull> = {}) =>
  pull('denied', {
    sibling: { node: 'node-9', at: 0 },
    pool: 'apps',
    system: 'AKSAzureLinux-V3gen2-202607.20.0, AzureLinux',
    ...(cause && { cause }),
    ...more,
  })

const slow = (doing: NonNullable<NodePull['pending']>['doing'], since: number, finishedAt: number, message = '') =>
  pull('slow', { pending: { doing, since, message }, message, finishedAt })

const nodes = (verdict: NodePull['verdict'], ...names: string[]) => names.map(node => pull(verdict, { node }))
const ofDigest = `x.azurecr.io/a/b:v1@sha256:${'a'.repeat(64)}`
const abandoned = new Map([['node-1', 'it was refused until 10:00:00 UTC and has accepted no pod since']])
const inAbac = { roleAssignmentMode: 'ABAC' } as const
const byAddress = (more: Partial<Registry>) => explain([caused('unreachable', 'firewall')], {}, more)
const ofManifest = { from: 'k8s.yaml, document 1 (Pod p), spec.containers[0].image', origin: 'manifest' } as const
const privately = { ...target, access: { isPrivate: true } as NonNullable<typeof target.access> }

const catalogue: Record<string, Record<string, ActionError>> = {
  'an image that is not found': {
    ...byCause('not-found', [undefined, 'platform', 'part', 'format', 'locked']),
    'a part with a digest': explain([
      pull('not-found', { cause: 'part', message: `descriptor sha256:${'ab'.repeat(32)} from remote: not found` }),
    ]),
    ...Object.fromEntries(
      ([undefined, 'locked', 'platform'] as const).map(cause => [
        `in a registry with a quarantine, cause: ${cause ?? 'none'}`,
        explain([caused('not-found', cause)], {}, { quarantines: true }),
      ]),
    ),
    'locked, by digest': explain([pull('not-found', { cause: 'locked' }, { reference: ofDigest })]),
    ...Object.fromEntries(
      ['x.azurecr.io/a', 'x.azurecr.io/a/b/c:v1', 'x.azurecr.io/a@sha256:ab', ofDigest, 'x.azurecr.io:443/a/b'].map(
        reference => [`the image ${reference}`, explain([pull('not-found', {}, { reference })])],
      ),
    ),
  },
  'a registry that is out of reach': {
    ...byCause('unreachable', ['firewall', 'data-endpoint', 'tls', 'plain-http', 'proxy', 'dns', 'connection']),
    ...byCause('unreachable', ['upstream', 'streaming', 'unavailable']),
    ...Object.fromEntries(
      ['401 Unauthorized', '429 Too Many Requests'].map(status => [
        `by the upstream of a cache rule, ${status}`,
        explain([pull('unreachable', { cause: 'upstream', message: `unexpected status: ${status} ` })]),
      ]),
    ),
    'without public access': byAddress({ publicNetworkAccess: false }),
    'with a firewall': byAddress({ firewall: true }),
    'with other rules': byAddress({ otherNetworkAccess: 'New' }),
    'with a firewall and a perimeter': byAddress({ firewall: true, otherNetworkAccess: 'SecuredByPerimeter' }),
    'with a firewall and its own key': byAddress({ firewall: true, keyVault: 'kv.vault.azure.net' }),
  },
  'a node that is refused': {
    ...byCause('denied', [undefined, 'role', 'secret', 'no-credential', 'stale-credential']),
    'through a group, for want of a role': explain([caused('denied', 'role')], { group: 'g' }),
    'through a group, without a credential': explain([caused('denied', 'no-credential')], { group: 'g' }),
    'through a group, with a stale credential': explain([caused('denied', 'stale-credential')], { group: 'g' }),
    'through a group that may be bypassed': explain([caused('denied')], { group: 'g', mayAssignDirectly: true }),
    'in ABAC mode': explain([caused('denied', 'role')], {}, inAbac),
    'in ABAC mode, with its repository': explain([caused('denied', 'role')], { repositories: ['team/*'] }, inAbac),
    'in ABAC mode, outside of the repositories': explain([caused('denied', 'role')], { repositories: ['a/*'] }, inAbac),
    'in ABAC mode, in and outside of the repositories': explain(
      [pull('denied', { cause: 'role' }, { reference: 'contosoacr.azurecr.io/a/web:v1' }), caused('denied', 'role')],
      { repositories: ['a/*'] },
      inAbac,
    ),
    'without a credential, where tokens for ARM are refused': explain(
      [caused('denied', 'no-credential')],
      {},
      { armTokensAccepted: false },
    ),
    ...Object.fromEntries(
      (['role', 'no-credential', undefined] as const).map(cause => [
        `22 s after the assignment, cause: ${cause ?? 'none'}`,
        explain([pull('denied', { ...(cause && { cause }), finishedAt: 23_000 })], { writtenAt: 1000 }),
      ]),
    ),
    ...Object.fromEntries(
      ([undefined, 'no-credential', 'role', 'secret', 'stale-credential'] as const).map(cause => [
        `although another one has pulled, cause: ${cause ?? 'none'}`,
        explain([pull('pulled', { node: 'node-9' }), shown(cause)]),
      ]),
    ),
    'although another one has pulled, of two pools, for two reasons': explain([
      pull('pulled', { node: 'node-9' }),
      shown('no-credential'),
      shown('no-credential', {
        node: 'node-2',
        pool: 'gpu',
        system: 'AKSUbuntu-2204gen2containerd-202509.11.0, Ubuntu',
      }),
      shown('role', { node: 'node-3', pool: 'nap' }),
    ]),
    'although another one has pulled this image, and none the other': explain([
      pull('pulled', { node: 'node-9' }),
      shown('no-credential'),
      pull('denied', { cause: 'role' }, { reference: 'contosoacr.azurecr.io/team/other:v1' }),
    ]),
    'with a secret, 22 s after the assignment': explain([pull('denied', { cause: 'secret', finishedAt: 23_000 })], {
      writtenAt: 1000,
    }),
    'an hour after the assignment': explain([pull('denied', { finishedAt: 3_601_000 })], { writtenAt: 1000 }),
    'before the timeout, after the assignment': explain([caused('denied', 'role')], {
      writtenAt: 0,
      isTimeOver: false,
    }),
    'for several reasons': explain([
      caused('denied', 'stale-credential', 'a'),
      caused('denied', 'role', 'b'),
      caused('denied', 'role', 'c'),
    ]),
  },
  'another failure': {
    ...byCause('failed', [undefined, 'kubelet-limit']),
    ...byCause('unschedulable', [undefined, 'disk']),
    ...byCause('rate-limited', [undefined]),
    'with the words of the node': explain([pull('failed', { message: 'EOF. Or so.' })]),
    'with what the cluster changed': explain([pull('changed', { message: 'another image' })]),
  },
  'a pull that did not finish': {
    ...byCause('slow', [undefined]),
    'before the timeout': explain([pull('slow')], { isTimeOver: false }),
    'while it was pulling': explain([slow('pulling', 0, 89_999)]),
    'while it was pulling, before the timeout': explain([slow('pulling', 0, 89_999)], { isTimeOver: false }),
    'while it was pulling since the last 20 s': explain([slow('pulling', 600_000, 620_000)]),
    'while it was pulling for so long that something would have been reported': explain([slow('pulling', 0, 90_000)]),
    'while the node said nothing': explain([slow('quiet', 0, 20_000)]),
    'while the pod started': explain([slow('starting', 0, 20_000)]),
    'while the node was silent': explain([slow('silent', 0, 20_000)]),
    'with a private API server': explain([slow('pulling', 0, 20_000)], { target: privately }),
    'because of a container that a webhook added': explain([slow('held', 0, 1, 'istio-proxy: ErrImagePull')]),
    'because such a container is stuck': explain([slow('stuck', 0, 1, 'istio-proxy: ErrImagePull')]),
    'because its node left': explain([pull('slow')], { abandoned: new Map([['node-1', 'it left the cluster']]) }),
    'because its node was abandoned after a refusal': explain([pull('denied', { cause: 'role', message: '401' })], {
      abandoned,
    }),
  },
  'several nodes': {
    'of which some failed, by the worst failure and manifests first': explain([
      ...nodes('pulled', 'a'),
      ...nodes('denied', 'b'),
      ...nodes('not-found', 'c'),
      pull('not-found', { node: 'd' }, { ...ofManifest, reference: 'contosoacr.azurecr.io/shop:2' }),
    ]),
    'of which some were never asked': explain([
      ...nodes('denied', 'a'),
      ...['b', 'c'].map(node => pull('slow', { node, attempts: 0 })),
    ]),
    'of which some were never asked, because one is slow': explain([
      ...nodes('pulled', 'a'),
      ...['b', 'c'].map(node => pull('slow', { node, attempts: 0 })),
    ]),
    'of which one is refused, and others fail in another way': explain([
      ...nodes('denied', 'a'),
      ...(['unschedulable', 'failed', 'unreachable', 'rate-limited', 'slow'] as const).map((verdict, at) =>
        pull(verdict, { node: `other-${at}` }),
      ),
    ]),
    'of which one is named twice': explain(nodes('denied', 'a', 'a')),
    'both throttled': explain(nodes('rate-limited', 'a', 'b')),
    'three throttled': explain(nodes('rate-limited', 'a', 'b', 'c')),
    'both pulling': explain(['a', 'b'].map(node => ({ ...slow('pulling', 0, 1), node }))),
    'five refused': explain(nodes('denied', 'a', 'b', 'c', 'd', 'e')),
    'six refused': explain(nodes('denied', 'a', 'b', 'c', 'd', 'e', 'f')),
    'of which the abandoned one had pulled': explain([pull('pulled'), ...nodes('slow', 'node-2')], { abandoned }),
    'of which the other one is still refused': explain([pull('denied'), ...nodes('denied', 'node-2')], { abandoned }),
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
