// What is wrong with inputs, in the words of the action. It is in problems/, a file for each topic, which `npx vitest run -u` writes.
import { beforeEach, describe, expect, it } from 'vitest'
import { give, giveDefaults, inputGuid, inputIds, readProblems } from '../../support/inputs.js'

type Given = Record<string, string>

const each = (name: string, values: string[], more: Given = {}): Given[] =>
  values.map(value => ({ ...more, [name]: value }))

const named = { 'subscription-id': inputGuid }
const connected = inputIds.cluster.replace('ContainerService/managedClusters', 'Kubernetes/connectedClusters')
const local = `${connected}/providers/Microsoft.HybridContainerService/provisionedClusterInstances/default`
const merge = { mode: 'merge', reports: 'reports' }
const future = { cluster: '', 'kubelet-identity': inputIds.identity }
const running = { 'probe-image': 'workloads' }

/** The inputs of steps that have defaults for everything else. */
const steps: Record<string, Given[]> = {
  clusters: [
    ...each('cluster', ['a', 'Z9', 'a-b_c', 'a'.repeat(63)], named),
    ...each('cluster', ['-a', 'a-', 'a b', 'a.b', 'a/b', 'a'.repeat(64), '**', '*\naks-1\naks-2'], named),
    ...each(
      'cluster',
      ['!', '!a b', 'tag:env', 'tag:=x'].map(filter => `*\n${filter}`),
      named,
    ),
    ...each('cluster', ['aks-1', '*', inputIds.registry, connected, local]),
  ],
  registries: [
    ...each('registry', ['abcd', 'a'.repeat(51), 'my-registry', 'contosoacr.azurecr.io/app', 'docker.io'], named),
    ...each('registry', ['contosoacr.azurecr.us', 'contosoacr.azurecr.cn'], named),
    ...each('registry', ['https://contosoacr.azurecr.io/app', 'see https://contosoacr.azurecr.io'], named),
    ...each('registry', ['http://contosoacr.azurecr.io'], named),
    ...each('registry', ['contosoacr', '*', inputIds.cluster, connected]),
    ...each('create-registry', ['Basic', 'Premium', 'basic']),
  ],
  identities: [
    { cluster: '' },
    future,
    { ...future, verify: 'pull' },
    { 'kubelet-identity': inputIds.identity, verify: 'pull' },
    { cluster: '', verify: 'pull' },
    { 'kubelet-identity': 'id-1' },
    { 'client-id': '', 'tenant-id': '' },
    { 'auth-type': 'password' },
    { 'on-timeout': 'assign-directly' },
    { 'on-timeout': 'assign-directly', group: inputGuid },
  ],
  'a detach': [
    ...each('cluster', ['*', '*\naks-prod-1'], { mode: 'detach', ...named }),
    { mode: 'detach', registry: '*', ...named },
  ],
  probes: [
    ...each('probe-image', ['contosoacrs.azurecr.io/app:v1', 'contosoacr.azurecr.cn/app:v1', 'App:v1', 'app:']),
    ...each('probe-image', ['app@sha256:1', 'localhost:5000/app']),
    { registry: '*', 'probe-image': 'whatever.azurecr.cn/app:v1', ...named },
    ...each('probe-namespace', ['Probes', 'a.b', '-x']),
    { 'probe-service-account': 'Shop' },
  ],
  'limited repositories': [
    ...each('repositories', ['Team/app', 'team/', '/team', 'team/*/app', '*']),
    ...each('probe-image', ['team-a/web:v1', 'team-a:v1', 'contosoacr.azurecr.io/team-b/api'], {
      ...{ verify: 'pull', repositories: 'team-a/*' },
    }),
    { verify: 'pull', repositories: 'team-a/*', 'probe-image': 'contosoacr.azurecr.io/team-a/api' },
    { verify: 'pull', repositories: 'team-a/web', 'probe-image': `team-a/web@sha256:${'a'.repeat(64)}` },
    { verify: 'pull', repositories: 'team-a/*\nteam-c/app', 'probe-image': 'team-b/api:v1' },
    // Without a pull, nothing is refused.
    { verify: 'assignment', repositories: 'team-a/*', 'probe-image': 'team-b/api:v1' },
    { verify: 'pull', repositories: 'team/*' },
    { verify: 'pull', repositories: 'team/*', workloads: '*', ...running },
    // The manifests are the problem, not that there is nothing to pull.
    { verify: 'pull', repositories: 'team/*', manifests: 'gone/*.yaml' },
  ],
  workloads: [
    ...each('workloads', ['kube-*', '*\n!kube-*', 'a, b', 'Shop', '!kube-system', 'shop\n!shop']),
    { verify: 'pull', ...running },
    { verify: 'pull', workloads: 'shop', ...running },
    { verify: 'assignment', ...running },
  ],
  'the drift issue': [
    ...each('drift-issue', ['yes', 'off', 'a\nb', 'x'.repeat(101)], { mode: 'check' }),
    ...each('mode', ['check', 'attach'], { 'drift-issue': 'true', 'github-token': '' }),
  ],
  'a merge': [
    { ...merge, fleet: '[oops' },
    {
      ...{ mode: 'merge', fleet: '{"cluster":"*"}', 'github-token': '', 'drift-issue': 'true', 'fail-on-drift': 'no' },
    },
  ],
  'several inputs': [
    { 'probe-with': 'ssh', 'probe-nodes': 'some', 'fail-on-drift': 'maybe' },
    { timeout: 'soon', manifests: 'charts/*.yaml\nk8s/*.none' },
    { images: 'nginx:1\nghcr.io/team/app:v1', 'source-password': 'hunter2' },
  ],
}

beforeEach(giveDefaults)

describe('problems', () => {
  it.each(Object.keys(steps))('with %s are as in problems/', async topic => {
    const shown: string[] = []
    for (const given of steps[topic] ?? []) {
      giveDefaults()
      for (const [name, value] of Object.entries(given)) give(name, value)
      const problems = await readProblems()
      const inputs = Object.entries(given).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      shown.push([inputs.join(', '), ...(problems.length > 0 ? problems : ['  none'])].join('\n'))
    }
    const text = `${shown.join('\n\n')}\n`.replaceAll(process.cwd(), '.')
    await expect(text).toMatchFileSnapshot(`problems/${topic.replaceAll(' ', '-')}.txt`)
  })

  it('with a fleet that is nested too deeply to be written again', async () => {
    for (const [name, value] of Object.entries(merge)) give(name, value)
    give('fleet', `[{"cluster": ${'['.repeat(20_000)}${']'.repeat(20_000)}}]`)
    expect(await readProblems()).toEqual([expect.stringMatching(/^ {2}fleet: found text that is not JSON, /)])
  })
})
