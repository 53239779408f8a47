import { expect, test } from 'vitest'
import { advisePermissions } from 'azure'
import { choices, fix, toFixJson } from 'kernel'
import { adviceToMarkdown } from '../src/markdown.js'

test('alternative commands have separate blocks, each below its sentence, and riskier ones are folded', () => {
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

test('YAML and values keep their form, in blocks below their text', () => {
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

test('third-party text stays prose', () => {
  expect(adviceToMarkdown(fix('  x: <b>'))).toEqual(['x: &lt;b&gt;'])
  expect(adviceToMarkdown(fix('', 'az one'))).toEqual(['```sh\naz one\n```'])
})
