export { writeHtmlReport } from './write.js'
