// Checks one by one what the tests on a real cluster need, and says what is missing and how to provide it.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { createContoso } from 'azure-simulator/contoso'
import { startSimulator, type Registry, type Simulator } from 'azure-simulator'
import { isInstalled } from 'azure-simulator/runner/installed'
import { nodeFolder, kubeletOptions, proxyOf } from './node-files.js'
import { openNetwork } from './node-network.js'
import { openCluster, retrying, testLabel, type RealCluster, type RealNode, type RealPod } from './real-cluster.js'
import { authorityFolderOf, type Settings } from './settings.js'

/** Something that is missing, and how to provide it. */
export class Missing extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.remedy = remedy
  }
}

/** How long a node may take to pull an image of a few kilobytes. */
const pullMs = 90_000

/**
 * Checks everything, and reports each thing that is there.
 * @throws Missing for the first thing that is not
 */
export async function checkPrerequisites(settings: Settings, report: (line: string) => void): Promise<void> {
  if (!existsSync('dist/index.js')) throw new Missing('dist/index.js does not exist.', 'Build it: npm run build')
  const { kubeconfig } = settings
  if (kubeconfig === '') {
    throw new Missing('No cluster is named.', 'Name a kubeconfig with --kubeconfig FILE; --help shows all options.')
  }
  if (!existsSync(kubeconfig))
    throw new Missing(`${kubeconfig} does not exist.`, 'Name another file with --kubeconfig.')
  if (!isInstalled('kubectl'))
    throw new Missing('kubectl is not on the PATH.', 'Install it: kubernetes.io/docs/tasks/tools')
  const cluster = await openCluster(kubeconfig).catch((error: unknown) => {
    throw new Missing(`kubectl can't read ${kubeconfig}: ${textOf(error)}`, 'Check its current context.')
  })
  await checkApiServer(cluster, report)
  const nodes = await cluster.readyNodes()
  if (nodes.length === 0) throw new Missing('No Linux node of the cluster is ready.', 'See kubectl describe nodes.')
  await cluster.sweep()
  await checkNetwork(settings, nodes)
  const simulator = await startChecker(settings, nodes.length)
  try {
    await checkNodes(settings, cluster, nodes, simulator, report)
  } finally {
    await simulator.close()
  }
}

/** Takes back what a killed run has left in the nodes' network. */
async function checkNetwork(settings: Settings, nodes: readonly RealNode[]): Promise<void> {
  if (settings.onNode === '') return
  const names = nodes.map(({ metadata }) => metadata.name)
  await openNetwork(settings, names)
    .close()
    .catch((error: unknown) => {
      throw new Missing(
        `--on-node does not run commands on the nodes: ${textOf(error)}`,
        'Name a command that runs $COMMAND with sh as root on the node $NODE, which needs iptables.',
      )
    })
}

async function checkApiServer(cluster: RealCluster, report: (line: string) => void): Promise<void> {
  const version = await cluster.kubectl(['get', '--raw', '/version']).catch((error: unknown) => {
    throw new Missing(
      `The API server does not answer: ${textOf(error)}`,
      'Check the server in the kubeconfig, and that it runs.',
    )
  })
  report(`the API server at ${cluster.host} answers: ${(JSON.parse(version) as { gitVersion: string }).gitVersion}`)
  const answer = await cluster.kubectl(['auth', 'can-i', '*', '*', '--all-namespaces']).catch(() => 'no')
  if (answer.trim() !== 'yes') {
    throw new Missing(
      "The kubeconfig's user is no administrator of the cluster.",
      'Bind the ClusterRole cluster-admin to it: the tests create namespaces, roles and an admission policy.',
    )
  }
  report("the kubeconfig's user is an administrator")
}

interface Checker extends Simulator {
  /** One per node, so that their requests can be told apart. */
  registries: Registry[]
}

async function startChecker(settings: Settings, count: number): Promise<Checker> {
  const { world, group, cluster } = createContoso()
  const registries = Array.from({ length: count }, () => {
    const registry = group.addRegistry(`check${randomBytes(4).toString('hex')}`)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    // Nodes list at most five names of an image.
    registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], content: registry.name })
    return registry
  })
  const simulator = await startSimulator({
    world,
    listen: settings.listen,
    authorityFolder: authorityFolderOf(settings),
    machine: { userAssigned: [cluster.kubeletIdentity] },
  }).catch((error: unknown) => {
    throw new Missing(
      `The simulator can't listen at ${settings.listen.host}:${settings.listen.port}: ${textOf(error)}`,
      'Give an address of this machine and a free port with --listen ADDRESS:PORT, and prepare the nodes for it.',
    )
  })
  return { ...simulator, requests: simulator.requests, registries }
}

