export { byName, distinct, lookUpImage, nameApart, pickOnly, selectStaying } from './lookup.js'
export { checkManifests, findInRegistries } from './manifests.js'
export { checkRunning, selectLost } from './running-findings.js'
export { createRunningLookUp, readSoftDelete, remember } from './running-images.js'
