import { describe, expect, it } from 'vitest'
import { advisePermissions } from 'azure'
import { choices, fix, toFixJson } from 'kernel'
import { adviceToMarkdown, bullets, codeSpan, drawTable, escapeMarkdown, table } from '../src/markdown.js'

const gap = '\u200b'

describe('special characters', () => {
  it.each([
    ['a & b', 'a &amp; b'],
    ['https://evil.example', 'https&#58;//evil.example'],
    ['www.evil.example WWW.evil.example', '&#119;ww.evil.example &#87;WW.evil.example'],
    ['@octocat @-a a @ b', `@${gap}octocat @${gap}-a a @ b`],
    ['GH-7 gh-7 GH-a', `GH-${gap}7 gh-${gap}7 GH-a`],
    ['a/b#3 #a', `a/b#${gap}3 #a`],
    ['# a', '\\# a'],
    ['12) a', '12\\) a'],
    ['12.', '12\\.'],
    ['12.5 a', '12.5 a'],
    ['a - b = c', 'a - b = c'],
  ])('of %s are escaped where they mean something', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped)
  })

  it('can be ticks at either end of a code span', () => {
    expect(['a', '`a', 'a`', 'a`b', ''].map(codeSpan)).toEqual(['`a`', '`` `a ``', '`` a` ``', '``a`b``', ''])
  })
})

describe('many lines or rows', () => {
  const times = (count: number): string[] => Array.from({ length: count }, (_, index) => `row ${index + 1}`)
  const rowsOf = (text: string): string[] => text.match(/^\| row \d+ \|$/gm) ?? []
  const tableOf = (count: number): string => table(['what'], times(count), text => [text], 'more row')

  it('are a list with a limit', () => {
    expect(bullets(['a', 'b'])).toBe('- a\n- b')
    expect(bullets(times(22))).toMatch(/^- row 1\n.*\n- row 20\n- and 2 more, which the report file lists$/s)
    expect(bullets(times(21), '')).toMatch(/\n- row 20\n- and 1 more$/)
  })

  it('are a table whose first rows are shown, and a readable number of others is folded', () => {
    expect(tableOf(50)).toBe(
      drawTable(
        ['what'],
        times(50).map(text => [text]),
      ),
    )
    expect(tableOf(51)).toContain('<details><summary>1 more row</summary>\n\n| what |\n| - |\n| row 51 |\n\n</details>')
    expect(rowsOf(tableOf(1050))).toHaveLength(1050)
    expect(tableOf(1050)).not.toContain('which the report file lists')
    const long = tableOf(1052)
    expect(rowsOf(long).at(-1)).toBe('| row 1050 |')
    expect(long).toContain('<summary>1002 more rows</summary>')
    expect(long).toContain('\n\nand 2 more, which the report file lists\n\n</details>')
  })

  it('are a table with as many folded rows as have room', () => {
    const inRoom = (count: number, room: number) => table(['what'], times(count), text => [text], 'more row', room)
    expect(inRoom(50, 0)).toBe(tableOf(50))
    expect(inRoom(60, 1000)).toBe(tableOf(60))
    const row = '\n| row 51 |'.length
    const cut = inRoom(60, '| what |\n| - |'.length + 3 * row)
    expect(rowsOf(cut).at(-1)).toBe('| row 53 |')
    expect(cut).toContain('\n\nand 7 more, which the report file lists\n\n</details>')
  })
})

it('alternative commands have separate blocks, each below its sentence, and riskier ones are folded', () => {
  const advice = choices(
    { text: 'It is one of these.\nFor an application:', commands: ['az ad app'] },
    { text: 'For an identity:', commands: ['az identity one', 'az identity two'] },
    { text: 'For all:', commands: ['az rest'], caution: 'Wider: lets <everyone> in' },
  )
  expect(adviceToMarkdown(advice)).toEqual([
    'It is one of these.  \nFor an application:',
    '```sh\naz ad app\n```',
    'For an identity:',
    '```sh\naz identity one\naz identity two\n```',
    '<details><summary>Wider: lets &lt;everyone&gt; in</summary>\n\nFor all:\n\n```sh\naz rest\n```\n\n</details>',
  ])
})

it('YAML and values keep their form, in blocks below their text', () => {
  const [text, lines] = ['A fork does not get it.', ['issuer   a', 'subject  b']]
  const permissions = advisePermissions('id-token: write', 'contents: read')
  const advice = choices(permissions, { text, block: { language: 'text', lines }, commands: [] })
  expect(adviceToMarkdown(advice)).toEqual([
    'Add to the job (or the workflow):',
    '```yaml\npermissions:\n  id-token: write # lets this job request a GitHub ID token\n  contents: read  # listing any permission drops the defaults, so list what else the job needs\n```',
    text,
    '```text\nissuer   a\nsubject  b\n```',
  ])
  expect(toFixJson(advice).text.split('\n').slice(-3)).toEqual([text, ...lines])
})

it('third-party text stays prose', () => {
  expect(adviceToMarkdown(fix('  x: <b>\n\n# At it:', 'az a', 'az b'))).toEqual([
    'x: &lt;b&gt;  \n\\# At it:',
    '```sh\naz a\naz b\n```',
  ])
  expect(adviceToMarkdown(fix('', 'az one'))).toEqual(['```sh\naz one\n```'])
})
