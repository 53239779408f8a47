export { credentialKeys, linesOf, scopeOfFleet, scopeOfInputs } from './identity.js'
export { type IssueOptions } from './keep.js'
