import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import { readerRules } from '../../support/documented-roles.js'
import { findingCodes } from '../../support/estate.js'
import { commandsIn } from '../../support/good-advice.js'
import { letPull } from '../../support/pull-scenario.js'
import { runsSince } from '../../support/running.js'
import { it, type Scenario, type StepEnd } from '../../support/scenario.js'

// How workloads are read. What the rows mean is proven in packages/kubernetes, and what is said of their images in packages/image-uses.

const hashOf = (text: string): string => `sha256:${Buffer.from(text).toString('hex').padStart(64, '7').slice(-64)}`

/** A workload that runs `contosoacr.azurecr.io/<image>`. */
const run = (name: string, image: string, more: object = {}) => {
  const full = `contosoacr.azurecr.io/${image}`
  return {
    kind: 'Deployment',
    name,
    spec: { containers: [{ name: 'main', image: full }] },
    imageIds: { [full]: `${full.replace(/:.*/, '')}@${hashOf(full)}` },
    ...more,
  }
}
const api = run('api', 'shop/api:1')

/** The numbers in the last line of the log's section about workloads: workloads, pods, clusters, and other images by registry. */
function counts({ log }: StepEnd): string[] {
  const [, section = ''] = /▸ Workloads\n((?: {2}.*\n?)*)/.exec(log) ?? []
  return section.trim().split('\n').at(-1)?.match(/\d+/g) ?? []
}

/** Lets the deployer enter a cluster, as its administrator if it has local accounts only. */
function letEnter({ world, deployer }: Scenario, { id }: { id: string }): void {
  for (const role of ['Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service Contributor Role'])
    world.assignRole({ principalId: deployer.objectId, role, scope: id })
}

/** The lists of pods and of what makes them that the API server answered. */
const lists = ({ requests }: StepEnd): string[] =>
  requests.flatMap(({ method, path, host }) =>
    method === 'GET' && host.includes('.azmk8s.io') && /\/(pods|\w+sets|deployments|\w*jobs)$/.test(path) ? path : [],
  )

