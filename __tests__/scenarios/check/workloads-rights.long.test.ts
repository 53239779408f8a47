import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import { readerRules } from '../../support/documented-roles.js'
import { findingCodes } from '../../support/estate.js'
import { it, type StepEnd } from '../../support/scenario.js'
import { letPull } from '../../support/pull-scenario.js'
import { runsSince } from '../../support/running.js'

const digest = `sha256:${'a'.repeat(64)}`
const image = 'contosoacr.azurecr.io/shop/api:1'
const api = {
  kind: 'Deployment',
  name: 'api',
  spec: { containers: [{ name: 'main', image }] },
  imageIds: { [image]: `contosoacr.azurecr.io/shop/api@${digest}` },
}

/** The numbers in the last line of the log's section about workloads: workloads, pods, clusters, and other images by registry. */
function counts({ log }: StepEnd): string[] {
  const [, section = ''] = /▸ Workloads\n((?: {2}.*\n?)*)/.exec(log) ?? []
  return section.trim().split('\n').at(-1)?.match(/\d+/g) ?? []
}

/** One workload, with one pod on one cluster. */
const used = ['1', '1', '1']

describe.each(['kubectl', 'run-command'])('the rights on workloads, by %s', probeWith => {
  it('are those of docs/workload-reader.yaml, and a missing one is reported at once', async ({ begin }) => {
    const scenario = await begin()
    const { world, deployer, group } = scenario
    const cluster = group.addCluster('aks-aad', { aad: true })
    for (const role of ['Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service Contributor Role'])
      world.assignRole({ principalId: deployer.objectId, role, scope: cluster.id })
    cluster.kubernetes.addWorkload(api)
    const bind = (role: ReturnType<typeof readerRules>) => {
      cluster.kubernetes.bind({ principalId: deployer.objectId, role })
    }
    bind([{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }])
    const inputs = { cluster: 'aks-aad', workloads: '*', 'probe-with': probeWith }
    const refused = await scenario.attach(inputs)
    expect(refused.report.workloads).toMatchObject([{ image: null, errorCode: 'AUTHORIZATION_FAILED' }])

    bind(readerRules())
    const allowed = await scenario.attach({ ...inputs, workloads: 'default\nnowhere' })
    expect(counts(allowed)).toEqual(used)
    expect(findingCodes(allowed)).toContain('FILTER_WITHOUT_EFFECT')
  })

  it('are used by the session that probes the nodes, if there is one', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.cluster.kubernetes.addWorkload(api)
    const end = await scenario.pull({ workloads: '*', 'probe-with': probeWith })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.outputs.verified).toBe('pull')
    expect(counts(end)).toEqual(used)
    const posts = (name: string) => end.requests.filter(({ path, method }) => method === 'POST' && path.endsWith(name))
    // A look at the nodes, one at the workloads, and the round of pulls.
    expect(posts('/runCommand')).toHaveLength(probeWith === 'kubectl' ? 0 : 3)
    expect(posts('/listClusterUserCredential')).toHaveLength(probeWith === 'kubectl' ? 1 : 0)
  })
})

describe('a command inside the cluster', () => {
  it('prints its rows as they are where nothing can compress them', async ({ begin }) => {
    const { attach, world, deployer, cluster } = await begin()
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Azure Kubernetes Service Contributor Role',
      scope: cluster.id,
    })
    cluster.kubernetes.addWorkload(api)
    const folder = mkdtempSync(join(tmpdir(), 'no-gzip-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    writeFileSync(join(folder, 'gzip'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    cluster.kubernetes.runCommand.programs = folder
    expect(counts(await attach({ workloads: '*', 'probe-with': 'run-command' }))).toEqual(used)
  })
})

describe.each(['kubectl', 'run-command'])('a cluster with 10,000 pods, by %s', probeWith => {
  it('is read whole, in pages', async ({ begin }) => {
    const scenario = await begin()
    const { world, deployer, cluster } = scenario
    for (const role of ['Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service Contributor Role'])
      world.assignRole({ principalId: deployer.objectId, role, scope: cluster.id })
    for (let index = 0; index < 1000; index += 1) {
      const [app, proxy] = [
        `contosoacr.azurecr.io/team-${index % 50}/app-${index}:1.${index}`,
        'docker.io/envoy/envoy:1',
      ]
      const hash = (text: string): string => `sha256:${Buffer.from(text).toString('hex').padStart(64, '7').slice(-64)}`
      cluster.kubernetes.addWorkload({
        kind: 'Deployment',
        name: `app-${index}`,
        pods: 10,
        spec: {
          containers: [
            { name: 'main', image: app },
            { name: 'proxy', image: proxy },
          ],
        },
        imageIds: { [app]: `${app.replace(/:.*/, '')}@${hash(app)}`, [proxy]: `docker.io/envoy/envoy@${hash(proxy)}` },
        startedAt: Date.parse(runsSince) + index * 1000,
      })
    }
    const end = await scenario.attach({ workloads: '*', 'probe-with': probeWith })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(counts(end)).toEqual(['1000', '10000', '1', '1'])
    expect(end.requests.filter(({ path }) => path === '/api/v1/pods')).toHaveLength(20)
  })
})
