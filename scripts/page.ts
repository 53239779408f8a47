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
 * @param introduction what the page shows, in Markdown; links to the parts follow it
 */
export async function toPage(parts: readonly Part[], title: string, theme: Theme, introduction = ''): Promise<string> {
  const style = readFileSync(styles[theme], 'utf8')
  const sections = await Promise.all(parts.map(toSection))
  const rendered = introduction ? [`${await marked(introduction)}${listContents(parts)}`, ...sections] : sections
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
.markdown-body iframe { width: 100%; height: 90vh; border: 1px solid var(--borderColor-default, #d1d9e0); border-radius: 6px }`

const idOf = (index: number): string => `part-${index + 1}`

function listContents(parts: readonly Part[]): string {
  const items = parts.map(({ title }, index) => `<li><a href="#${idOf(index)}">${escape(title)}</a></li>`)
  return `<nav aria-label="Contents"><ol>\n${items.join('\n')}\n</ol></nav>`
}

async function toSection(part: Part, index: number): Promise<string> {
  const head = part.title && `<h1 id="${idOf(index)}">${escape(part.title)}</h1>`
  if ('page' in part) {
    // The report's own policy holds in its frame, too.
    return `${head}\n<iframe title="${escape(part.title)}" sandbox="allow-scripts" allow="clipboard-write" srcdoc="${escape(part.page)}"></iframe>`
  }
  const html = await marked(part.markdown, { gfm: true })
  // GitHub lets everybody scroll wide tables and blocks with the keyboard, too.
  const reachable = html.replaceAll(/<(table|pre)>/g, '<$1 tabindex="0">')
  return `${head}\n${reachable}`
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' } as const

const escape = (text: string): string => text.replace(/[&<>"']/g, each => entities[each as keyof typeof entities])
