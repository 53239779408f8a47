export { writeHtmlReport } from './page.js'
