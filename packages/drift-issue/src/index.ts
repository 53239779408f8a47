export {
  credentialKeys,
  linesOf,
  scopeOfEntries,
  scopeOfFleet,
  scopeOfInputs,
  type StepScope,
  valuesOfScope,
} from './identity.js'
