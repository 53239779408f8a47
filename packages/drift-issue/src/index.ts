export { keepIssue } from './keep.js'
export type { AskedReports } from './leaving.js'
