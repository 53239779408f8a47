import { describe, expect, test } from 'vitest'
import type { Registry } from 'azure'
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
    [undefined, /^az role assignment list /],
    ['role', /^az role assignment list /],
    ['secret', /^az ad app credential list /],
    ['no-credential', /^az role assignment list /],
    ['stale-credential', /^az acr show .*roleAssignmentMode/],
  ] as const)('because of %s has one look', (cause, look) => {
    expect(explainPulls([refused(cause)], contextWith()).fix.commands).toEqual([expect.stringMatching(look)])
  })

  test('because of a stale credential blames neither role nor group, and never advises to switch back', () => {
    const { message, fix } = explainPulls([refused('stale-credential')], contextWith({ group: 'g' }))
    expect(message).not.toContain('group')
    expect(fix.text).not.toMatch(/switch|role:|assign/i)
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
    const textIn = (armTokensAccepted: boolean) =>
      explainPulls([refused('no-credential')], contextWith({}, { armTokensAccepted })).fix.text
    expect(textIn(false)).toContain('ARM_AUDIENCE_DISABLED')
    expect(textIn(true)).not.toContain('ARM_AUDIENCE_DISABLED')
  })
})

describe('pulls that were refused for several reasons', () => {
  const pulls = [refused('stale-credential', 'a'), refused('role', 'b'), refused('role', 'c')]

  test('have a sentence and a look for each, the role first', () => {
    const { message, fix, reason } = explainPulls(pulls, contextWith())
    expect(message).toMatch(/^All 3 probed nodes .* no role allows it to pull team\/app\. .*with or without the role/)
    expect(reason).toBe('no role allows the identity of the node to pull the image')
    expect(fix.commands.map(command => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'az role assignment',
      'az acr show',
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

describe('a node that the registry refuses by its address', () => {
  test.each<[Partial<Registry>, string]>([
    [{ publicNetworkAccess: false }, 'public network access is disabled, and the node did not use a private endpoint'],
    [{ firewall: true }, "the registry's firewall blocks it"],
    [{ otherNetworkAccess: 'New' }, 'its public network access is New, and it refuses the node'],
    [
      { firewall: true, otherNetworkAccess: 'SecuredByPerimeter' },
      'its public network access is SecuredByPerimeter, and it refuses the node',
    ],
    [
      { firewall: true, keyVault: 'kv.vault.azure.net' },
      "the registry's firewall blocks it, or the registry can't read its key in the key vault",
    ],
  ])('learns it by what the registry says of itself: %j', (registry, why) => {
    const { message } = explainPulls(
      [refused('firewall', 'node-1', { verdict: 'unreachable' })],
      contextWith({}, registry),
    )
    expect(message).toContain(`: ${why} (node-1).`)
  })
})
