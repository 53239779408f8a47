// The images that a node's status lists.
import type { Kubernetes } from '../../../world/kubernetes.js'
import { chooseListed } from '../../../world/kubernetes-nodes.js'
import type { Node, NodeImage } from '../../../world/kubernetes-objects.js'
import { readReference } from '../objects/references.js'
import type { PulledImage } from './pull.js'

/** Of each image it lists so many names, digests before tags (`pkg/kubelet/nodestatus/setters.go`). */
const maxNames = 5

/**
 * Adds a pulled image to its node's status at once; real kubelets write their list within 40 s (`pkg/kubelet/images`,
 * `imageCache`, every 30 s, and a status every 10 s). Like containerd's, an image is one entry under all its names.
 */
export function createImageList({ store }: Kubernetes): (node: Node, reference: string, pulled: PulledImage) => void {
  /** Names by node and configuration: `repository@digest`, `repository:tag`. */
  const names = new Map<string, Set<string>>()
  return (node, reference, { id, config, sizeBytes }) => {
    const key = `${node.metadata.name} ${config}`
    const { host, repository, reference: tag } = readReference(reference)
    const tagged = tag.includes(':') ? [] : [`${host}/${repository}:${tag}`]
    // A tag names one image.
    for (const [other, had] of names) {
      if (other.startsWith(`${node.metadata.name} `)) for (const name of tagged) had.delete(name)
    }
    const own = new Set([...(names.get(key) ?? []), id, ...tagged])
    names.set(key, own)
    const isDigest = (name: string): boolean => name.includes('@')
    const listed = [...own].sort((a, b) => Number(isDigest(b)) - Number(isDigest(a))).slice(0, maxNames)
    const current = store.find('nodes', undefined, node.metadata.name)
    if (current === undefined) return
    store.update<Node>('nodes', current, draft => {
      const others = (draft.status.images ?? []).flatMap((image): NodeImage[] => {
        if (image.names.some(name => own.has(name) && isDigest(name))) return []
        return [{ ...image, names: image.names.filter(name => !tagged.includes(name)) }]
      })
      draft.status.images = chooseListed([...others, { names: listed, sizeBytes }])
    })
  }
}