describe.each(['kubectl', 'run-command'])('workloads, by %s', probeWith => {
  it('are read with one list of each kind, of all namespaces or of those of the input', async ({ begin }) => {
    const scenario = await begin()
    const { kubernetes } = scenario.cluster
    letEnter(scenario, scenario.cluster)
    for (const name of ['shop', 'web']) kubernetes.addNamespace(name)
    kubernetes.addWorkload(run('api', 'shop/api:1.4', { namespace: 'shop', pods: 3 }))
    kubernetes.addWorkload(run('db', 'shop/db:1', { kind: 'StatefulSet', namespace: 'web' }))
    const redis = { name: 'main', image: 'docker.io/library/redis:7' }
    kubernetes.addWorkload({ kind: 'Pod', name: 'redis', namespace: 'shop', spec: { containers: [redis] } })

    const all = await scenario.attach({ workloads: '*', 'probe-with': probeWith })
    expect(all).toMatchObject({ exitCode: 0, stderr: '' })
    expect(counts(all)).toEqual(['2', '4', '1', '1'])
    const once = ['/api/v1/pods', '/apis/apps/v1/deployments', '/apis/batch/v1/cronjobs', '/apis/batch/v1/jobs']
    expect(lists(all).sort()).toEqual(
      [...once, ...['daemonsets', 'replicasets', 'statefulsets'].map(name => `/apis/apps/v1/${name}`)].sort(),
    )
    const some = await scenario.attach({ workloads: '*\n!web', 'probe-with': probeWith })
    expect(counts(some)).toEqual(['1', '3', '1', '1'])
    const named = await scenario.attach({ workloads: 'web\nnowhere', 'probe-with': probeWith })
    expect(counts(named)).toEqual(['1', '1', '1'])
    expect(findingCodes(named)).toContain('FILTER_WITHOUT_EFFECT')
  })

  it('need the rights of docs/workload-reader.yaml, and a missing one is reported at once', async ({ begin }) => {
    const scenario = await begin()
    const { world, deployer, group } = scenario
    const cluster = group.addCluster('aks-aad', { aad: true })
    letEnter(scenario, cluster)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: scenario.registry.id })
    cluster.kubernetes.addWorkload(api)
    const bind = (role: ReturnType<typeof readerRules>) => {
      cluster.kubernetes.bind({ principalId: deployer.objectId, role })
    }
    bind([{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }])
    const inputs = { cluster: 'aks-aad', workloads: '*', 'probe-with': probeWith }
    const refused = await scenario.attach(inputs)
    expect(refused.report.workloads).toMatchObject([{ image: null, errorCode: 'AUTHORIZATION_FAILED' }])
    expect(refused.report.findings).toMatchObject([{ code: 'AUTHORIZATION_FAILED', severity: 'warning' }])
    // A check fails, and says the same.
    const check = await scenario.attach({ ...inputs, mode: 'check' })
    expect(check.outputs['error-code']).toBe('AUTHORIZATION_FAILED')
    expect(commandsIn(check.summary)).toEqual([expect.stringContaining('attach-acr-workload-reader')])
    expect(commandsIn(refused.summary)).toEqual(commandsIn(check.summary))

    bind(readerRules())
    expect(counts(await scenario.attach({ ...inputs, workloads: 'default' }))).toEqual(['1', '1', '1'])
  })

  it('are read by the session that probes the nodes, if there is one', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.cluster.kubernetes.addWorkload(api)
    const end = await scenario.pull({ workloads: '*', 'probe-with': probeWith })
    expect(end).toMatchObject({ exitCode: 0, stderr: '', outputs: { verified: 'pull' } })
    expect(counts(end)).toEqual(['1', '1', '1'])
    const posts = (name: string) => end.requests.filter(({ path, method }) => method === 'POST' && path.endsWith(name))
    // A look at the nodes, one at the workloads, and the round of pulls.
    expect(posts('/runCommand')).toHaveLength(probeWith === 'kubectl' ? 0 : 3)
    expect(posts('/listClusterUserCredential')).toHaveLength(probeWith === 'kubectl' ? 1 : 0)
  })

  it('of 10,000 pods are read whole, in pages', async ({ begin }) => {
    const scenario = await begin()
    const { cluster } = scenario
    letEnter(scenario, cluster)
    const proxy = 'docker.io/envoy/envoy:1'
    for (let index = 0; index < 1000; index += 1) {
      const { spec, imageIds, ...own } = run(`app-${index}`, `team-${index % 50}/app-${index}:1.${index}`, { pods: 10 })
      cluster.kubernetes.addWorkload({
        ...own,
        spec: { containers: [...spec.containers, { name: 'proxy', image: proxy }] },
        imageIds: { ...imageIds, [proxy]: `docker.io/envoy/envoy@${hashOf(proxy)}` },
        startedAt: Date.parse(runsSince) + index * 1000,
      })
    }
    const end = await scenario.attach({ workloads: '*', 'probe-with': probeWith })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(counts(end)).toEqual(['1000', '10000', '1', '1'])
    expect(end.requests.filter(({ path }) => path === '/api/v1/pods')).toHaveLength(20)
  })
})

describe('a command inside the cluster', () => {
  it('prints its rows as they are where nothing can compress them', async ({ begin }) => {
    const scenario = await begin()
    const { kubernetes } = scenario.cluster
    letEnter(scenario, scenario.cluster)
    kubernetes.addWorkload(api)
    const folder = mkdtempSync(join(tmpdir(), 'no-gzip-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    writeFileSync(join(folder, 'gzip'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    kubernetes.runCommand.programs = folder
    const end = await scenario.attach({ workloads: '*', 'probe-with': 'run-command' })
    expect(counts(end)).toEqual(['1', '1', '1'])
  })
})
