import { createContoso } from 'azure-simulator/contoso'
import { accessOf, startSimulator } from 'azure-simulator'
import { runStep } from 'azure-simulator/runner/step'
import { measured } from './measured-step.js'
import { heading, row, target } from './table.js'

/** The cost of a pull proof. */
interface PullBench {
  nodes: number
  probeWith: 'kubectl' | 'run-command'
  grant: 'direct' | 'group'
  /** Milliseconds from when the nodes could pull to the end of the step. */
  gateMs: number
  /** Number of probe pods. */
  pods: number
  /** Requests to the cluster's API server. */
  apiRequests: number
  /** Commands that Azure ran in the cluster. */
  commands: number
}

/**
 * From the grant until it takes effect. A grant through a group takes longer in Azure, but only the time after that is
 * measured.
 */
const propagationMs = 8000

/** Time until a command starts; 10 to 30 s in Azure. */
const commandStartMs = 3000

/** Proves new grants on clusters of several sizes, one after the other. */
export async function benchPull(): Promise<void> {
  heading(
    `verify: pull on all nodes, a grant takes effect after ${propagationMs / 1000} s, a command starts within ${commandStartMs / 1000} s`,
  )
  for (const nodes of [1, 10, 100]) {
    for (const probeWith of ['kubectl', 'run-command'] as const) {
      for (const grant of ['direct', 'group'] as const) describe(await prove(nodes, probeWith, grant))
    }
  }
}

function describe({ nodes, probeWith, grant, gateMs, pods, apiRequests, commands }: PullBench): void {
  const what = `${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${probeWith}, ${grant}`
  const max = 5 + (probeWith === 'kubectl' ? 0 : commandStartMs / 1000)
  target(`${what}: delay after the nodes could pull`, gateMs / 1000, { max, unit: 's', digits: 1 })
  row(`${what}: pods, API requests`, `${pods}, ${apiRequests}`, commands === 0 ? '' : `through ${commands} commands`)
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
    let endedAt = NaN
    const { exitCode, stdout } = await runStep({
      ...measured,
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
      meanwhile: () => {
        endedAt = Date.now()
      },
    })
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
