import type { ClusterNode } from 'azure'

/** A Linux node that accepts pods. */
export function sampleNode(name: string, more: Partial<ClusterNode> = {}): ClusterNode {
  return {
    name,
    pool: name.replace(/\d+$/, ''),
    os: 'linux',
    arch: 'amd64',
    kubeletVersion: '',
    isReady: true,
    isCordoned: false,
    isVirtual: false,
    isHosted: false,
    isFlex: false,
    taints: [],
    labels: {},
    ...more,
  }
}
