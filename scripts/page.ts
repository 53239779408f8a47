import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { marked } from 'marked'

const require = createRequire(import.meta.url)

const styles = {
  light: require.resolve('github-markdown-css/github-markdown-light.css'),
  dark: require.resolve('github-markdown-css/github-markdown-dark.css'),
}

/** Renders Markdown as a page that needs no network, with GitHub's style and Mermaid. */
export async function toPage(markdown: string, theme: 'light' | 'dark'): Promise<string> {
  const style = readFileSync(styles[theme], 'utf8')
  const mermaid = readFileSync(require.resolve('mermaid/dist/mermaid.min.js'), 'utf8')
  const body = (await marked(markdown, { gfm: true })).replaceAll(
    /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
    '<pre class="mermaid">$1</pre>',
  )
  return `<!doctype html><meta charset="utf-8"><style>${style} body { margin: 0; padding: 24px } .markdown-body .mermaid { text-align: center; background: transparent }</style>
<body class="markdown-body">${body}<script>${mermaid}</script>
<script>mermaid.initialize({ startOnLoad: true, theme: '${theme === 'dark' ? 'dark' : 'default'}' })</script>`
}
