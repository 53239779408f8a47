import type { ImageRequest } from './image-reference.js'

/**
 * What nodes pull where nothing else is named: the pause image that AKS nodes themselves start every pod with, half a megabyte, for amd64 and
 * arm64 (kubernetes-sigs/image-builder pull request 1068; Azure/AgentBaker `parts/common/components.json`). It is imported once into a
 * repository of the action's own, and stays there.
 */
export const pauseImage: ImageRequest = {
  text: 'mcr.microsoft.com/oss/kubernetes/pause:3.9',
  source: { host: 'mcr.microsoft.com', repository: 'oss/kubernetes/pause', tag: '3.9', digest: '' },
  repository: 'attach-acr/pause',
  tag: '3.9',
  isProbe: true,
}
