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

/** Mermaid's theme, as an expression that the page evaluates. */
const chartThemes: Record<Theme, string> = {
  auto: "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'default'",
  light: "'default'",
  dark: "'dark'",
}

/** Mermaid, as GitHub uses it, with the hash of its file. */
const mermaid = {
  address: 'https://cdn.jsdelivr.net/npm/mermaid@11.17.2/dist/mermaid.min.js',
  hash: 'sha384-EOXBFmc3gx5mb+vn0vPvvGqACToJD24hhacX5Yx+8NUUQrHIle/Qi5Bg9o3zKwW2',
}

/**
 * Renders Markdown as a page with GitHub's style. The title must be plain text. Only the time chart of a long wait needs the network: without it, the
 * page shows the text of the chart.
 */
export async function toPage(markdown: string, title: string, theme: Theme): Promise<string> {
  const style = readFileSync(styles[theme], 'utf8')
  const body = (await marked(markdown, { gfm: true })).replaceAll(
    /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
    '<pre class="mermaid">$1</pre>',
  )
  const charts = `
<script src="${mermaid.address}" integrity="${mermaid.hash}" crossorigin="anonymous"></script>
<script>globalThis.mermaid?.initialize({ startOnLoad: true, theme: ${chartThemes[theme]} })</script>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme === 'auto' ? 'light dark' : theme}">
<title>${title}</title>
<style>${style} body { margin: 0; padding: 24px } .markdown-body .mermaid { text-align: center; background: transparent }</style>
</head>
<body class="markdown-body">${body}${body.includes('<pre class="mermaid">') ? charts : ''}
</body>
</html>
`
}
