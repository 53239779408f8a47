import { expect, test } from 'vitest'
import { bullets, escapeMarkdown, plural } from 'texts'

test('words of others stay words in Markdown', () => {
  const messages = ['*denied*', 'see #12'].map(escapeMarkdown)
  expect(`${plural(messages.length, 'node')} answered:\n\n${bullets(messages)}`).toBe(
    '2 nodes answered:\n\n- \\*denied\\*\n- see #\u200b12',
  )
})
