export { explainLate, notReported, type AccessInputs } from './late.js'
export { findOvertaking, overtaken, settledAt } from './overtaken.js'
export { type PullDeps, type Sessions } from './sessions.js'
