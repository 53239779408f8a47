export { findUsed, lookUpImage } from './lookup.js'
export { checkManifests } from './manifests.js'
export { checkRunning, selectLost } from './running-findings.js'
export { createRunningLookUp, readSoftDelete, remember } from './running-images.js'
