import { createContoso } from '../simulator/contoso.js'
import { startSimulator } from '../simulator/index.js'
import { runStep } from '../simulator/runner/step.js'
import { accessOf } from '../simulator/world/cluster-access.js'

/** How a proof was asked for, and what it took. */
export interface PullBench {
  nodes: number
  probeWith: 'kubectl' | 'run-command'
  grant: 'direct' | 'group'
  /** Milliseconds from when the nodes could pull until the step had ended. */
  gateMs: number
  /** Probe pods that were created. */
  pods: number
  /** Requests that the cluster's API server answered. */
  apiRequests: number
  /** Commands that Azure ran in the cluster. */
  commands: number
}

/** From the grant until it counts. A grant through a group takes longer in Azure, but what is measured is what comes after it. */
export const propagationMs = 8000

/** What a command takes to start; 10 to 30 s in Azure. */
export const commandStartMs = 3000

/** Proves fresh grants on clusters of several sizes, one after the other. */
export async function* benchPull(): AsyncGenerator<PullBench> {
  for (const nodes of [1, 10, 100]) {
    for (const probeWith of ['kubectl', 'run-command'] as const) {
      for (const grant of ['direct', 'group'] as const) yield await prove(nodes, probeWith, grant)
    }
  }
}

async function prove(nodes: number, probeWith: PullBench['probeWith'], grant: PullBench['grant']): Promise<PullBench> {
  const { world, group, registry, deployer, variables } = createContoso()
  const cluster = group.addCluster('aks-bench', { agentPools: [{ name: 'system', count: nodes }] })
  world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: cluster.id })
  world.grantGraphPermission(deployer, 'Application.Read.All', 'GroupMember.ReadWrite.All', 'Group.Read.All')
  const pullers = world.addGroup('acr-pullers')
  registry.images.push('team/app', 'v1')
  const simulator = await startSimulator({
    world,
    timing: {
      runCommandStartMs: commandStartMs,
      ...(grant === 'direct' ? { propagationMs } : { groupPropagationMs: propagationMs }),
    },
  })
  try {
    const { exitCode, stdout } = await runStep({
      inputs: {
        cluster: cluster.id,
        registry: registry.id,
        verify: 'pull',
        'probe-image': 'team/app:v1',
        'probe-nodes': 'all',
        'probe-with': probeWith,
        ...(grant === 'group' ? { group: pullers.objectId } : {}),
      },
      environment: { ...simulator.environment, ...simulator.runnerEnvironment, ...variables },
    })
    const endedAt = Date.now()
    if (exitCode !== 0) throw new Error(`the step failed:\n${stdout}`)
    const { fqdn } = accessOf(cluster)
    const writes = simulator.requests.filter(({ method, path, status }) =>
      grant === 'direct'
        ? method === 'PUT' && path.includes('/roleAssignments/')
        : method === 'POST' && path.endsWith('/members/$ref') && status < 300,
    )
    const grantedAt = Math.max(...writes.map(({ at, durationMs }) => at + durationMs))
    return {
      ...{ nodes, probeWith, grant },
      gateMs: endedAt - (grantedAt + propagationMs),
      pods: cluster.kubernetes.podsCreated.length,
      apiRequests: simulator.requests.filter(({ host }) => host === fqdn).length,
      commands: simulator.requests.filter(({ method, path }) => method === 'POST' && /\/runCommand$/i.test(path))
        .length,
    }
  } finally {
    await simulator.close()
  }
}
