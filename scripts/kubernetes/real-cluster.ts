// A real cluster, through kubectl.
import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'

export interface RealCluster {
  /** The host of the API server, with its port. */
  readonly host: string
  /** Runs kubectl as the cluster's administrator. @returns its standard output. @throws Error with its standard error */
  kubectl(args: readonly string[], input?: unknown): Promise<string>
  /** The parsed output of `--output json`. */
  read<T>(...args: string[]): Promise<T>
  /** Creates or updates objects. */
  apply(...objects: object[]): Promise<void>
  /** Creates a namespace with a default service account. Everything of these tests has the label `testLabel`. */
  addNamespace(name: string, labels?: Record<string, string>): Promise<void>
  /** A kubeconfig for this cluster with a token. */
  kubeconfigFor(token: string): string
  /** The Linux nodes that are ready. */
  readyNodes(): Promise<RealNode[]>
  /** Deletes what earlier runs of these tests have left. */
  sweep(): Promise<void>
}

export interface RealNode {
  metadata: { name: string; labels: Record<string, string> }
  spec: { unschedulable?: boolean }
  status: {
    allocatable: { cpu: string }
    images?: { names?: string[] }[]
    nodeInfo: { operatingSystem: string; architecture: string; kubeletVersion: string; containerRuntimeVersion: string }
    conditions: { type: string; status: string }[]
  }
}

export interface RealPod {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { nodeName?: string }
  status: {
    containerStatuses?: {
      imageID: string
      state: { waiting?: { reason: string; message?: string } }
    }[]
  }
}

/** The label of all objects of the tests, and its value. */
export const testLabel = 'attach-acr-tests'

/** Opens the cluster of a kubeconfig's current context. */
export async function openCluster(kubeconfig: string): Promise<RealCluster> {
  const kubectl: RealCluster['kubectl'] = (args, input) =>
    new Promise((resolve, reject) => {
      const child = execFile(
        'kubectl',
        ['--kubeconfig', kubeconfig, ...args],
        { timeout: 60_000, maxBuffer: 50_000_000 },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout)
          else reject(new Error(stderr.trim() || error.message))
        },
      )
      child.stdin?.on('error', () => undefined).end(input === undefined ? undefined : JSON.stringify(input))
    })
  const read = async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl([...args, '--output', 'json'])) as T
  const { clusters } = await read<{ clusters: { name: string; cluster: { server: string } }[] }>(
    ...['config', 'view', '--raw', '--minify', '--flatten'],
  )
  const [entry] = clusters
  if (entry === undefined) throw new Error(`${kubeconfig} names no cluster`)

  const apply = async (...objects: object[]): Promise<void> => {
    await kubectl(['apply', '--filename', '-'], { apiVersion: 'v1', kind: 'List', items: objects })
  }
  return {
    host: new URL(entry.cluster.server).host,
    kubectl,
    read,
    apply,
    async addNamespace(name, labels = {}) {
      await apply({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { [testLabel]: 'true', ...labels } },
      })
      // A controller creates it a moment later, and no pod can be created before. After a restart of the API server, controllers wait for up to a minute
      // before they watch again (client-go `tools/cache`, `NewReflectorWithOptions`).
      await retrying(() => kubectl(['get', 'serviceaccount', 'default', '--namespace', name]), 120_000)
    },
    kubeconfigFor: token =>
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ ...entry, name: 'real' }],
        contexts: [{ name: 'real', context: { cluster: 'real', user: 'runner' } }],
        'current-context': 'real',
        users: [{ name: 'runner', user: { token } }],
      }),
    async readyNodes() {
      const { items } = await read<{ items: RealNode[] }>('get', 'nodes')
      return items.filter(
        ({ status }) =>
          status.nodeInfo.operatingSystem === 'linux' &&
          status.conditions.some(condition => condition.type === 'Ready' && condition.status === 'True'),
      )
    },
    async sweep() {
      const selected = ['--selector', testLabel, '--wait=false', '--ignore-not-found']
      await kubectl([
        'delete',
        'namespaces,clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations',
        ...selected,
      ])
      // Not in Kubernetes before 1.30.
      const policies = 'validatingadmissionpolicybindings,validatingadmissionpolicies'
      await kubectl(['delete', policies, ...selected]).catch(() => undefined)
    },
  }
}

/** Tries every half second for half a minute, or as long as given. @throws the last error */
export async function retrying<T>(work: () => Promise<T>, forMs = 30_000): Promise<T> {
  const until = Date.now() + forMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > until) throw error
      await pause(500)
    }
  }
}
