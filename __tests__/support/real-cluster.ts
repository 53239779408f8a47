import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createContoso, type Contoso } from 'azure-simulator/contoso'
import { startSimulator, type Registry, type RegistryOptions, type Simulator, type Timing } from 'azure-simulator'
import {
  openCluster,
  retrying,
  testLabel,
  type RealCluster,
  type RealPod,
} from '../../scripts/kubernetes/real-cluster.js'
import { directRegistries } from '../../scripts/kubernetes/node-files.js'
import { openNetwork, type NodeNetwork } from '../../scripts/kubernetes/node-network.js'
import { authorityFolderOf, readSettings, type Settings } from '../../scripts/kubernetes/settings.js'
import { letProbe, pulls } from './pull-scenario.js'
import { runInWorld, type Start, type StepEnd } from './scenario.js'

/** The start of a scenario on a real cluster. */
export interface RealBeginning {
  timing?: Partial<Timing>
  /** Whether the registry exchanges no token of an identity without rights, so that the node has no credential at all. */
  exchangeNeedsRights?: boolean
  /** What the action may do in the cluster: the rules of a ClusterRole; an administrator's by default. */
  rules?: readonly object[]
  /** Whether a RoleBinding limits the rules to the namespace. */
  inNamespace?: boolean
  /** Labels of the namespace for the probe pods. */
  labels?: Record<string, string>
  /** Whether nodes reach the registry without the proxy, as the fixture `network` lets them; with these options. */
  direct?: RegistryOptions
}

/** A namespace in the real cluster, and a simulated Azure with its own registry. */
export interface RealScenario extends Pick<Contoso, 'world' | 'group' | 'deployer'> {
  simulator: Simulator
  cluster: RealCluster
  registry: Registry
  /** The namespace of the probe pods. */
  namespace: string
  /** Runs the step with these inputs, for the cluster and its registry. */
  run: (inputs?: Record<string, string>) => Promise<StepEnd>
  /** Runs the step with `verify: pull` and `team/app:v1`. */
  pull: (inputs?: Record<string, string>, start?: Start) => Promise<StepEnd>
  /** The pods in the namespace that are not being deleted. */
  pods: () => Promise<RealPod[]>
  /** Changes the token that the action gets for the cluster. */
  useToken: (token: string) => void
}

/**
 * `it` on the real cluster. One scenario at a time, because all simulators listen at the same address. Every registry has another name, so that no
 * node has its layers or a credential for it.
 */
export const it = test.extend<{
  begin: (beginning?: RealBeginning) => Promise<RealScenario>
  /** A command of the user of these tests; skips the test if there is none. */
  commandFor: (setting: keyof typeof commandOptions) => string
  /** The network of all nodes, which is restored afterwards; skips the test if no command changes it. */
  network: NodeNetwork['set']
}>({
  begin: async ({ task }, use) => {
    const begun: (RealScenario & { end: () => Promise<void> })[] = []
    await use(async beginning => {
      const scenario = await startReal(readSettings(), task.name, beginning)
      begun.push(scenario)
      return scenario
    })
    for (const { simulator, end } of begun) {
      await end()
      // The nodes' runtimes may ask for images of others, too.
      expect(simulator.problems.filter(problem => !problem.startsWith('refused a connection to '))).toEqual([])
    }
  },
  commandFor: async ({ skip }, use) => {
    await use(setting => {
      const command = readSettings()[setting]
      if (command === '') skip(`${commandOptions[setting]} names no command`)
      return command
    })
  },
  network: async ({ commandFor }, use) => {
    commandFor('onNode')
    const settings = readSettings()
    const nodes = await (await openCluster(settings.kubeconfig)).readyNodes()
    const network = openNetwork(
      settings,
      nodes.map(({ metadata }) => metadata.name),
    )
    try {
      await use(network.set)
    } finally {
      await network.close()
    }
  },
})

const commandOptions = {
  restartApiServer: '--restart-api-server',
  stopNode: '--stop-node',
  startNode: '--start-node',
  onNode: '--on-node',
} as const

let lastDirect = -1

/** A registry whose credential no node has: every ten seconds another one, and nodes keep credentials for five minutes. */
async function freshDirect(): Promise<string> {
  const now = (): number => Math.floor(Date.now() / 10_000) % directRegistries.length
  while (now() === lastDirect) await pause(500)
  lastDirect = now()
  return directRegistries[lastDirect] ?? ''
}

