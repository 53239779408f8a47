export {
  everything,
  joinReaches,
  maxConditionBytes,
  notUnderstood,
  readRepositoryCondition,
  repositoryCondition,
  widenCondition,
  type Reach,
} from './condition.js'
export {
  allRepositories,
  bootstrapRepositories,
  coversRepositories,
  describeRepositories,
  describeUnreached,
  mayOverlap,
  type RepositoryPattern,
} from './pattern.js'
export { parseCondition, type Condition } from './syntax.js'
