import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OidcAuth } from 'azure'
import { partsOf, type AzureAnswer } from 'kernel'
import { explainOtherSignIn, explainSignIn } from '../src/entra/errors.js'

const auth: OidcAuth = { type: 'oidc', clientId: 'the-client', tenantId: 'the-tenant', audience: 'the-audience' }
const presented = {
  issuer: 'the-issuer',
  subject: 'repo:o/r:ref:refs/heads/main',
  audience: 'the-audience',
  event: 'push',
}
const attempt = { auth, presented, graph: 'https://graph.microsoft.com' }
const explain = (message: string, answer: Partial<AzureAnswer>) => explainSignIn(new Error(message), attempt, answer)

describe('an answer of Entra', () => {
  it.each<[string, string, Partial<AzureAnswer>, string]>([
    [
      'a mismatch, by its message',
      'invalid_client: AADSTS700213: No matching …',
      { status: 401 },
      'FEDERATED_CREDENTIAL_MISMATCH',
    ],
    [
      'a mismatch, only by its number',
      'invalid_client',
      { status: 401, code: 'AADSTS700213' },
      'FEDERATED_CREDENTIAL_MISMATCH',
    ],
    ['another refusal', 'unauthorized_client: AADSTS700016: …', { status: 400 }, 'SIGN_IN_FAILED'],
    ['a refusal without any number', 'invalid_client', { status: 401, isForeign: false }, 'SIGN_IN_FAILED'],
    ['a refusal by a proxy', '', { status: 403, isForeign: true }, 'AZURE_UNAVAILABLE'],
    ['a refusal with an unknown number', 'AADSTS7999999: No.', { status: 400 }, 'SIGN_IN_FAILED'],
    ['throttling', 'Response had no "expiresOn" property.', { status: 429 }, 'THROTTLED'],
    ['a refusal by a proxy, with a web page', '<html>', { status: 404, isForeign: true }, 'AZURE_UNAVAILABLE'],
    ['a server error in the form of a refusal', '', { status: 500, isForeign: false }, 'AZURE_UNAVAILABLE'],
    ['no answer in the form of a refusal', '', { code: 'AADSTS700016' }, 'AZURE_UNAVAILABLE'],
    ['a server error with a number', 'AADSTS90033: A transient error …', { status: 503 }, 'AZURE_UNAVAILABLE'],
    ['an answer without a token', 'no access token', { status: 200 }, 'AZURE_UNAVAILABLE'],
    ['no answer', 'network_error', { message: 'connect ECONNREFUSED 127.0.0.1:1' }, 'AZURE_UNAVAILABLE'],
  ])('%s', (_, message, answer, code) => {
    expect(explain(message, answer).code).toBe(code)
  })

  it('is quoted with its status, or the reason why there is none', () => {
    expect(explain('network_error', { status: 503 }).message).toContain('HTTP 503.')
    expect(explain('network_error', { message: 'connect ECONNREFUSED' }).message).toBe(
      'Microsoft Entra did not issue a token: connect ECONNREFUSED.',
    )
  })

  it('is a cancellation when the job was cancelled', () => {
    const abort = new DOMException('aborted', 'AbortError')
    expect(explainSignIn(abort, attempt, {}).code).toBe('CANCELLED')
  })
})

