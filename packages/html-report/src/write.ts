import { currentRun } from 'texts'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { annotate, makeTempFolder, messageOf, redactJson, setOutput, type Logger } from 'kernel'
import { groupProblems, type Problem } from 'report-document'
import { toPage } from './page.js'
import type { PageContent } from './sections.js'

/**
 * Writes the report as an HTML file, and sets its output. A file that can't be written is a warning, like that of the report. Loaded only if the
 * input asks for it.
 */
export function writeHtmlReport(
  { errors, ...found }: Omit<PageContent, 'problems' | 'run'> & { errors: readonly Problem[] },
  log: Logger,
): void {
  const problems = [...groupProblems(errors), ...groupProblems(found.report.findings)]
  const content: PageContent = { ...found, problems, run: currentRun() }
  try {
    const file = join(makeTempFolder(), 'attach-acr-report.html')
    // The runner masks secrets in logs only.
    writeFileSync(file, toPage(JSON.parse(redactJson(JSON.stringify(content))) as PageContent))
    setOutput('report-html-file', file)
    log.line(`html report  ${file}`)
  } catch (error) {
    annotate('warning', `The HTML report could not be written: ${messageOf(error)}`, 'attach-acr')
  }
}
