import { describe, expect, it } from 'vitest'
import { keepSecret } from 'kernel'
import { explainOtherSignIn } from 'azure-clients/src/entra/errors.js'
import { oneLine, readAzureAnswer } from 'azure-clients/src/http/answers.js'
import { toGithubError } from 'drift-issue/src/github/errors.js'
import { readReport } from 'fleet/src/read-report.js'
import { explainKubectl, explainLateKubectl, notRun, unreadable } from 'kubernetes/src/errors.js'
import { judgeMessage, shorten } from 'kubernetes/src/verdict.js'
import { fine, reportOf } from '../support/merging.js'

const secret = 'pa_ss-w0rd-of-the-step-that-others-repeat'
keepSecret(secret)

const cluster = { id: '/subscriptions/s/resourceGroups/rg/providers/x/y/aks-1', name: 'aks-1' }
const attempt = { cluster, namespace: 'default', accounts: [] }
const restError = (body: string) =>
  Object.assign(new Error(body), { name: 'RestError', statusCode: 400, response: { status: 400, bodyAsText: body } })

/** What each door for words of others lets in. */
const doors: Record<string, (text: string) => unknown> = {
  'a service': oneLine,
  'Azure in JSON': text => readAzureAnswer(restError(JSON.stringify({ error: { code: 'A', message: text } }))),
  'Azure without JSON': text => readAzureAnswer(restError(text)),
  'a connection to Azure': text => readAzureAnswer(new Error(text)),
  'a sign-in': text => explainOtherSignIn(new Error(text), { type: 'azure-cli', tenantId: '' }).message,
  GitHub: text => toGithubError({ status: 422, message: text, response: { headers: {} } }).message,
  'a connection to GitHub': text => toGithubError(new Error('x', { cause: new Error(text) })).message,
  kubectl: text => explainKubectl(text, attempt),
  'a kubectl that does not end': text => explainLateKubectl('kubectl get pods', 1000, text, attempt),
  'the reason of Run Command': text => notRun(cluster, 'Failed', text),
  'the output of Run Command': text => unreadable(cluster, text),
  'the message of a node': text => judgeMessage(text).message,
  'the reason of a pod': shorten,
}

/** All texts of a value, also of an error. */
function wordsOf(value: unknown): string {
  const all = value instanceof Error ? { ...value, message: value.message, cause: undefined } : value
  return JSON.stringify(all)
}

describe.each(Object.entries(doors))('the words of %s', (_, enter) => {
  it.each([0, 250, 290, 460, 490, 560, 590, 1460, 1490, 4060, 4090, 8190])(
    'lose a secret before they are cut, also behind %i other characters',
    before => {
      for (const after of ['', ` ${'b'.repeat(9000)}`]) {
        const words = wordsOf(enter(`${'a'.repeat(before)} ${secret}${after}`))
        expect(words).not.toContain(secret.slice(0, 5))
        expect(words).not.toContain(secret.slice(-12))
      }
    },
  )

  it('stay, but for the secret', () => {
    expect(wordsOf(enter(`no access for ${secret} here`))).toContain('no access for *** here')
  })
})

it('the part of a message that decides loses a secret before the message is cut', () => {
  const part = ', failed to pull and unpack image "x": manifest unknown for '
  const message = `${'a'.repeat(4096 - part.length - 10)}${part}${secret} and more`
  expect(judgeMessage(message)).toEqual({ verdict: 'not-found', message: 'manifest unknown for *** and mo…' })
})

it('the report of another job loses the secrets of this one', () => {
  const report = { ...reportOf([fine('aks-1')]), notes: [`said ${secret}`] }
  const text = JSON.stringify(report)
  expect(readReport('f', { text, size: text.length }).report?.notes).toEqual(['A job says: said ***'])
})
