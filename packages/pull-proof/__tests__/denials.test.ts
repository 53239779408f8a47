import { describe, expect, test } from 'vitest'
import type { Registry } from 'azure'
import { partsOf } from 'kernel'
import type { NodePull } from 'run-model'
import type { PullContext } from '../src/denials.js'
import { explainPulls } from '../src/pull-errors.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const withGuid = <T extends { id: string }>(found: T): T => ({
  ...found,
  id: found.id.replace('/subscriptions/s', '/subscriptions/11111111-2222-4333-8444-555555555555'),
})

const image = {
  reference: 'contosoacr.azurecr.io/team/app:v1',
  registryId: sampleRegistry().id,
  from: 'images',
  isThere: true,
}

const refused = (cause: NodePull['cause'], node = 'node-1', more: Partial<NodePull> = {}): NodePull => ({
  ...{ node, pool: 'system', arch: 'amd64', image, verdict: 'denied', message: '', attempts: 1 },
  ...{ os: 'linux', cacheMs: 3_600_000, startedAt: 0, finishedAt: 1, ...(cause && { cause }), ...more },
})

const contextWith = (more: Partial<PullContext> = {}, registry: Partial<Registry> = {}): PullContext => ({
  target: withGuid(sampleTarget('aks-1')),
  registry: { ...withGuid(sampleRegistry()), ...registry },
  group: '',
  mayAssignDirectly: false,
  repositories: [],
  isTimeOver: true,
  abandoned: new Map(),
  ...more,
})

const start = 'The probed node of aks-1 is still refused by contosoacr.azurecr.io (node-1).'

describe('a refused pull', () => {
  test.each([
    [undefined, ''],
    ['role', ' The registry accepts the credential of the node, but no role allows it to pull team/app.'],
    [
      'secret',
      ' The node offers the client ID and secret of an application, and the registry refuses them alike if the secret is wrong or expired and if the application has no role.',
    ],
    ['no-credential', ' The request was anonymous, because the node got no credential for the registry.'],
    [
      'stale-credential',
      ' The registry no longer accepts the cached credential, with or without the role: it was issued before the mode of the registry was switched, or by another tenant.',
    ],
  ] as const)('because of %s has its own sentence', (cause, sentence) => {
    const error = explainPulls([refused(cause)], contextWith())
    expect(error.message).toBe(`${start}${sentence}`)
    expect(error).toMatchObject({ code: 'PULL_DENIED', pullCause: cause })
  })

  test('has a reason of its own for each cause', () => {
    const causes = [undefined, 'secret', 'role', 'no-credential', 'stale-credential'] as const
    const reasons = causes.map(cause => explainPulls([refused(cause)], contextWith()).reason)
    expect(new Set(reasons).size).toBe(causes.length)
  })

  test.each([
    ['role', ['az role', 'az aks show', 'az aks upgrade']],
    ['secret', ['az ad', 'az role', 'az ad app credential reset', 'az aks update']],
    ['no-credential', ['az role', 'az resource', 'kubectl get', 'az aks upgrade']],
    ['stale-credential', ['az acr', 'az account', 'az aks show', 'kubectl debug', 'az aks upgrade']],
  ] as const)('because of %s has its own commands, dangerous ones last', (cause, beginnings) => {
    const { fix } = explainPulls([refused(cause)], contextWith())
    expect(fix.commands).toHaveLength(beginnings.length)
    for (const [index, text] of beginnings.entries()) expect(fix.commands[index]).toMatch(new RegExp(`^${text}\\b`))
    const isDangerous = partsOf(fix).map(({ caution }) => caution !== undefined)
    expect(isDangerous).toEqual([...isDangerous].sort())
    expect(isDangerous.at(-1)).toBe(true)
  })

  test('because of a stale credential blames neither role nor group, and never advises to switch back', () => {
    const { message, fix } = explainPulls([refused('stale-credential')], contextWith({ group: 'g' }))
    expect(message).not.toContain('group')
    expect(fix.text).not.toMatch(/switch|role:|assign/i)
    expect(fix.commands.join()).not.toContain('role assignment')
  })

  test.each(['role', 'no-credential'] as const)('because of %s names the group that gives access', cause => {
    expect(explainPulls([refused(cause)], contextWith({ group: 'g' })).message).toContain('the group g')
  })

  test('because of the role names the role of the registry’s mode, and the repositories', () => {
    const textIn = (mode: 'ABAC' | 'RBAC', repositories: string[] = []) =>
      explainPulls([refused('role')], contextWith({ repositories }, { roleAssignmentMode: mode })).fix.text
    expect(textIn('RBAC')).toContain('AcrPull')
    expect(textIn('ABAC')).toContain(
      'Container Registry Repository Reader, without a condition or with one that includes team/app.',
    )
    expect(textIn('ABAC', ['team/*'])).toBe(textIn('ABAC'))
  })

  test('because the step itself leaves the repository out names the input, and advises neither to wait nor to reimage', () => {
    const limited = contextWith({ repositories: ['shop/*'] }, { roleAssignmentMode: 'ABAC' })
    const { message, fix } = explainPulls([refused('role')], limited)
    expect(message).toContain('no role allows it to pull team/app')
    expect(fix.text).toContain(
      'limits Container Registry Repository Reader to shop/* (input repositories), without team/app.',
    )
    expect(fix.text).not.toContain('longer timeout')
    expect(fix.commands).toEqual([])
    const included = { ...image, reference: 'contosoacr.azurecr.io/shop/web:v1' }
    const both = explainPulls([refused('role', 'node-1', { image: included }), refused('role')], limited)
    expect(both.fix.text).toContain('one that includes shop/web')
    expect(both.fix.text).toContain('add team/app to repositories')
  })

  test('without a credential mentions tokens for Azure Resource Manager only if the registry refuses them', () => {
    const commandsIn = (armTokensAccepted: boolean) =>
      explainPulls([refused('no-credential')], contextWith({}, { armTokensAccepted })).fix.commands.join('\n')
    expect(commandsIn(false)).toContain('authentication-as-arm')
    expect(commandsIn(true)).not.toContain('authentication-as-arm')
  })
})

