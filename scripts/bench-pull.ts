import { createContoso } from '../simulator/contoso.js'
import { startSimulator, type ClusterOptions, type Timing } from '../simulator/index.js'
import { runStep } from '../simulator/runner/step.js'

/** How long proof takes, in milliseconds. */
export interface PullBench {
  /** From when the node could pull until the step had ended: the most of three runs. */
  kubectl: number
  runCommand: number
  /** Whole steps where the role is there already. */
  oneNode: number
  fiftyNodes: number
  oneNodeByCommand: number
  fiftyNodesByCommand: number
}

/** What a command takes to start; 10 to 30 s in Azure. */
const commandStartMs = 3000

interface Setting {
  nodes?: number
  timing?: Partial<Timing>
  probeWith?: 'kubectl' | 'run-command'
  /** Whether the role is there before. */
  attached?: boolean
}

/** Measures the wait for a node, and the probing of many. */
export async function benchPull(): Promise<PullBench> {
  const slow = { timing: { runCommandStartMs: commandStartMs } }
  const command = { ...slow, probeWith: 'run-command' } as const
  return {
    kubectl: await benchGate({}),
    runCommand: await benchGate(command),
    oneNode: (await prove({ attached: true })).ms,
    fiftyNodes: (await prove({ attached: true, nodes: 50 })).ms,
    oneNodeByCommand: (await prove({ ...command, attached: true })).ms,
    fiftyNodesByCommand: (await prove({ ...command, attached: true, nodes: 50 })).ms,
  }
}

/** The moments at which a grant can take effect between two tries differ: three of them, the worst counts. */
async function benchGate(setting: Setting): Promise<number> {
  const waits: number[] = []
  for (const propagationMs of [6000, 7000, 8000]) {
    const { endedAt, grantedAt } = await prove({ ...setting, timing: { ...setting.timing, propagationMs } })
    waits.push(endedAt - (grantedAt + propagationMs))
  }
  return Math.max(...waits)
}

async function prove({ nodes = 1, timing, probeWith = 'kubectl', attached = false }: Setting) {
  const { world, group, registry, deployer, variables } = createContoso()
  const options: ClusterOptions = { agentPools: [{ name: 'system', count: nodes }] }
  const cluster = group.addCluster('aks-bench', options)
  world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: cluster.id })
  if (attached) world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  registry.images.push('team/app', 'v1')
  const simulator = await startSimulator({ world, ...(timing && { timing }) })
  const inputs = {
    cluster: cluster.id,
    registry: registry.id,
    verify: 'pull',
    'probe-image': 'team/app:v1',
    'probe-nodes': 'all',
    'probe-with': probeWith,
  }
  const startedAt = Date.now()
  const environment = { ...simulator.environment, ...simulator.runnerEnvironment, ...variables }
  const { exitCode, stdout } = await runStep({ inputs, environment })
  const endedAt = Date.now()
  const put = simulator.requests.find(({ method }) => method === 'PUT')
  await simulator.close()
  if (exitCode !== 0) throw new Error(`the step failed:\n${stdout}`)
  return { ms: endedAt - startedAt, endedAt, grantedAt: put ? put.at + put.durationMs : startedAt }
}
