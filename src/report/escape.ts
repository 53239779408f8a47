import { plainText } from '../model/plain-text.js'

/** An invisible character that splits what GitHub would take for a mention or a reference. */
const gap = '\u200b'

/** Pages that the action's own texts link to. */
const ownPages = /^https:\/\/(?:learn\.microsoft\.com|docs\.github\.com|www\.githubstatus\.com)\//

/**
 * Text as text in summary and issue: it is no Markdown, HTML, formula, link, mention or reference, and stays on its line
 * (github.github.com/gfm; docs.github.com "Autolinked references and URLs").
 */
export function escapeMarkdown(text: string): string {
  return (
    plainText(text)
      .trim()
      .split(/(https:\/\/[\w./#?=&%-]*[\w/#=&%-])/)
      // In angle brackets, so that what is before and behind it is no part of the link.
      .map(part => (ownPages.test(part) ? `<${part}>` : escapePart(part)))
      .join('')
      // What begins a heading, a list or a rule.
      .replace(/^(?=[#+=-])/, '\\')
      .replace(/^(\d+)(?=[.)](?:\s|$))/, '$1\\')
  )
}

function escapePart(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*_~[\]|]/g, '\\$&')
      // Two of them are a formula (docs.github.com "Writing mathematical expressions", which says how not).
      .replaceAll('$', '<span>$$</span>')
      // Before the entities below are made, which begin with # and a digit.
      .replace(/#(?=\d)/g, `#${gap}`)
      // An autolink begins with a scheme or with www. (GFM, "Autolinks (extension)").
      .replace(/:(?=\/\/)/g, '&#58;')
      .replace(/w(?=ww\.)/gi, letter => `&#${letter.charCodeAt(0)};`)
      .replace(/@(?=[\w-])/g, `@${gap}`)
      .replace(/GH-(?=\d)/gi, match => `${match}${gap}`)
  )
}

/** What a node, a cluster or Azure said, as a code span: nothing in it is anything but text. */
export function codeSpan(text: string): string {
  const plain = plainText(text).trim()
  if (!plain) return ''
  const ticks = '`'.repeat(longestRun(plain) + 1)
  const space = plain.startsWith('`') || plain.endsWith('`') ? ' ' : ''
  return `${ticks}${space}${plain}${space}${ticks}`
}

/** Why something failed, as text: what a node or Kubernetes said, which ends it, is a code span. Not for cells of tables. */
export function escapeMessage(text: string): string {
  const [, why, said] = /^(.*?(?:The node|Kubernetes|kubectl) said:) (.+?)\.?$/s.exec(text.trim()) ?? []
  return why === undefined || said === undefined ? escapeMarkdown(text) : `${escapeMarkdown(why)} ${codeSpan(said)}`
}

/** A fenced block of Markdown whose fence is longer than any in its text. */
export function fence(language: string, lines: readonly string[]): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1))
  return [ticks + language, ...lines, ticks].join('\n')
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}

/** A label of a Mermaid diagram, within double quotes (mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters). */
export function escapeLabel(text: string): string {
  return plainText(text).replace(/[#"`<>&;]/g, character => `#${character.charCodeAt(0)};`)
}
