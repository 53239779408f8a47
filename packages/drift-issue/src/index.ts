export { credentialKeys, linesOf, scopeOfFleet, scopeOfInputs } from './identity.js'
export { type StepOptions } from './keep.js'
