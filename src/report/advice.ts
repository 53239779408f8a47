import { partsOf, type Fix } from '../model/fix.js'
import { codeSpan, escapeMarkdown, fence } from './escape.js'
import { folded } from './markdown.js'

/** Advice in Markdown: what may be pasted together stands in a block, below the prose that announces it; what opens more than is asked for is folded. */
export function tellAdvice(advice: Fix): string[] {
  return partsOf(advice).flatMap(({ text, commands, caution }) => {
    const told = [...tellProse(text), ...(commands.length > 0 ? [fence('sh', commands)] : [])]
    return caution === undefined ? told : [folded(escapeMarkdown(caution), told.join('\n\n'))]
  })
}

/** A line of YAML in a text: a key, its value and a comment, below the line that announces it. */
const yamlLine = /^ {2,}[\w-]+:(?: [\w-]+)?(?: +# [\w ,.'-]*)?$/

/** Prose as paragraphs, one line each; YAML in it stands in a block, which keeps its indentation. */
function tellProse(text: string): string[] {
  const told: string[] = []
  let yaml: string[] = []
  let lines: string[] = []
  const end = (): void => {
    if (lines.length > 0) told.push(lines.map(tellLine).join('  \n'))
    const indent = Math.min(...yaml.map(line => line.search(/\S/)))
    if (yaml.length > 0)
      told.push(
        fence(
          'yaml',
          yaml.map(line => line.slice(indent)),
        ),
      )
    lines = []
    yaml = []
  }
  for (const line of text ? text.split('\n') : []) {
    const isYaml = yamlLine.test(line)
    if (isYaml ? lines.length > 0 : yaml.length > 0) end()
    if (isYaml) yaml.push(line)
    else lines.push(line)
  }
  end()
  return told
}

/** A line of advice; a name and its value in columns, as in `issuer    https://…`, are text to be compared to the letter. */
function tellLine(line: string): string {
  return /^\w+ {2,}\S/.test(line) ? codeSpan(line) : escapeMarkdown(line)
}
