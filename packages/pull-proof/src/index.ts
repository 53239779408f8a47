export { type PullDeps, type Sessions } from './sessions.js'
