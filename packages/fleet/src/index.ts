export { mergeReports, type MergeInputs } from './merge.js'
