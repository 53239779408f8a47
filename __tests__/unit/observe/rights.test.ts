import { describe, expect, it } from 'vitest'
import { builtInRoles, limitedByCondition, limitedToOthers, probeRole, runCommandRole, type Target } from 'azure'
import { armActions } from 'azure-clients'
import { ActionError, toFixJson } from 'kernel'
import type { Inputs, Observed } from 'run-model'
import { conclude } from 'run-report/conclude'
import { adviseOnRights } from '../../../src/observe/rights.js'
import { misnamed } from '../../../src/observe/named-resources.js'
import { answering } from '../../support/answering.js'
import { realRegistry, realTarget } from '../../support/observed.js'
import { openAccess, sampleInputs, sampleLost, sampleOperation, samplePair, sampleRun } from '../../support/sample.js'

const registry = realRegistry()
const target = realTarget()
const { subscriptionId } = registry
const own = { attach: 'gh-attach-acr', detach: 'gh-attach-acr', check: 'gh-attach-acr-check' }
const logged = { clock: answering({}).clock, log: {} as never }

/** Azure's refusal of an action at a resource. */
const refused = (action: string, resource: string, detail = '') =>
  new ActionError('AUTHORIZATION_FAILED', 'No', {
    ...{ resource, detail },
    azure: {
      status: 403,
      code: 'AuthorizationFailed',
      message: `does not have authorization to perform action '${action}' over scope '${resource}'`,
    },
  })

/** The options of the set-up that comes first in the advice on a failed pair or look-up, the roles that are assigned after it, and all words of commands. */
async function advise(error: ActionError, more: Partial<Inputs>, observed?: Observed, cluster: Target = target) {
  const operation = sampleOperation(cluster, registry)
  const inputs = { ...sampleInputs, subscriptionId, ...more }
  const { azure } = answering({}, { name: own[inputs.mode], objectId: 'o' })
  const session = { caller: azure.clients.caller, subject: 'repo:contoso/shop:ref:refs/heads/main', tenantId: 't' }
  const outcomes = [{ operation, changed: false, finishedAt: 1, error }]
  const pairs = observed ? [] : [samplePair({ operation })]
  const run = { inputs, session, outcomes, ...(observed && { observed }) }
  const result = await adviseOnRights(azure, conclude(sampleRun(pairs, run as never)), logged)
  const commands = toFixJson(result.errors[0]?.fix ?? []).commands.map(each => each.replaceAll(/\s*\\\n\s*/g, ' '))
  const [, options = ''] = /^bash docs\/set-up.sh --repo contoso\/shop --branch main (.*)/.exec(commands[0] ?? '') ?? []
  const roles = commands.flatMap(each => /--role "?([\w ]+?)"? --scope (\S+)/.exec(each)?.slice(1).join(' at ') ?? [])
  return {
    options: options.replaceAll(/--(clusters|registries) \S+/g, '').trim(),
    whole: options,
    roles,
    words: commands.join(' ').split(/\s+/),
  }
}

const every = (resourceGroup = '') => [{ kind: 'all' as const, text: '*', resourceGroup, filters: [] }]
const image = { source: 'docker.io/library/nginx:1' } as unknown as Inputs['images'][number]

describe('the set-up is the first advice', () => {
  it.each<[string, Partial<Inputs>]>([
    ['--no-verify', {}],
    ['--no-verify --images', { images: [image] }],
    ['--no-verify --detach', { mode: 'detach' }],
    ['', { verify: 'pull' }],
    ['--run-command', { verify: 'pull', probeWith: 'run-command' }],
    ['--no-verify', { probeWith: 'run-command' }],
    ['--probe-namespace probes', { verify: 'pull', probeNamespace: 'probes' }],
    ['--no-verify --group g', { group: 'g' }],
  ])('for what a condition refuses, with %s', async (options, inputs) => {
    for (const detail of [limitedByCondition, limitedToOthers])
      expect((await advise(refused('a/write', registry.id, detail), inputs)).options).toBe(options)
  })

  it.each([
    [true, armActions.runCommand, runCommandRole.name, '--run-command'],
    [false, armActions.readKubeconfig, probeRole.name, ''],
  ])('for a cluster that is private (%s), with what that needs', async (isPrivate, action, role, options) => {
    const cluster = { ...target, access: { ...openAccess, isPrivate } }
    const clusters = [{ kind: 'name' as const, text: target.name, resourceGroup: '' }]
    const advised = await advise(refused(action, target.id), { verify: 'pull', clusters }, undefined, cluster)
    expect(advised.options).toBe(options)
    expect(advised.roles).toContain(`${role} at ${target.id}`)
  })

  it.each(['attach', 'check'] as const)('for a name that may be wrong, in %s', async mode => {
    const error = refused(armActions.readCluster, target.id, misnamed).with({ code: 'CLUSTER_NOT_FOUND' })
    const lost = sampleLost(error, target.id)
    expect((await advise(error, { mode }, lost)).whole).toContain(`--clusters ${target.id}`)
  })
})

describe('a run of all clusters that may list none', () => {
  it.each([
    ['check', '', "--clusters '*'"],
    ['check', 'rg', ''],
    ['attach', '', ''],
  ] as const)(
    'lacks to read the whole, and in %s of "%s" the set-up gives just that: %s',
    async (mode, group, options) => {
      const scope = `/subscriptions/${subscriptionId}${group && `/resourceGroups/${group}`}`
      const error = refused(armActions.readCluster, scope)
      const registries = [{ kind: 'name' as const, text: registry.name }]
      const found = [{ asked: registry.name, value: { registry, role: builtInRoles.acrPull } }]
      const lost = { ...sampleLost(error, '*'), registries: found }
      const { whole, words } = await advise(error, { mode, clusters: every(group), registries }, lost)
      expect(words).toContain(scope)
      expect(whole.includes('--clusters')).toBe(options !== '')
      expect(whole).toContain(options)
    },
  )
})
