import { describe, expect, test } from 'vitest'
import type { NodePull } from 'run-model'
import { explainPulls } from '../src/pull-errors.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const guid = '11111111-2222-4333-8444-555555555555'
const withGuid = <T extends { id: string }>(found: T): T => ({
  ...found,
  id: found.id.replace('/subscriptions/s', `/subscriptions/${guid}`),
})
const context = {
  target: withGuid(sampleTarget('aks-1')),
  registry: withGuid(sampleRegistry()),
  group: '',
  mayAssignDirectly: false,
  repositories: [] as string[],
  isTimeOver: true,
  abandoned: new Map<string, string>(),
}

/** A pull of `team/app:v1` with the given end. */
function pull(
  verdict: NodePull['verdict'],
  more: Partial<NodePull> = {},
  image: Partial<NodePull['image']> = {},
): NodePull {
  const reference = 'contosoacr.azurecr.io/team/app:v1'
  return {
    ...{
      node: 'node-1',
      pool: 'system',
      arch: 'amd64',
      verdict,
      message: '',
      attempts: 1,
      os: 'linux',
      cacheMs: 3_600_000,
      startedAt: 0,
      finishedAt: 1,
    },
    image: { reference, registryId: context.registry.id, from: 'images', isThere: true, ...image },
    ...more,
  }
}

const s = `--subscription ${guid}`
const aks = `${s} --resource-group rg-shop --name aks-1`
const endpoints = `az acr private-endpoint-connection list --registry-name contosoacr --query "[].{name: name, state: privateLinkServiceConnectionState.status}" --output table ${s}`

