export { explainLate, findOvertaking, notReported, overtaken, settledAt, type AccessInputs } from './late.js'
export { type PullDeps, type Sessions } from './sessions.js'
