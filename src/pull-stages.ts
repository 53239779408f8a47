/** The stages that need Kubernetes: loaded only where pods or manifests are wanted. */
export { checkManifests } from './check-manifests.js'
export { readManifests } from './kubernetes/manifests.js'
export { createProof } from './proof.js'