/** Has each node pull from the simulator. */
async function checkNodes(
  settings: Settings,
  cluster: RealCluster,
  nodes: readonly RealNode[],
  { requests, registries }: Checker,
  report: (line: string) => void,
): Promise<void> {
  const namespace = `${testLabel}-check-${randomBytes(3).toString('hex')}`
  await cluster.addNamespace(namespace)
  try {
    const pods = nodes.map(({ metadata: { name } }, index) =>
      checkPod(name, index, registries[index]?.loginServer ?? ''),
    )
    await retrying(() =>
      cluster.kubectl(['create', '--namespace', namespace, '--filename', '-'], {
        apiVersion: 'v1',
        kind: 'List',
        items: pods,
      }),
    )
    const until = Date.now() + pullMs
    for (const [index, node] of nodes.entries()) {
      let outcome = await readPull(cluster, namespace, index)
      while (!outcome.isPulled && outcome.said === '' && Date.now() < until) {
        await pause(1000)
        outcome = await readPull(cluster, namespace, index)
      }
      const host = registries[index]?.loginServer ?? ''
      const own = requests.filter(request => request.host === host)
      judge(settings, node, outcome, {
        isReached: own.length > 0,
        isExchanged: own.some(({ path, status }) => path === '/oauth2/exchange' && status === 200),
      })
      const { kubeletVersion, containerRuntimeVersion } = node.status.nodeInfo
      report(`${node.metadata.name} pulls from the simulator (kubelet ${kubeletVersion}, ${containerRuntimeVersion})`)
    }
  } finally {
    await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false'])
  }
}

const checkPod = (nodeName: string, index: number, host: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `check-${index}` },
  spec: {
    nodeName,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    tolerations: [{ operator: 'Exists' }],
    // No image has this program: it is only pulled.
    containers: [{ name: 'image', image: `${host}/team/app:v1`, imagePullPolicy: 'Always', command: ['/only-pulls'] }],
  },
})

interface Outcome {
  isPulled: boolean
  /** Why not, in the kubelet's words; empty while it is not decided. */
  said: string
}

async function readPull(cluster: RealCluster, namespace: string, index: number): Promise<Outcome> {
  const { status } = await cluster.read<RealPod>('get', 'pod', `check-${index}`, '--namespace', namespace)
  const [container] = status.containerStatuses ?? []
  const { reason = '', message = '' } = container?.state.waiting ?? {}
  const isRefused = reason === 'ErrImagePull' || reason === 'ImagePullBackOff'
  return { isPulled: (container?.imageID ?? '') !== '', said: isRefused ? message : '' }
}

/** @throws Missing for what the node lacks, from what reached the simulator and from what its kubelet said */
function judge(
  settings: Settings,
  { metadata: { name } }: RealNode,
  { isPulled, said }: Outcome,
  { isReached, isExchanged }: { isReached: boolean; isExchanged: boolean },
): void {
  if (isPulled) return
  const quote = said === '' ? 'Its kubelet said nothing within 90 s.' : `Its kubelet said: ${said}`
  const prepare = 'npm run test:kubernetes -- --prepare writes the files and says where they go'
  if (/x509|certificate/.test(said)) {
    throw new Missing(
      `${name} does not trust the simulator's certificate authority. ${quote}`,
      `Its container runtime must trust ${nodeFolder}/ca.pem, and be restarted: ${prepare}.`,
    )
  }
  if (!isReached) {
    throw new Missing(
      `${name} does not find the simulated registry. ${quote}`,
      `Its container runtime must use the proxy ${proxyOf(settings)}, which must be reachable from the node: ${prepare}.`,
    )
  }
  if (!isExchanged) {
    throw new Missing(
      `${name} has no credential for the simulated registry: its kubelet did not run the credential provider, or that failed. ${quote}`,
      `Its kubelet needs ${kubeletOptions}, and the provider needs curl and the proxy ${proxyOf(settings)}. Its log has the provider's errors. ${prepare}.`,
    )
  }
  throw new Missing(
    `${name} has a credential, but does not pull. ${quote}`,
    'See the events of the node and the log of its runtime.',
  )
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
