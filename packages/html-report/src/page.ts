import script from './browser/page.js?raw'
import style from './browser/page.css?raw'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, redactJson } from 'kernel'
import { annotate, makeTempFolder, setOutput, type Logger } from 'runner'
import { findingsOf, groupProblems, type Problem } from 'report-document'
import { currentRun, version } from 'texts'
import { Markup, isSmall, linkTo, markup } from './markup.js'
import { drawPairs, drawFigures, drawMap } from './pairs.js'
import { drawAdvice, drawImages, drawJobs, drawLists, type PageContent } from './sections.js'

/**
 * Writes the report as an HTML file, and sets its output. A file that can't be written is a warning, like that of the report. Loaded only if the
 * input asks for it.
 */
export function writeHtmlReport(
  { errors, ...found }: Omit<PageContent, 'problems' | 'run'> & { errors: readonly Problem[] },
  log: Logger,
): void {
  const problems = [...groupProblems(errors), ...groupProblems(findingsOf(found.report))]
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

/**
 * The report as one page that loads nothing: its own style and script are the only ones that its policy lets run (www.w3.org/TR/CSP3, "Usage of
 * hashes"), so that text that slipped through the escaping would still do nothing.
 */
export function toPage(content: PageContent): string {
  const { headline, worst, change, report, jobs, run, at, issue } = content
  // The figures say the rest.
  const title = worst !== '' && !isSmall(report) ? worst : headline
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const when = new Date(at).toISOString()
  const { text } = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${headline}</title>
        <style>${new Markup(style)}</style>
      </head>
      <body>
        <a class="skip" href="#found">To what was found</a>
        <header>
          <h1>${title}${change !== '' && markup` <small>${change}</small>`}</h1>
          <p class="soft">
            ${report.mode}${run.name !== '' && markup` · ${linkTo(run.url, run.name)}`} ·
            <time datetime="${when}">${when.slice(0, 16).replace('T', ' ')} UTC</time> · attach-acr ${version}${issue && markup` · drift issue ${linkTo(issue.url, issue.name)}`}
          </p>
        </header>
        <main id="found">
          <div class="top">${drawAdvice(content)} ${drawFigures(content)}</div>
          ${drawMap(content)} ${drawPairs(content)} ${drawImages(report)}
          ${drawJobs(jobs)} ${drawLists(report)}
        </main>
        <button type="button" id="copy" hidden>Copy as Markdown</button>
        <script>${new Markup(script)}</script>
      </body>
    </html>
`
  return text
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`