describe('pulls that were refused for several reasons', () => {
  const pulls = [refused('stale-credential', 'a'), refused('role', 'b'), refused('role', 'c')]

  test('have a sentence and advice for each, the role first', () => {
    const { message, fix, reason } = explainPulls(pulls, contextWith())
    expect(message).toMatch(/^All 3 probed nodes .* no role allows it to pull team\/app\. .*with or without the role/)
    expect(reason).toBe('no role allows the identity of the node to pull the image')
    expect(fix.commands.map(command => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'az role assignment',
      'az aks show',
      'az acr show',
      'az account show',
      'az aks show',
      'az aks upgrade',
      expect.stringMatching(/^kubectl debug node/),
    ])
  })
})

describe('a pull that was not finished', () => {
  const slow = (more: Partial<NodePull> = {}) => refused(undefined, 'node-1', { verdict: 'slow', ...more })
  const messageIn = (pull: NodePull, more: Partial<PullContext>) => explainPulls([pull], contextWith(more)).message

  test('mentions the timeout only if it was reached', () => {
    const pending = { doing: 'pulling', since: 0, message: '' } as const
    expect(messageIn(slow(), {})).toContain('before the timeout')
    expect(messageIn(slow({ pending }), {})).toContain('at the timeout')
    for (const pull of [slow(), slow({ pending })])
      expect(messageIn(pull, { isTimeOver: false })).not.toContain('timeout')
  })

  test('says why its node was abandoned', () => {
    const abandoned = new Map([['node-1', 'it accepted no pod']])
    const { message, fix, reason } = explainPulls([slow()], contextWith({ isTimeOver: false, abandoned }))
    expect(message).toBe(
      'The probed node of aks-1 did not pull contosoacr.azurecr.io/team/app:v1, because it accepted no pod (node-1).',
    )
    expect(reason).toBe('the node was abandoned before it had pulled')
    expect(fix.text).not.toContain('timeout')
    expect(fix.commands[0]).toBe('kubectl describe node node-1')
  })
})