async function startReal(
  settings: Settings,
  test: string,
  { timing, exchangeNeedsRights = false, rules, inNamespace = false, labels, direct: directly }: RealBeginning = {},
): Promise<RealScenario & { end: () => Promise<void> }> {
  const cluster = await openCluster(settings.kubeconfig)
  const id = randomBytes(4).toString('hex')
  const namespace = `${testLabel}-${id}`
  await cluster.addNamespace(namespace, labels)
  await cluster.kubectl(['annotate', 'namespace', namespace, `${testLabel}/test=${test}`])
  const removeRole = await addAccount(cluster, namespace, rules, inNamespace)
  const token = (
    await cluster.kubectl(['create', 'token', account, '--namespace', namespace, '--duration', '2h'])
  ).trim()

  const contoso = createContoso()
  const { world, group, deployer } = contoso
  world.exchangeNeedsRights = exchangeNeedsRights
  const registry = group.addRegistry(directly ? await freshDirect() : `real${id}`, directly)
  world.assignRole({
    principalId: deployer.objectId,
    role: 'Role Based Access Control Administrator',
    scope: registry.id,
  })
  const external = { kubeconfig: cluster.kubeconfigFor(token) }
  // Without agent pools: the nodes of other clusters have no pool.
  const probed = letProbe({ ...contoso, registry }, { external, withoutPoolProfiles: 'absent' })
  // The same image everywhere has layers that the node has kept from another scenario.
  registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], content: id })
  const simulator = await startSimulator({
    world,
    listen: settings.listen,
    authorityFolder: authorityFolderOf(settings),
    machine: { userAssigned: [probed.cluster.kubeletIdentity] },
    ...(timing && { timing }),
  })
  // The API server is real: nothing simulated is in between.
  const direct = [new URL(`https://${cluster.host}`).hostname, 'localhost', '127.0.0.1'].join(',')
  const run = (inputs: Record<string, string> = {}, start: Start = {}): Promise<StepEnd> =>
    runInWorld(
      contoso,
      simulator,
      { cluster: probed.cluster.name, registry: registry.name, 'probe-with': 'kubectl', ...inputs },
      { ...start, environment: { NO_PROXY: direct, no_proxy: direct, ...start.environment } },
    )
  const pulling = { verify: 'pull', 'probe-image': 'team/app:v1', 'probe-namespace': namespace, timeout: '2m' }
  return {
    world,
    group,
    deployer,
    simulator,
    cluster,
    registry,
    namespace,
    run,
    pull: (inputs, start) => run({ ...pulling, ...inputs }, start),
    async pods() {
      const { items } = await cluster.read<{ items: RealPod[] }>('get', 'pods', '--namespace', namespace)
      return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    },
    useToken(other) {
      external.kubeconfig = cluster.kubeconfigFor(other)
    },
    async end() {
      await simulator.close()
      await retrying(removeRole, 120_000)
      await retrying(() => cluster.kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']))
    },
  }
}

/** The service account that the action acts as. */
const account = 'attach-acr'

/** Adds it, with its rights in the whole cluster. @returns a function that removes them */
async function addAccount(
  cluster: RealCluster,
  namespace: string,
  rules: readonly object[] | undefined,
  inNamespace: boolean,
): Promise<() => Promise<unknown>> {
  const metadata = { name: namespace, labels: { [testLabel]: 'true' } }
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  await cluster.apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } },
    ...(rules ? [{ apiVersion, kind: 'ClusterRole', metadata, rules }] : []),
    {
      apiVersion,
      kind: inNamespace ? 'RoleBinding' : 'ClusterRoleBinding',
      metadata: { ...metadata, ...(inNamespace && { namespace }) },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: rules ? namespace : 'cluster-admin',
      },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    },
  )
  return () =>
    cluster.kubectl(['delete', 'clusterrolebinding,clusterrole', namespace, '--ignore-not-found', '--wait=false'])
}

/** Expects the proof in outputs and report, and no probe pod left. */
export async function expectProvenOn(end: StepEnd, { pods }: RealScenario): Promise<void> {
  expect(end.outputs['error-code'], end.log).toBe('')
  expect(end).toMatchObject({ exitCode: 0, stderr: '' })
  expect(end.outputs).toMatchObject({ attached: 'true', verified: 'pull' })
  expectPulls(end, { verdict: 'pulled' })
  await expectNoPods(pods)
}

/** Expects the same of every pull: a cluster has one per pool. */
export function expectPulls(end: StepEnd, expected: object): void {
  expect(pulls(end).length, end.log).toBeGreaterThan(0)
  for (const pull of pulls(end)) expect(pull, end.log).toMatchObject(expected)
}

/** Expects that no probe pod is left. */
export async function expectNoPods(pods: RealScenario['pods']): Promise<void> {
  expect((await pods()).map(({ metadata }) => metadata.name)).toEqual([])
}

/** Waits for the first probe pod. @returns its node */
export async function whenProbed({ pods }: RealScenario): Promise<string> {
  return retrying(async () => {
    const [pod] = await pods()
    if (pod?.spec.nodeName === undefined) throw new Error('there is no probe pod')
    return pod.spec.nodeName
  }, 60_000)
}
