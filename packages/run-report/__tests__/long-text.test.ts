import { codeSpan, escapeMarkdown } from 'texts'
import { describe, expect, it } from 'vitest'
import { readRepositoryCondition } from 'repository-conditions'
import { lastSegment, normalizeId } from 'azure'
import { readAzureAnswer } from 'azure-clients/src/http/answers.js'
import { readPolicy } from 'azure-clients/src/arm/authorization.js'
import { readChallenge } from 'azure-clients/src/registry/authorization.js'
import { explainGithubRefusal, isRateLimit, toGithubError } from 'drift-issue/src/github/errors.js'
import { findLine } from 'drift-issue/src/hidden-lines.js'
import { readMemory } from 'drift-issue/src/memory.js'
import { readPods } from 'kubernetes/src/cluster-text.js'
import { explainKubectl, explainLateKubectl } from 'kubernetes/src/errors.js'
import { judgeMessage, shorten } from 'kubernetes/src/verdict.js'

const attempt = { cluster: { id: '/subscriptions/s', name: 'aks' }, namespace: 'default', objectId: '' }

/** The functions that parse third-party text. */
const readers: Record<string, (text: string) => unknown> = {
  judgeMessage,
  shorten,
  readPolicy: text => readPolicy({ message: text.slice(0, 4096) }),
  readRepositoryCondition,
  normalizeId,
  lastSegment,
  escapeMarkdown,
  codeSpan,
  'the first hidden line': text => findLine(text, 'owner'),
  'the second hidden line': text => findLine(text, 'seal'),
  readMemory,
  readAzureAnswer: text => readAzureAnswer(Object.assign(new Error(text), { name: 'RestError' })),
  'a refusal of GitHub': text => {
    const error = toGithubError({ status: 403, message: text, response: { headers: {} } })
    return [isRateLimit(error), explainGithubRefusal(error)]
  },
  explainKubectl: text => explainKubectl(text, attempt),
  explainLate: text => explainLateKubectl('kubectl get', 1000, text, attempt),
  readPods,
  readChallenge: text => readChallenge(`Bearer ${text}`, 'contosoacr.azurecr.io'),
}

const length = 200_000

/** Each one starts a match of a pattern and never completes it. */
const pieces = {
  spaces: ' ',
  brackets: '(',
  'lines without text': '\n',
  slashes: '/',
  letters: 'a',
  quotes: '"',
  backticks: '`',
  addresses: 'https://',
  signatures: 'X-Amz-',
  'percent signs': '%25',
  'escape characters': '\u001b[0',
  'connections to the server': 'connection to the server ',
  'data endpoints': 'blob.core.',
  images: 'failed to pull and unpack image "',
  'lines of a log': 'E0101 \n',
}

const cases = Object.keys(readers).flatMap(reader => Object.keys(pieces).map(piece => [reader, piece] as const))

describe('a text of 200,000 characters', () => {
  // CPU time, which other work on the machine doesn't affect. Quadratic time would take a minute.
  it.each(cases)('is read by %s without delay: %s', (reader, name) => {
    const piece = pieces[name as keyof typeof pieces]
    const text = `${piece.repeat(length / piece.length)}x`
    const before = process.cpuUsage()
    readers[reader]?.(text)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(5000)
  })
})

describe('a message from GitHub', () => {
  it('is cut to 4 kB before it is parsed', () => {
    const error = toGithubError({ status: 403, message: 'x'.repeat(length), response: { headers: {} } })
    expect(error.message.length).toBeLessThan(4100)
    expect(toGithubError(new Error('x'.repeat(length))).message.length).toBeLessThan(4100)
  })
})

describe('the output of kubectl', () => {
  it('is recognised by its end, however long the log before it', () => {
    const log = "E0101 12:00:00 memcache.go:265 couldn't get current server API group list\n".repeat(1000)
    expect(explainKubectl(`${log}Error from server (Forbidden): pods is forbidden`, attempt).code).toBe(
      'AUTHORIZATION_FAILED',
    )
  })
})
