import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { marked } from 'marked'

const require = createRequire(import.meta.url)

const styles = {
  auto: require.resolve('github-markdown-css/github-markdown.css'),
  light: require.resolve('github-markdown-css/github-markdown-light.css'),
  dark: require.resolve('github-markdown-css/github-markdown-dark.css'),
}

/** Which colors a page has. With `auto`, the browser's settings decide. */
type Theme = keyof typeof styles

/** A part of a page: Markdown as GitHub shows it, or a page of its own, such as the HTML report. */
export type Part = { title: string } & ({ markdown: string } | { page: string })

/**
 * Renders parts as one page with GitHub's style, which asks nothing of anybody: a page within it is shown in a frame without rights but its script's. Titles must
 * be plain text.
 */
export async function toPage(parts: readonly Part[], title: string, theme: Theme): Promise<string> {
  const style = readFileSync(styles[theme], 'utf8')
  const rendered = await Promise.all(parts.map(toSection))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme === 'auto' ? 'light dark' : theme}">
<title>${title}</title>
<style>${style}${ownStyle}</style>
</head>
<body class="markdown-body"><main>${rendered.join('\n<hr>\n')}</main>
</body>
</html>
`
}

const ownStyle = `
body.markdown-body { margin: 0 auto; max-width: 64rem; padding: 24px }
.markdown-body p a { text-decoration: underline }
.markdown-body table { display: block; overflow: auto }
.markdown-body iframe { width: 100%; height: 90vh; border: 1px solid var(--borderColor-default, #d1d9e0); border-radius: 6px }
.markdown-body svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: currentColor }
svg .bar { fill: #0969da } svg .crit { fill: #cf222e } svg .done { fill: #1a7f37 } svg line { stroke: #818b98; stroke-opacity: 0.4 }`

async function toSection(part: Part): Promise<string> {
  const head = part.title && `<h1>${escape(part.title)}</h1>`
  if ('page' in part) {
    // The report's own policy holds in its frame, too.
    return `${head}\n<iframe title="${escape(part.title)}" sandbox="allow-scripts" allow="clipboard-write" srcdoc="${escape(part.page)}"></iframe>`
  }
  const html = await marked(part.markdown, { gfm: true })
  // GitHub lets everybody scroll wide tables and blocks with the keyboard, too.
  const reachable = html.replaceAll(/<(table|pre)>/g, '<$1 tabindex="0">')
  return `${head}\n${reachable.replaceAll(/<pre tabindex="0"><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g, (_, text: string) => drawChart(unescape(text)))}`
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' } as const

const escape = (text: string): string => text.replace(/[&<>"']/g, each => entities[each as keyof typeof entities])

const unescape = (text: string): string =>
  Object.entries(entities).reduce((all, [each, entity]) => all.replaceAll(entity, each), text)

/** Height of a line of a chart, and where its bars begin and end, in pixels. */
const [lineHeight, left, right] = [22, 300, 900]

/** A time chart of the summary, roughly as Mermaid draws it (mermaid.js.org/syntax/gantt.html), whose script has 3 MB. */
function drawChart(text: string): string {
  const secondsOf = (clock: string): number =>
    clock.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0)
  const rows = text.split('\n').flatMap(line => {
    const [, section] = /^\s*section (.+)$/.exec(line) ?? []
    if (section !== undefined) return [{ name: section, tags: '', from: -1, to: 0 }]
    const [, name = '', tags = '', from = '', to = ''] =
      /^\s*([^:]+) :((?:\w+, )*)([\d:.]+), ([\d:.]+)$/.exec(line) ?? []
    return name === '' ? [] : [{ name, tags: tags.replaceAll(',', ''), from: secondsOf(from), to: secondsOf(to) }]
  })
  const last = Math.max(...rows.map(({ to }) => to), 1)
  const x = (seconds: number): number => Math.round(left + (seconds / last) * (right - left))
  const height = rows.length * lineHeight + 20
  const lines = rows.map(({ name, tags, from, to }, index) => {
    const y = index * lineHeight
    const label = `y="${y + 15}">${escape(name)}</text>`
    if (from < 0) return `<text font-weight="600" x="0" ${label}`
    const width = Math.max(3, x(to) - x(from))
    return `<text x="${left - 8}" text-anchor="end" ${label}<rect class="bar ${tags}" x="${x(from)}" y="${y + 4}" width="${width}" height="14" rx="3"/>`
  })
  const ticks = Array.from({ length: 6 }, (_, index) => (last * index) / 5).map(
    seconds =>
      `<line x1="${x(seconds)}" x2="${x(seconds)}" y1="0" y2="${height - 18}"/><text x="${x(seconds)}" y="${height - 4}" text-anchor="middle">${seconds.toFixed(1)} s</text>`,
  )
  return `<svg role="img" aria-label="When each step and each node was done" viewBox="0 0 ${right + 30} ${height}" width="${right + 30}">${[...ticks, ...lines].join('')}</svg>`
}
