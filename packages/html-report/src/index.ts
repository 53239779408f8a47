export { writeHtmlReport } from './page.js'
export type { JobRow } from './sections.js'
