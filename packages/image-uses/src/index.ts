export { findUsed, lookUpImage } from './lookup.js'
export { checkManifests } from './manifests.js'
export { checkRunning, selectLost } from './running-findings.js'
export { createRunningLookUp, readSoftDelete, rememberImports } from './running-images.js'
