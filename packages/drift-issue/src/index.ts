export { unseen, unused, type Fate, type FormerDrift, type SettleDrift } from './former-drift.js'
export { keepIssue } from './keep.js'
