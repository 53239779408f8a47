import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { pullMessages, type RequestRecord } from 'azure-simulator'
import { letImport } from '../../support/image-world.js'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { errorsOf } from '../../support/reading.js'
import { expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const

const isCreation = ({ host, method, path }: RequestRecord): boolean =>
  host.includes('azmk8s') && method === 'POST' && path.endsWith('/pods')

describe('a node that joins during the wait', () => {
  onceIt.for(ways)('is asked under probe-nodes: all before the step says yes (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    scenario.whenAnswered(isCreation, () => {
      kubernetes.addPool({ name: 'system', count: 1 })
    })
    const end = await scenario.pull({ 'probe-nodes': 'all', 'probe-with': way, timeout: '90s' })
    expectProven(end, scenario)
    const names = pulls(end).map(({ node }) => node)
    expect(names).toHaveLength(kubernetes.nodes.length)
    expect(names.length).toBeGreaterThan(1)
  })

  onceIt('and does not find the image fails the step', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    scenario.whenAnswered(isCreation, () => {
      kubernetes.addPool({ name: 'late', count: 1 })
      const message = pullMessages.notFound('contosoacr.azurecr.io/team/app:v1')
      kubernetes.pullFaults.push({ node: 'late', message })
    })
    const end = await scenario.pull({ 'probe-nodes': 'all', timeout: '90s' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(pulls(end).map(({ pool, verdict }) => [pool, verdict])).toContainEqual(['late', 'not-found'])
  })
})

describe('a pool that should have nodes, none of which has joined', () => {
  const expectLate = (scenario: PullScenario): void => {
    const { agentPoolProfiles } = scenario.cluster.body.properties as { agentPoolProfiles: { name: string }[] }
    const [first] = agentPoolProfiles
    agentPoolProfiles.push({ ...first, name: 'late', ...{ count: 2 } })
  }

  onceIt.for(ways)('is looked for once more at the end, and probed (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    expectLate(scenario)
    scenario.whenAnswered(isCreation, () => {
      scenario.cluster.kubernetes.addPool({ name: 'late', count: 2 })
    })
    const end = await scenario.pull({ 'probe-with': way, timeout: '90s' })
    expectProven(end, scenario)
    expect(pulls(end).filter(({ pool }) => pool === 'late')).toHaveLength(1)
    expect(end.report.findings).toEqual([])
    expect(end.report.notes.join()).not.toContain('late')
  })

  const noticeOf = ({ report }: StepEnd): string => {
    const skipped = report.findings.filter(({ code }) => code === 'POOL_SKIPPED')
    expect(skipped).toMatchObject([{ severity: 'notice' }])
    expect(report.notes.join()).not.toContain('has no nodes')
    return skipped[0]?.message ?? ''
  }

  onceIt('is a notice if none joins', async ({ begin }) => {
    const scenario = letPull(await begin())
    expectLate(scenario)
    const end = await scenario.pull({ timeout: '90s' })
    expectProven(end, scenario)
    expect(noticeOf(end)).toContain(
      'The pool late of aks-prod-1 was not probed: none of its nodes had joined when the nodes were last listed.',
    )
  })

  onceIt('is a notice with the reason if what joins can not be probed', async ({ begin }) => {
    for (const probeNodes of ['one-per-pool', 'all'])
      for (const [arch, reason] of [
        ['arm64', 'no image to pull is built for its nodes (linux/arm64)'],
        ['amd64', 'no node is ready'],
      ] as const) {
        const scenario = letPull(await begin())
        expectLate(scenario)
        scenario.whenAnswered(isCreation, () => {
          const { kubernetes } = scenario.cluster
          kubernetes.addPool({ name: 'late', count: 2, arch })
          for (const { metadata } of kubernetes.nodes)
            if (arch === 'amd64' && metadata.name.startsWith('aks-late')) kubernetes.setReady(metadata.name, false)
        })
        scenario.registry.images.push('team/amd', 'v1', { platforms: ['linux/amd64'] })
        const end = await scenario.pull({ 'probe-image': 'team/amd:v1', 'probe-nodes': probeNodes, timeout: '90s' })
        expect(end.outputs).toMatchObject({ ready: 'true', verified: 'pull' })
        expect(noticeOf(end)).toContain(`The pool late of aks-prod-1 was not probed: ${reason}`)
      }
  })

  onceIt('is a notice if the cluster has no nodes at all, but not if it is stopped', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { store, nodes } = scenario.cluster.kubernetes
    for (const node of [...nodes]) store.remove('nodes', node)
    const end = await scenario.pull({ timeout: '90s' })
    expect(noticeOf(end)).toContain('was not probed: none of its nodes had joined')
    const { agentPoolProfiles } = scenario.cluster.body.properties as { agentPoolProfiles: object[] }
    for (const each of agentPoolProfiles) Object.assign(each, { powerState: { code: 'Stopped' } })
    const stopped = await scenario.pull({ timeout: '90s' })
    expect(stopped.report.findings.filter(({ code }) => code === 'POOL_SKIPPED')).toEqual([])
    expect(stopped.report.notes.join()).toContain('has no nodes in the pool')
  })
})

