export { type Fate, type FormerDrift, type SettleDrift } from './former-drift.js'
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