describe('a pull that failed', () => {
  test.each<[NodePull['verdict'], NodePull['cause'], string, string[]]>([
    [
      'not-found',
      undefined,
      'did not find contosoacr.azurecr.io/team/app:v1 on contosoacr',
      [`az acr repository show-tags --name contosoacr --repository team/app --output table ${s}`],
    ],
    [
      'not-found',
      'platform',
      "can't pull contosoacr.azurecr.io/team/app:v1: it has no linux/amd64",
      [`az acr manifest list-metadata --registry contosoacr --name team/app --orderby time_desc ${s}`],
    ],
    ['unschedulable', undefined, 'could not run the probe pod', ['kubectl describe node node-1']],
    [
      'unschedulable',
      'disk',
      'has no room on its disk for contosoacr.azurecr.io/team/app:v1',
      ['kubectl describe node node-1'],
    ],
    [
      'not-found',
      'format',
      "can't pull contosoacr.azurecr.io/team/app:v1: it is on contosoacr, but it is not an image, or one of a format that is too old",
      [`az acr manifest list-metadata --registry contosoacr --name team/app --orderby time_desc ${s}`],
    ],
    [
      'unreachable',
      'upstream',
      "can't pull contosoacr.azurecr.io/team/app:v1: the registry answered with a server error, as it does if it gets nothing from the upstream of a cache rule",
      [
        `az acr cache list --registry contosoacr --output table ${s}`,
        `az acr credential-set list --registry contosoacr ${s}`,
      ],
    ],
    [
      'unreachable',
      'unavailable',
      "can't pull contosoacr.azurecr.io/team/app:v1: the registry answered with a server error",
      [`az acr show --name contosoacr --query provisioningState --output tsv ${s}`],
    ],
    ['failed', undefined, 'could not pull contosoacr.azurecr.io/team/app:v1', ['kubectl describe node node-1']],
    [
      'slow',
      undefined,
      'did not finish pulling contosoacr.azurecr.io/team/app:v1 before the timeout',
      ['kubectl get events --all-namespaces --field-selector involvedObject.kind=Pod'],
    ],
    [
      'rate-limited',
      undefined,
      'is throttled by contosoacr.azurecr.io',
      [`az acr show-usage --name contosoacr --output table ${s}`],
    ],
    [
      'denied',
      undefined,
      'is still refused by contosoacr.azurecr.io',
      [
        `az role assignment list --assignee ${context.target.identity.objectId} --scope ${context.registry.id} ${s} --include-inherited --include-groups --query "[].{principal: principalId, role: roleDefinitionName, scope: scope, condition: condition}"`,
      ],
    ],
    [
      'unreachable',
      'firewall',
      "can't reach contosoacr.azurecr.io: it is refused (403), although the registry's firewall is off",
      [
        `az acr show --name contosoacr --query "{access: publicNetworkAccess, rules: networkRuleSet, endpoints: privateEndpointConnections[].privateLinkServiceConnectionState.status, key: encryption.keyVaultProperties}" ${s}`,
      ],
    ],
    [
      'unreachable',
      'data-endpoint',
      "can't reach contosoacr.azurecr.io: the data endpoint, which serves the layers, can't be reached",
      [`az acr show-endpoints --name contosoacr ${s}`],
    ],
    [
      'unreachable',
      'tls',
      "can't reach contosoacr.azurecr.io: the certificate is not trusted",
      [`az aks show ${aks} --query "{proxy: httpProxyConfig, outbound: networkProfile.outboundType}"`],
    ],
    [
      'unreachable',
      'plain-http',
      "can't reach contosoacr.azurecr.io: something answers without TLS",
      [`az aks show ${aks} --query "{proxy: httpProxyConfig, outbound: networkProfile.outboundType}"`],
    ],
    [
      'unreachable',
      'proxy',
      "can't reach contosoacr.azurecr.io: a proxy refuses the connection",
      [`az aks show ${aks} --query "{proxy: httpProxyConfig, outbound: networkProfile.outboundType}"`],
    ],
    ['unreachable', 'dns', "can't reach contosoacr.azurecr.io: its name does not resolve", [endpoints]],
    ['unreachable', 'connection', "can't reach contosoacr.azurecr.io: the connection fails", [endpoints]],
  ])('as %s because of %s: it %s', (verdict, cause, sentence, commands) => {
    const error = explainPulls([pull(verdict, cause && { cause })], context)
    expect(error.message).toBe(`The probed node of aks-1 ${sentence} (node-1).`)
    expect(error.fix.commands).toEqual(commands)
  })

  test('as not-found says what is missing: the platform, a part, or the image, with its origin', () => {
    const message = `could not fetch content descriptor sha256:${'ab'.repeat(32)} (application/json) from remote: not found`
    const explain = (cause?: 'platform' | 'part') =>
      explainPulls([pull('not-found', { message, ...(cause && { cause }) })], context)
    expect(explain('platform').message).toMatch(/^The probed node of .* can't pull .*: it has no linux\/amd64 \(/)
    expect(explain('platform').fix.text).toContain('for linux/amd64')
    expect(explain('part').message).toMatch(
      /its manifest is on contosoacr, but a part of it \(sha256:abab[0-9a-f]*…\) is not \(/,
    )
    expect(explain().fix.text).toContain('named in: images')
    const reasons = [explain('platform'), explain('part'), explain()].map(({ reason }) => reason)
    expect(reasons).toEqual([
      'the image has no linux/amd64',
      'a part of the image is not in the registry',
      'the image is not in the registry',
    ])
  })

  test.each([
    ['x.azurecr.io/a/b:v1', 'a/b:v1'],
    [`x.azurecr.io/a/b:v1@sha256:${'a'.repeat(64)}`, `a/b@sha256:${'a'.repeat(64)}`],
  ])('because %s is locked is a refusal, with the commands that show the lock', (reference, name) => {
    const error = explainPulls([pull('not-found', { cause: 'locked' }, { reference })], context)
    expect(error).toMatchObject({ code: 'AZURE_REFUSED', pullCause: 'locked', reason: 'the image is locked' })
    expect(error.message).toMatch(/can't pull .*, because someone has locked it on contosoacr \(node-1\)/)
    const [own, whole] = error.fix.commands
    expect(own).toContain(` --image ${name} --query changeableAttributes`)
    expect(whole).toContain(' --repository a/b --query changeableAttributes')
  })

  test.each([undefined, 'locked'] as const)('in a registry with a quarantine may wait for its scanner (%s)', cause => {
    const quarantined = { ...context, registry: { ...context.registry, quarantines: true as const } }
    const ended = pull('not-found', cause ? { cause } : {})
    const { message, fix } = explainPulls([ended], quarantined)
    expect(message).toContain('contosoacr has a quarantine')
    expect(fix.commands.at(-1)).toContain('az acr manifest list-metadata --registry contosoacr --name team/app ')
    expect(explainPulls([pull('not-found', { cause: 'platform' })], quarantined).message).not.toContain('quarantine')
    expect(explainPulls([ended], context).message).not.toContain('quarantine')
  })

  test('quotes the node once, as a sentence', () => {
    const messageOf = (verdict: NodePull['verdict'], message: string) =>
      explainPulls([pull(verdict, { message })], context).message
    expect(messageOf('failed', 'EOF. Or so.')).toMatch(/\(node-1\)\. The node said: EOF\. Or so\.$/)
    expect(messageOf('changed', 'another image')).toMatch(/changed the probe pod: another image \(node-1\)\.$/)
  })

  test.each([
    ['x.azurecr.io/a', 'a'],
    ['x.azurecr.io/a/b/c:v1', 'a/b/c'],
    ['x.azurecr.io/a@sha256:ab', 'a'],
    ['x.azurecr.io/a/b:v1@sha256:ab', 'a/b'],
    ['x.azurecr.io:443/a/b', 'a/b'],
  ])('of %s gives a command for the repository %s', (reference, repository) => {
    const { fix } = explainPulls([pull('not-found', {}, { reference })], context)
    expect(fix.commands[0]).toContain(` --repository ${repository} `)
  })
})

describe('a pull that did not finish', () => {
  const pending = (ms: number) => ({ pending: { doing: 'pulling' as const, since: 0, message: '' }, finishedAt: ms })

  const checkAcr = `az aks check-acr ${aks} --acr contosoacr.azurecr.io --node-name node-1`
  const events = 'kubectl get events --all-namespaces --field-selector involvedObject.kind=Pod'

  test.each([
    ['pulling', 0, 89_999, checkAcr],
    // So do an exchange of tokens and the sandbox, which come before the pull.
    ['quiet', 0, 20_000, checkAcr],
    ['starting', 0, 20_000, checkAcr],
    ['silent', 0, 20_000, events],
    // When the pull began counts, not when the node was first asked.
    ['pulling', 600_000, 620_000, checkAcr],
    ['pulling', 0, 90_000, events],
  ] as const)(
    'may wait for a registry that does not answer, until that would have been reported: %s since %i at %i',
    (doing, since, finishedAt, look) => {
      const slow = pull('slow', { pending: { doing, since, message: '' }, finishedAt })
      expect(explainPulls([slow], context).fix.commands).toEqual([look])
    },
  )

  test('says where the private API server is reached', () => {
    const access = { isPrivate: true } as NonNullable<typeof context.target.access>
    const slow = pull('slow', pending(20_000))
    const { text } = explainPulls([slow], { ...context, target: { ...context.target, access } }).fix
    expect(text).toMatch(/, on a machine that reaches the private API server:$/)
  })

  test.each(['held', 'stuck'] as const)('is %s by containers that a webhook added', doing => {
    const message = 'istio-proxy: ErrImagePull'
    const error = explainPulls(
      [pull('slow', { pending: { doing, since: 0, message }, message, finishedAt: 1 })],
      context,
    )
    expect(error.reason).toBe('the pull did not finish before the timeout')
    expect(error.fix.text).toMatch(/^The pull waits for the containers named above, which a webhook added to the pod\./)
    expect(error.fix.commands).toEqual(['kubectl get mutatingwebhookconfigurations'])
  })

  test('because its node was abandoned is no refusal, but quotes it', () => {
    const why = 'it was refused until 10:00:00 UTC and has accepted no pod since'
    const abandoned = new Map([['node-1', why]])
    const error = explainPulls([pull('denied', { cause: 'role', message: '401' })], { ...context, abandoned })
    expect(error).toMatchObject({ code: 'PROBE_FAILED', reason: 'the node was abandoned before it had pulled' })
    expect(error.message).toBe(
      `The probed node of aks-1 did not pull contosoacr.azurecr.io/team/app:v1, because ${why} (node-1). The node said: 401.`,
    )
    expect(error.pullCause).toBeUndefined()
    // What an abandoned node has pulled stays pulled.
    const mixed = [pull('pulled'), pull('slow', { node: 'node-2' })]
    expect(explainPulls(mixed, { ...context, abandoned }).message).toMatch(
      /^1 of the 2 probed nodes of .* \(node-2\)\.$/,
    )
    expect(error.fix.commands[0]).toBe('kubectl describe node node-1')
    // One that is still refused counts more.
    const both = [pull('denied'), pull('denied', { node: 'node-2' })]
    expect(explainPulls(both, { ...context, abandoned }).code).toBe('PULL_DENIED')
  })
})

describe('pulls that partly failed', () => {
  test('are reported by the worst failure, images of manifests first', () => {
    const from = 'k8s.yaml, document 1 (Pod p), spec.containers[0].image'
    const pulls = [
      pull('pulled', { node: 'a' }),
      pull('denied', { node: 'b' }),
      pull('not-found', { node: 'c' }),
      pull('not-found', { node: 'd' }, { from, origin: 'manifest', reference: 'contosoacr.azurecr.io/shop:2' }),
    ]
    const { message } = explainPulls(pulls, context)
    expect(message).toBe(
      `2 of the 4 probed nodes of aks-1 did not find contosoacr.azurecr.io/shop:2 on contosoacr (d, c). The image is named in ${from}.`,
    )
  })

  test('are counted without nodes that were never probed', () => {
    const waiting = ['b', 'c'].map(node => pull('slow', { node, attempts: 0 }))
    expect(explainPulls([pull('denied', { node: 'a' }), ...waiting], context).message).toBe(
      'The probed node of aks-1 is still refused by contosoacr.azurecr.io (a).',
    )
    expect(explainPulls([pull('pulled', { node: 'a' }), ...waiting], context).message).toMatch(
      /^2 of the 3 probed nodes of aks-1 did not finish pulling /,
    )
  })

  test('name up to five nodes, each once', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => pull('denied', { node: `n${index}` }))
    expect(explainPulls([pull('denied'), pull('denied')], context).message).toMatch(
      /^The probed node of aks-1 is still/,
    )
    expect(explainPulls(many(5), context).message).toBe(
      'All 5 probed nodes of aks-1 are still refused by contosoacr.azurecr.io (n0, n1, n2, n3, n4).',
    )
    expect(explainPulls(many(6), context).message).toMatch(/\(n0, n1, n2, n3, n4 and 1 more\)\.$/)
  })

  test('are those of both nodes if there are two, and of all if there are more', () => {
    const of = (verdict: NodePull['verdict'], ...nodes: string[]) =>
      explainPulls(
        nodes.map(node => pull(verdict, { node })),
        context,
      ).message
    expect(of('rate-limited', 'a', 'b')).toBe(
      'Both probed nodes of aks-1 are throttled by contosoacr.azurecr.io (a, b).',
    )
    expect(of('rate-limited', 'a', 'b', 'c')).toMatch(/^All 3 probed nodes of aks-1 are throttled/)
  })

  test.each([
    [['a'], true, 'The probed node of aks-1 was still pulling contosoacr.azurecr.io/team/app:v1 at the timeout (a).'],
    [
      ['a', 'b'],
      true,
      'Both probed nodes of aks-1 were still pulling contosoacr.azurecr.io/team/app:v1 at the timeout (a, b).',
    ],
    [['a'], false, 'The probed node of aks-1 was still pulling contosoacr.azurecr.io/team/app:v1 (a).'],
  ])('by %j, which were still pulling; the timeout is over: %s', (nodes, isTimeOver, message) => {
    const pending = { doing: 'pulling' as const, since: 0, message: '' }
    const error = explainPulls(
      nodes.map(node => pull('slow', { node, pending })),
      { ...context, isTimeOver },
    )
    expect(error.message).toBe(message)
  })

  test('before the timeout say nothing about it', () => {
    const error = explainPulls([pull('slow')], { ...context, isTimeOver: false })
    expect(error.message).toBe(
      'The probed node of aks-1 did not finish pulling contosoacr.azurecr.io/team/app:v1 (node-1).',
    )
    expect(error.reason).toBe('the node was abandoned before it had pulled')
    expect(error.fix.text).toMatch(/^Set a longer timeout/)
  })

  test('on abandoned nodes come with a look at the node', () => {
    const abandoned = new Map([['node-1', 'it left the cluster']])
    const error = explainPulls([pull('slow')], { ...context, abandoned })
    expect(error.message).toContain(
      'did not pull contosoacr.azurecr.io/team/app:v1, because it left the cluster (node-1).',
    )
    expect(error.fix.commands).toEqual(['kubectl describe node node-1'])
  })

  test("by the kubelet's own limit say that the registry was not contacted", () => {
    const error = explainPulls([pull('failed', { cause: 'kubelet-limit' })], context)
    expect(error.message).toContain('because the kubelet limits the number of pulls per second (registryPullQPS)')
  })

  test('must include a failure', () => {
    expect(() => explainPulls([pull('pulled')], context)).toThrow('no pull failed')
  })

  test('through a group come with advice that fits the inputs', () => {
    const adviceIn = (more: Partial<typeof context>) => explainPulls([pull('denied')], { ...context, ...more }).fix.text
    expect(adviceIn({ group: 'g', mayAssignDirectly: true })).toContain('set on-timeout: assign-directly')
    expect(adviceIn({ group: 'g' })).toContain('leave group empty and set role: auto.')
    expect(adviceIn({})).toContain('up to 10 minutes for a new role')
  })
})
