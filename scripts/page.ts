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
const diagramThemes: Record<Theme, string> = {
  auto: "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'default'",
  light: "'default'",
  dark: "'dark'",
}

/** Renders Markdown as a page that needs no network, with GitHub's style and Mermaid. The title must be plain text. */
export async function toPage(markdown: string, title: string, theme: Theme): Promise<string> {
  const style = readFileSync(styles[theme], 'utf8')
  const mermaid = readFileSync(require.resolve('mermaid/dist/mermaid.min.js'), 'utf8')
  const body = (await marked(markdown, { gfm: true })).replaceAll(
    /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
    '<pre class="mermaid">$1</pre>',
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme === 'auto' ? 'light dark' : theme}">
<title>${title}</title>
<style>${style} body { margin: 0; padding: 24px } .markdown-body .mermaid { text-align: center; background: transparent }</style>
</head>
<body class="markdown-body">${body}<script>${mermaid}</script>
<script>mermaid.initialize({ startOnLoad: true, theme: ${diagramThemes[theme]} })</script>
</body>
</html>
`
}
