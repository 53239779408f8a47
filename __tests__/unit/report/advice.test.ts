import { expect, test } from 'vitest'
import { choices, fix } from '../../../src/model/fix.js'
import { advisePermissions } from '../../../src/model/workflow-permissions.js'
import { tellAdvice } from '../../../src/report/advice.js'

test('commands of different choices are in blocks of their own, each below its sentence, and what opens more is folded', () => {
  const advice = choices(
    { text: 'It is one of these.\nFor an application:', commands: ['az ad app'] },
    { text: 'For an identity:', commands: ['az identity one', 'az identity two'] },
    { text: 'For all:', commands: ['az rest'], caution: 'Wider: lets <everyone> in' },
  )
  expect(tellAdvice(advice)).toEqual([
    'It is one of these.  \nFor an application:',
    '```sh\naz ad app\n```',
    'For an identity:',
    '```sh\naz identity one\naz identity two\n```',
    '<details><summary>Wider: lets &lt;everyone&gt; in</summary>\n\nFor all:\n\n```sh\naz rest\n```\n\n</details>',
  ])
})

test('YAML keeps its indentation', () => {
  const advice = fix(`${advisePermissions('id-token: write', 'contents: read')}\nA fork does not get it.`)
  expect(tellAdvice(advice)).toEqual([
    'Add to the job (or the workflow):',
    '```yaml\npermissions:\n  id-token: write # lets this job request a GitHub ID token\n  contents: read  # listing any permission drops the defaults, so list what else the job needs\n```',
    'A fork does not get it.',
  ])
})

test('text of others that is no YAML stays prose', () => {
  expect(tellAdvice(fix('  x: <b>'))).toEqual(['x: &lt;b&gt;'])
  expect(tellAdvice(fix('', 'az one'))).toEqual(['```sh\naz one\n```'])
})
