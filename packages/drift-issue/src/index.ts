export { keepIssue } from './keep.js'
export type { Asked } from './leaving.js'