describe('a credential for a pull request', () => {
  it('is advised against, and its commands are for those who want it all the same', () => {
    const ofPullRequest = { ...presented, subject: 'repo:o/r:pull_request', event: 'pull_request' }
    const { fix } = explainSignIn(new Error('AADSTS700213: No.'), { ...attempt, presented: ofPullRequest }, {})
    const [against, command] = partsOf(fix).map(({ text }) => text)
    expect(against).toMatch(/^Don't let pull requests sign in/)
    expect(command).toMatch(/^To create it all the same, run only the command that fits your client-id\. /)
  })
})

describe('a refused sign-in', () => {
  const correlationId = '11111111-2222-4333-8444-555555555555'

  it('keeps the message, the number, the status and the correlation ID, without the trace', () => {
    const text = `invalid_client: AADSTS700016: No application.\r\nTrace ID: x Correlation ID: ${correlationId} Timestamp: y`
    const error = explain(text, { status: 400 })
    expect(error).toMatchObject({ subject: 'the-client', recovers: false })
    expect(error.azure).toEqual({
      message: 'AADSTS700016: No application.',
      status: 400,
      code: 'AADSTS700016',
      correlationId,
    })
    expect(explain('network_error', { message: 'reset' }).azure).toEqual({ message: 'network_error' })
    expect(explain(`AADSTS1: ${'x'.repeat(600)}`, { status: 400 }).azure?.message).toHaveLength(500)
  })

  it('is one sentence', () => {
    const sentence = 'Signing in as the-client to tenant the-tenant failed: AADSTS7999999: No. Not this.'
    expect(explain('AADSTS7999999: No. Not this.', { status: 400 }).message).toBe(sentence)
  })

  it('has a command that lists the application, or a link to the explanation of Entra', () => {
    expect(explain('AADSTS700016: No.', { status: 400 }).fix.commands).toEqual([
      expect.stringContaining("appId eq 'the-client'"),
    ])
    expect(explain('AADSTS7999999: No.', { status: 400 }).fix.text).toContain('error?code=7999999')
  })

  it.each(['90002', '900023'])('about the tenant (AADSTS%s) has a command that shows the own one', code => {
    expect(explain(`AADSTS${code}: No.`, { status: 400 }).fix.commands).toEqual([
      'az account show --query tenantId --output tsv',
    ])
  })

  it('without a number has the inputs to check', () => {
    expect(explain('No.', { status: 401, isForeign: false }).fix.text).toContain('client-id, tenant-id and environment')
  })

  it('that did not reach Entra has the network to check', () => {
    expect(explain('x', {}).fix.text).toMatch(/^See https:\/\/azure.status.microsoft, and check /)
  })
})

describe('a credential that does not match', () => {
  const mismatch = (code: string, subject = presented.subject) =>
    explainSignIn(
      new Error(`AADSTS${code}: No.`),
      { ...attempt, presented: { ...presented, subject } },
      { status: 401 },
    )

  it.each([
    ['70025', 'the-client has no federated credential.'],
    ['7002138', 'matches it: one has the same subject in other letter case, but subjects are case-sensitive.'],
    ['70021', 'no federated credential of the-client matches it.'],
    ['700211', 'no federated credential of the-client matches it.'],
    ['700212', 'no federated credential of the-client matches it.'],
    ['7002137', 'no federated credential of the-client matches it.'],
  ])('by the number %s: %s', (code, sentence) => {
    const error = mismatch(code)
    expect(error.code).toBe('FEDERATED_CREDENTIAL_MISMATCH')
    expect(error.message).toMatch(/^Microsoft Entra refuses the ID token of this job: /)
    expect(error.message.endsWith(sentence)).toBe(true)
  })

  it('shows the claims of the token, and separate commands that each create a matching credential: the last one for all branches', () => {
    const { text, commands } = mismatch('700213').fix
    const [about, app, identity, , , all] = partsOf(mismatch('700213').fix)
    expect(text).toContain(
      '\nThe ID token has:\nissuer    the-issuer\nsubject   repo:o/r:ref:refs/heads/main\naudience  the-audience\nAll three must match',
    )
    expect(text).toContain('without IDs')
    expect(about?.text).toMatch(
      /^Create a federated credential for repo:o\/r:ref:refs\/heads\/main\. .*everyone who can push to the branch main of o\/r can run their own code .*\.$/,
    )
    expect(about?.commands).toEqual([])
    expect(app?.text).toMatch(/If it belongs to an app registration:$/)
    expect(identity?.text).toMatch(/^If it belongs to a user-assigned managed identity,.*:$/)
    expect(all?.text).toMatch(
      /^To let many branches sign in.* every branch of the repository can sign in: everyone who can push a branch there .*:$/,
    )
    expect([app, identity, all].map(part => part?.caution)).toEqual([
      undefined,
      undefined,
      'Wider: lets every branch of the repository sign in',
    ])
    expect([app, identity, all].flatMap(part => part?.commands)).toEqual(commands)
    expect(commands).toEqual([
      expect.stringContaining('az ad app federated-credential create --id the-client'),
      expect.stringContaining('az identity federated-credential create'),
      expect.stringContaining('https://graph.microsoft.com/beta/applications'),
    ])
    expect(commands[0]).toContain('repo:o/r:ref:refs/heads/main')
  })

  it('has no command for all branches if the subject names no branch, tag or environment', () => {
    const { text, commands } = mismatch('700213', 'repo:o/r:pull_request').fix
    expect(text).not.toContain('with one credential')
    expect(commands).toHaveLength(2)
  })

  it('has first the advice not to, for a pull request, and folds the commands', () => {
    const [about, ...others] = partsOf(mismatch('700213', 'repo:o/r:pull_request').fix)
    const creating = others.filter(({ commands }) => commands.length > 0)
    expect(about?.text).toMatch(
      /^Don't let pull requests sign in as an identity that can assign roles\. Run this step on push[^]* every pull request of o\/r signs in: everyone who can push a branch there [^\n]*$/,
    )
    expect(creating.map(({ caution }) => caution)).toEqual([
      'Wider: lets every pull request of o/r sign in (app registration)',
      'Wider: lets every pull request of o/r sign in (managed identity)',
    ])
  })

  it.each([
    ['repo:o@12/r@345:ref:refs/heads/main', 'a credential for repo:o/r:ref:refs/heads/main does not match'],
    ['repo:o@12/r:ref:refs/heads/main', 'without IDs'],
    ['repository_owner_id:1:repository_id:2:pull_request', 'has customised'],
  ])('shows whether the subject %s is immutable: %s', (subject, text) => {
    expect(mismatch('700213', subject).fix.text).toContain(text)
  })
})

describe('another way of signing in', () => {
  beforeEach(() => {
    vi.stubEnv('HTTPS_PROXY', '')
    vi.stubEnv('https_proxy', '')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('through the Azure CLI needs azure/login', () => {
    const thrown = new Error('Please run az login.')
    const error = explainOtherSignIn(thrown, { type: 'azure-cli', tenantId: '' })
    expect(error).toMatchObject({ code: 'SIGN_IN_FAILED', cause: thrown })
    expect(error.message).toBe('Signing in through the Azure CLI failed. Please run az login.')
    expect(error.fix.commands).toEqual(['az account show'])
  })

  it('as a managed identity needs a runner on Azure, and no proxy', () => {
    const explainIt = () => explainOtherSignIn(new Error('No.'), { type: 'managed-identity', clientId: '' })
    expect(explainIt().message).toBe('Signing in as a managed identity failed. No.')
    expect(explainIt().fix.text).toMatch(/the user-assigned one that client-id specifies\.$/)
    vi.stubEnv('HTTP_PROXY', 'http://user:secret@proxy.corp:3128')
    expect(explainIt().fix.text).toContain('uses http://proxy.corp:3128: add 169.254.169.254 to NO_PROXY.')
  })

  it('is a cancellation when the job was cancelled', () => {
    const abort = new DOMException('aborted', 'AbortError')
    expect(explainOtherSignIn(abort, { type: 'azure-cli', tenantId: '' }).code).toBe('CANCELLED')
  })
})
