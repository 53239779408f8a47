import { describe, expect } from 'vitest'
import type { Contoso } from 'azure-simulator/contoso'
import type { Cluster, RunningWorkload } from 'azure-simulator'
import { it, type StepEnd } from '../../support/scenario.js'

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`

/** A workload that runs `contosoacr.azurecr.io/<image>` with a digest. */
const run = (image: string, more: Partial<RunningWorkload> & { name: string }, letter = 'a'): RunningWorkload => {
  const full = `contosoacr.azurecr.io/${image}`
  return {
    kind: 'Deployment',
    namespace: 'shop',
    spec: { containers: [{ name: 'main', image: full }] },
    imageIds: { [full]: `${full.replace(/:.*/, '')}@${digest(letter)}` },
    ...more,
  }
}

/** Lets the deployer enter a cluster, as its administrator if it has local accounts only. */
function letEnter({ world, deployer }: Contoso, cluster: Cluster): void {
  for (const role of ['Azure Kubernetes Service Cluster User Role', 'Azure Kubernetes Service Contributor Role'])
    world.assignRole({ principalId: deployer.objectId, role, scope: cluster.id })
}

/** The numbers in the last line of the log's section about workloads: workloads, pods, clusters, and other images by registry. */
function counts({ log }: StepEnd): string[] {
  const [, section = ''] = /▸ Workloads\n((?: {2}.*\n?)*)/.exec(log) ?? []
  return section.trim().split('\n').at(-1)?.match(/\d+/g) ?? []
}

/** The lists of pods and of what makes them that the API server answered. */
const lists = ({ requests }: StepEnd): string[] =>
  requests.flatMap(({ method, path, host }) =>
    method === 'GET' && host.includes('.azmk8s.io') && /\/(pods|\w+sets|deployments|\w*jobs)$/.test(path) ? path : [],
  )

describe.each(['kubectl', 'run-command'])('workloads, by %s', probeWith => {
  it('are counted with their pods, and images of others by registry', async ({ begin }) => {
    const scenario = await begin()
    const { kubernetes } = scenario.cluster
    letEnter(scenario, scenario.cluster)
    for (const name of ['shop', 'web']) kubernetes.addNamespace(name)
    kubernetes.addWorkload(run('shop/api:1.4', { name: 'api', pods: 3 }))
    kubernetes.addWorkload(run('shop/api:1.4', { name: 'ended', kind: 'Pod', phase: 'Succeeded' }))
    kubernetes.addWorkload(run('shop/db:1', { name: 'db', kind: 'StatefulSet', namespace: 'web' }))
    const nginx = { name: 'main', image: 'nginx:1.27' }
    const redis = { name: 'main', image: 'docker.io/library/redis:7' }
    kubernetes.addWorkload({ kind: 'Pod', name: 'nginx', namespace: 'web', spec: { containers: [nginx] } })
    kubernetes.addWorkload({ kind: 'Pod', name: 'redis', namespace: 'shop', spec: { containers: [redis] } })

    const all = await scenario.attach({ workloads: '*', 'probe-with': probeWith })
    expect(all).toMatchObject({ exitCode: 0, stderr: '' })
    expect(counts(all)).toEqual(['2', '4', '1', '2'])
    const once = ['/api/v1/pods', '/apis/apps/v1/deployments', '/apis/batch/v1/cronjobs', '/apis/batch/v1/jobs']
    expect(lists(all).sort()).toEqual(
      [...once, ...['daemonsets', 'replicasets', 'statefulsets'].map(name => `/apis/apps/v1/${name}`)].sort(),
    )

    const some = await scenario.attach({ workloads: '*\n!web', 'probe-with': probeWith })
    expect(counts(some)).toEqual(['1', '3', '1', '1'])
    const named = await scenario.attach({ workloads: 'web\nnowhere', 'probe-with': probeWith })
    expect(named.exitCode).toBe(0)
    expect(counts(named)).toEqual(['1', '1', '1', '1'])
    const withoutEffect = ({ report }: StepEnd) =>
      report.findings.filter(({ code }) => code === 'FILTER_WITHOUT_EFFECT')
    expect(withoutEffect(named)).toMatchObject([{ severity: 'warning', subject: scenario.cluster.id }])
    expect(withoutEffect(named)[0]?.message).toContain('nowhere')
    expect(withoutEffect(some)).toEqual([])
    expect(kubernetes.podsCreated.filter(({ metadata }) => metadata.labels?.['attach-acr/probe'])).toEqual([])
  })
})
