export { mergeReports } from './merge.js'
