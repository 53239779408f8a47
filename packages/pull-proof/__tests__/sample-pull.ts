import type { NodePull } from 'run-model'
import type { PulledImage } from '../src/probe-images.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

/** An image of the input `images` that is in the sample registry. */
export function sampleImage(more: Partial<PulledImage> = {}): PulledImage {
  const image = { reference: 'contosoacr.azurecr.io/app:1', registryId: sampleRegistry().id, isThere: true }
  return { ...image, from: 'images', ...more }
}

/** A pull of that image that ended at once with a verdict. */
export function samplePull(verdict: NodePull['verdict'], more: Partial<NodePull> = {}): NodePull {
  return {
    ...{ node: 'node-1', pool: 'system', os: 'linux', arch: 'amd64', image: sampleImage(), verdict, message: '' },
    ...{ attempts: 1, cacheMs: 3_600_000, startedAt: 0, finishedAt: 1, ...more },
  }
}
