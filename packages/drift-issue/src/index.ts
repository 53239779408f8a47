export { keepIssue } from './keep.js'