describe('a registry that a node can’t reach', () => {
  const explained = (keyVault?: string) =>
    explainPulls(
      [refused('firewall', 'node-1', { verdict: 'unreachable' })],
      contextWith({}, { firewall: true, ...(keyVault !== undefined && { keyVault }) }),
    )

  test('because of a 403 names the key vault if there is a customer-managed key', () => {
    expect(explained().message).not.toContain('key vault')
    expect(explained('kv.vault.azure.net').message).toContain(
      "the registry's firewall blocks it, or the registry can't read its key",
    )
    expect(explained('kv.vault.azure.net').fix.text).toContain(' in kv.vault.azure.net,')
    expect(explained('').fix.text).toContain('a customer-managed key, and')
    expect(explained('').fix.commands.at(-1)).toMatch(/network-rule add /)
    expect(explained('').fix.commands.at(-2)).toMatch(/^az acr encryption show /)
  })

  const disabled = { publicNetworkAccess: false }
  const endpoint = (
    status: string,
    id = '/subscriptions/hub/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe',
  ) => ({
    id,
    status,
  })
  const advised = (registry: Parameters<typeof contextWith>[1]) => {
    const { message, fix } = explainPulls(
      [refused('firewall', 'node-1', { verdict: 'unreachable' })],
      contextWith({}, registry),
    )
    const verbs = fix.commands.map(command => /^(?:az|kubectl)(?: [a-z][a-z-]*)+/.exec(command)?.[0])
    return { message, text: fix.text, verbs, commands: fix.commands }
  }
  const show = 'az aks show'
  const [endpoints, links, debug] = [
    'az acr private-endpoint-connection list',
    'az resource list',
    'kubectl debug node',
  ]

  test.each([
    [
      disabled,
      'public network access is disabled',
      /^contosoacr has public .*\n.*Create a private endpoint/s,
      [endpoints, show],
    ],
    [
      { ...disabled, privateEndpoints: [endpoint('Pending')] },
      'public network access is disabled',
      /None of its private endpoint connections is approved \(Pending\): approve the one/,
      [endpoints, show],
    ],
    [
      { ...disabled, privateEndpoints: [endpoint('Disconnected')] },
      'public network access is disabled',
      /is approved \(Disconnected\): create a new private endpoint/,
      [endpoints, show],
    ],
    [
      {
        ...disabled,
        privateEndpoints: [endpoint('Approved'), endpoint('Approved'), endpoint('Approved', '/subscriptions/two/x')],
      },
      'public network access is disabled',
      /although contosoacr has 3 private endpoints/,
      [endpoints, links, links, show, debug],
    ],
    [
      { firewall: true },
      "the registry's firewall blocks it",
      /^Let the nodes in: /,
      [show, show, 'az acr network-rule list', show],
    ],
    [
      { firewall: true, privateEndpoints: [endpoint('Approved')] },
      "the registry's firewall blocks it",
      /although contosoacr has a private endpoint[^]*Or let nodes use the public address/,
      [endpoints, links, show, show, 'az acr network-rule list', debug, show],
    ],
    [
      { firewall: true, otherNetworkAccess: 'SecuredByPerimeter' },
      'its public network access is SecuredByPerimeter',
      /^A network security perimeter secures contosoacr/,
      ['az acr show', show, show],
    ],
    [
      { otherNetworkAccess: 'New' },
      'its public network access is New',
      /doesn't know what New means/,
      ['az acr show', show, show],
    ],
  ] as const)('by its address is advised by what the registry says of itself: %#', (registry, why, text, verbs) => {
    const seen = advised(registry)
    expect(seen.message).toContain(why)
    expect(seen.text).toMatch(text)
    expect(seen.verbs).toEqual(verbs)
    expect(seen.text).toContain('a DNS link, wait a few minutes')
    const adds = seen.commands.some(command => command.includes('network-rule add'))
    expect(adds).toBe('firewall' in registry && !('otherNetworkAccess' in registry))
  })

  test('by its address is looked up in the zone of its cloud', () => {
    const registry = { ...disabled, loginServer: 'contosoacr.azurecr.us', privateEndpoints: [endpoint('Approved')] }
    const { commands } = advised(registry)
    expect(commands.join('\n')).toContain("starts_with(name, 'privatelink.azurecr.us/')")
    expect(commands.join('\n')).toContain('--subscription hub ')
    expect(commands.at(-1)).toMatch(/^kubectl debug node\/node-1 .* nslookup contosoacr\.azurecr\.us$/)
  })
})