describe('a quota that counts the pods of others after they are gone', () => {
  onceIt.for(ways)('is waited for at the first try, too (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    kubernetes.addQuota('default', { pods: '1' })
    kubernetes.quotaLagMs = 6000
    const spec = { containers: [{ name: 'main', image: 'mcr.microsoft.com/other:v1' }] }
    const other = kubernetes.addPod({ metadata: { name: 'other' }, spec, status: { phase: 'Running' } })
    const isList = ({ host, path }: RequestRecord): boolean => host.includes('azmk8s') && path.endsWith('/nodes')
    scenario.whenAnswered(isList, () => {
      kubernetes.store.remove('pods', other)
    })
    expectProven(await scenario.pull({ 'probe-with': way, timeout: '90s' }), scenario)
  })

  onceIt('ends the wait after half a minute if it stays full', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    kubernetes.addQuota('default', { pods: '1' })
    const spec = { containers: [{ name: 'main', image: 'mcr.microsoft.com/other:v1' }] }
    kubernetes.addPod({ metadata: { name: 'other' }, spec, status: { phase: 'Running' } })
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '5m' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.report.durationSeconds).toBeGreaterThan(25)
    expect(end.report.durationSeconds).toBeLessThan(150)
  })
})

describe('a missing image in a resource of an operator', () => {
  const acr = 'contosoacr.azurecr.io/team'
  const names = ['prometheus', 'flink', 'spark', 'kafka']
  const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'operators.yaml')
  const documents = [
    `apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: { name: a }\nspec: { image: ${acr}/prometheus:v9, serviceAccountName: prometheus }`,
    `apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\nmetadata: { name: a }\nspec: { image: ${acr}/flink:v9, serviceAccount: flink }`,
    `apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: { name: a }\nspec: { image: ${acr}/spark:v9, driver: { serviceAccount: spark } }`,
    `apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: { name: a }\nspec: { kafka: { image: ${acr}/kafka:v9 } }`,
  ]
  writeFileSync(file, documents.join('\n---\n'))

  onceIt.for(['assignment', 'pull'])('is IMAGE_NOT_FOUND (verify: %s)', async (verify, { begin }) => {
    const scenario = letPull(await begin())
    const end = await scenario.pull({ verify, manifests: file, 'probe-image': '', timeout: '60s' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(end.report.manifests.map(({ image, status, error }) => [image, status, error?.code])).toEqual(
      names.map(name => [`${acr}/${name}:v9`, 'missing', 'IMAGE_NOT_FOUND']),
    )
  })

  onceIt('is IMAGE_NOT_FOUND also if only the nodes can read the registry', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add({ host: 'contosoacr.azurecr.io', status: 403, times: Infinity })
    const end = await scenario.pull({ manifests: file, 'probe-image': '', timeout: '60s' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(errorsOf(end).map(({ code }) => code)).toContain('IMAGE_NOT_FOUND')
    expect(
      pulls(end)
        .map(({ image }) => image)
        .sort(),
    ).toEqual(names.map(name => `${acr}/${name}:v9`).sort())
  })
})

describe('a Windows image in images, without a probe-image', () => {
  const windows = { platforms: ['windows/amd64'] as const }

  onceIt.for([
    ['kubectl', 'the runner reads it'],
    ['kubectl', 'only nodes read it'],
    ['run-command', 'only nodes read it'],
  ] as const)('ends green in a cluster with both systems (%s, %s)', async ([way, who], { begin }) => {
    const agentPools = [
      { name: 'system', count: 1 },
      { name: 'win', count: 1, osType: 'Windows' as const },
    ]
    const scenario = letPull(await begin(), { agentPools })
    letImport(scenario)
    scenario.world.addSourceRegistry('quay.io').push('win/web', 'v1', { platforms: [...windows.platforms] })
    if (who !== 'the runner reads it')
      scenario.simulator.faults.add({ host: 'contosoacr.azurecr.io', status: 403, times: Infinity })
    const end = await scenario.pull({
      images: 'quay.io/win/web:v1',
      'probe-image': '',
      'probe-with': way,
      timeout: '60s',
    })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'pull' })
    expect(pulls(end).map(({ pool, verdict }) => [pool, verdict])).toEqual([['win', 'pulled']])
    expect(end.report.findings.map(({ code, severity }) => [code, severity])).toEqual([['POOL_SKIPPED', 'notice']])
  })
})
