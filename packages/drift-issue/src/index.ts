export {
  credentialKeys,
  linesOf,
  scopeOfEntries,
  scopeOfFleet,
  scopeOfInputs,
  type StepScope,
  valuesOfScope,
} from './identity.js'
export { type StepOptions } from './keep.js'
