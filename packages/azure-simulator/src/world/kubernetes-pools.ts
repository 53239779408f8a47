// Node events: nodes join, leave, become ready or not, are cordoned, or are full.
import { createNode, nodeConditions, type NodePlace, type NodePool } from './kubernetes-nodes.js'
import type { Node, Pod } from './kubernetes-objects.js'
import type { ObjectStore } from './kubernetes-store.js'

/** Changes the nodes of a cluster. */
export interface NodeActions {
  /** Adds nodes in a new or existing pool. */
  addPool(pool: Pick<NodePool, 'name'> & Partial<NodePool> & { skewMs?: number }): Node[]
  /**
   * Removes the node for good, as in a spot eviction or a scale-down. Pod garbage collection removes its pods later.
   */
  removeNode(name: string): void
  updateNode(name: string, change: (node: Node) => void): void
  /** A node that isn't ready starts no pods. */
  setReady(name: string, isReady: boolean): void
  cordon(name: string): void
  /**
   * Leaves no room on a node for another pod of any size: its kubelet answers OutOfpods, or for pods with requests
   * OutOfcpu or OutOfmemory.
   */
  fillNode(name: string, resource?: 'pods' | 'cpu' | 'memory'): void
}

/** Binds the actions to a cluster's objects; `skew` receives each node's extra delay in seeing group memberships. */
export function createNodeActions(store: ObjectStore, place: NodePlace, skew: Map<string, number>): NodeActions {
  const counts = new Map<string, number>()
  let hosts = 3

  const findNode = (name: string): Node => {
    const node = store.find('nodes', undefined, name)
    if (node === undefined) throw new Error(`there is no node ${name}`)
    return node
  }
  const keep = (node: Node): Node => store.create('nodes', node)
  const nextAddress = (): string => {
    hosts += 1
    return `10.224.${String(Math.floor(hosts / 256))}.${String(hosts % 256)}`
  }

  const actions: NodeActions = {
    addPool({ skewMs = 0, ...options }) {
      const pool: NodePool = {
        count: 1,
        mode: 'User',
        osType: 'Linux',
        arch: 'amd64',
        vmSize: 'Standard_D4ds_v5',
        taints: [],
        labels: {},
        ...options,
      }
      const known = counts.get(pool.name) ?? 0
      counts.set(pool.name, known + pool.count)
      return Array.from({ length: pool.count }, (_, index) => {
        const node = keep(createNode(place, pool, known + index, nextAddress()))
        skew.set(node.metadata.name, skewMs * (known + index))
        return node
      })
    },
    removeNode(name) {
      store.remove('nodes', findNode(name))
    },
    updateNode(name, change) {
      store.update('nodes', findNode(name), change)
    },
    setReady(name, isReady) {
      actions.updateNode(name, ({ spec, status }) => {
        status.conditions = nodeConditions(isReady)
        const others = spec.taints?.filter(({ key }) => key !== 'node.kubernetes.io/unreachable') ?? []
        const effects = isReady ? [] : ['NoSchedule', 'NoExecute']
        spec.taints = [...others, ...effects.map(effect => ({ key: 'node.kubernetes.io/unreachable', effect }))]
      })
    },
    cordon(name) {
      actions.updateNode(name, ({ spec }) => {
        spec.unschedulable = true
        spec.taints = [...(spec.taints ?? []), { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]
      })
    },
    fillNode(name, resource = 'pods') {
      const { allocatable } = findNode(name).status
      const there = store.list('pods').filter(({ spec }) => spec.nodeName === name).length
      const fillers = resource === 'pods' ? Number(allocatable.pods) - there : 1
      const requests = resource === 'pods' ? {} : { [resource]: allocatable[resource] ?? '0' }
      for (let index = 0; index < fillers; index += 1) {
        store.create<Pod>('pods', {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: `filler-${name}-${resource}-${String(index)}`, namespace: 'kube-system' },
          spec: {
            nodeName: name,
            restartPolicy: 'Always',
            containers: [{ name: 'main', image: 'mcr.microsoft.com/filler:v1', resources: { requests } }],
          },
          // They are already running, so their node doesn't pull for them.
          status: { phase: 'Running' },
        })
      }
    },
  }
  return actions
}
