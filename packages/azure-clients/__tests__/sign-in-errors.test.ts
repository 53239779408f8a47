import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { cloudOf, type OidcAuth } from 'azure'
import { printFix, type ActionError, type AzureAnswer, toFixJson } from 'kernel'
import { getTokenFromCli } from '../src/entra/azure-cli.js'
import { explainOtherSignIn, explainSignIn, type SetUpAdvice } from '../src/entra/errors.js'
import { tokenScope } from '../src/services.js'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'

const auth: OidcAuth = { type: 'oidc', clientId: 'the-client', tenantId: 'the-tenant', audience: 'the-audience' }
const ofToken = { issuer: 'the-issuer', audience: 'the-audience', event: 'push', repository: 'o/r' }
const presented = { ...ofToken, subject: 'repo:o/r:ref:refs/heads/main' }
const page = 'https://github.com/o/attach-acr/blob/v1/docs/permissions.md'
const setUp = { commands: ['curl -fsSLO https://x/set-up.sh', 'bash set-up.sh --repo o/r'], page }
const byHand: SetUpAdvice = { commands: [], page: '' }
const attempt = { auth, presented, setUp: byHand }
const explain = (message: string, answer: Partial<AzureAnswer>) => explainSignIn(new Error(message), attempt, answer)

const refused = (text: string, status = 400) => explain(text, { status })

/** By the number, as Entra says it in each message. */
const mismatch = (code: string, subject = presented.subject, event = 'push', advice = byHand) =>
  explainSignIn(
    new Error(`AADSTS${code}: No.`),
    { ...attempt, presented: { ...presented, subject, event }, setUp: advice },
    { status: 401 },
  )

const answers: Record<string, ActionError> = {
  'a number alone shows a mismatch': explain('invalid_client', { status: 401, code: 'AADSTS700213' }),
  'no application in the tenant is final': refused('unauthorized_client: AADSTS700016: No.'),
  'an ID token of another time is a matter of the clock': refused('AADSTS700024: No.'),
  'a signature wants keys that can be reached': refused('AADSTS700027: No.'),
  'a tenant that forbids federation wants its administrator': refused('AADSTS700223: No.'),
  'no tenant may be one of another cloud': refused('AADSTS90002: No.'),
  'what is no tenant ID is shown how to get one': refused('AADSTS900023: No.'),
  'a resource of another cloud wants environment': refused('AADSTS500011: No.'),
  'Conditional Access wants its administrator': refused('AADSTS53003: No.'),
  'an unknown number is explained by Entra': refused('AADSTS7999999: No. Not this.'),
  'a refusal without a number is one': explain('invalid_client', { status: 401, isForeign: false }),
  'throttling is no refusal': explain('Response had no "expiresOn" property.', { status: 429, message: 'Blocked.' }),
  'a refusal by a proxy is no refusal by Entra': explain('', { status: 403, isForeign: true, message: 'Blocked.' }),
  'a server error is none, in the form of a refusal': explain('', {
    status: 500,
    isForeign: false,
    message: 'Blocked.',
  }),
  'nor with a number': explain('AADSTS90033: A transient error …', { status: 503, message: 'Blocked.' }),
  'nor is no answer, in the form of a refusal': explain('', { code: 'AADSTS700016', message: 'reset' }),
  'an answer without a token is a lost one': explain('no access token', { status: 200, message: 'no access token' }),
  'no answer is a lost one': explain('network_error', { message: 'connect ECONNREFUSED 127.0.0.1:1' }),
}

const mismatches: Record<string, ActionError> = {
  'a branch that was not set up runs the set-up again': mismatch('700213', presented.subject, 'push', setUp),
  'so does one without any credential': mismatch('70025', presented.subject, 'push', setUp),
  'a local action has no page to link': mismatch('700213', presented.subject, 'push', { ...setUp, page: '' }),
  'what the set-up can not name is created by hand': mismatch('700213'),
  'a tag warns of who can move it': mismatch('700213', 'repo:o/r:ref:refs/tags/v1'),
  'an environment warns of jobs from any branch': mismatch('700213', 'repo:o/r:environment:prod', 'push', setUp),
  'a pull request is advised against, and comes last': mismatch(
    '700213',
    'repo:o/r:pull_request',
    'pull_request',
    setUp,
  ),
  'an immutable subject is said to have IDs': mismatch('700213', 'repo:o@12/r@345:ref:refs/heads/main'),
  'one that has them in part is said to have none': mismatch('700213', 'repo:o@12/r:ref:refs/heads/main'),
  'a customised pull request is advised against, too': mismatch(
    '700213',
    'repository_owner_id:1:repository_id:2:pull_request',
  ),
}

describe('an answer of Entra', () => {
  const show = ({ code, message, fix }: ActionError): string =>
    [code, message, printFix(fix), ...fix.flatMap(({ caution }) => caution ?? [])].join('\n')

  it.each([
    ['a sign-in', answers],
    ['a credential that does not match', mismatches],
  ])('to %s is explained as in refusals/', (what, errors) =>
    expect(printCatalogue(errors, show)).toMatchFileSnapshot(`refusals/${what.replaceAll(' ', '-')}.txt`),
  )

  it('says by its number what does not match, as in refusals/', () => {
    const numbers = {
      'AADSTS70025 is no credential at all': mismatch('70025'),
      'AADSTS7002138 is another letter case': mismatch('7002138'),
      ...Object.fromEntries(
        ['70021', '700211', '700212', '7002137', '7002381'].map(n => [`AADSTS${n} is any mismatch`, mismatch(n)]),
      ),
    }
    const text = printCatalogue(numbers, error => [`${error.code}: ${error.message}`])
    return expect(text).toMatchFileSnapshot('refusals/numbers.txt')
  })

  it('has separate commands that each create a matching credential', () => {
    const { fix } = mismatch('700213', presented.subject, 'push', setUp)
    const [again, link, app, identity] = fix
    expect([again?.commands, link?.commands]).toEqual([setUp.commands, []])
    expect([again, app, identity].flatMap(part => part?.commands)).toEqual(toFixJson(fix).commands)
    expect([app?.commands.length, identity?.commands.length]).toEqual([1, 1])
  })

  it('never has a pattern, which also lets in what somebody creates tomorrow', () => {
    for (const { fix } of Object.values(mismatches)) expect(printFix(fix)).not.toMatch(/matches|\*/)
  })

  it('is a cancellation when the job was cancelled', () => {
    const abort = new DOMException('aborted', 'AbortError')
    expect(explainSignIn(abort, attempt, {}).code).toBe('CANCELLED')
  })

  it('keeps the message, the number, the status and the correlation ID, without the trace', () => {
    const correlationId = '11111111-2222-4333-8444-555555555555'
    const text = `invalid_client: AADSTS700016: No application.\r\nTrace ID: x Correlation ID: ${correlationId} Timestamp: y`
    const error = refused(text)
    expect(error).toMatchObject({ subject: 'the-client', recovers: false })
    const said = { message: 'AADSTS700016: No application.', code: 'AADSTS700016' }
    expect(error.azure).toEqual({ ...said, status: 400, correlationId })
    expect(explain('network_error', { message: 'reset' }).azure).toEqual({ message: 'network_error' })
    expect(refused(`AADSTS1: ${'x'.repeat(600)}`).azure?.message).toHaveLength(500)
  })
})

describe('another way of signing in', () => {
  it('through the Azure CLI needs azure/login', () => {
    const thrown = new Error('Please run az login.')
    const error = explainOtherSignIn(thrown, { type: 'azure-cli', tenantId: '' })
    expect(error).toMatchObject({ code: 'SIGN_IN_FAILED', cause: thrown })
    expect(error.message).toBe('Signing in through the Azure CLI failed: Please run az login.')
    expect(toFixJson(error.fix).commands).toEqual(['az account show'])
  })

  it.each([
    ['AzureUSGovernment', 'https://management.usgovcloudapi.net'],
    ['AzureChinaCloud', 'https://management.chinacloudapi.cn'],
  ] as const)('through the Azure CLI asks for a token for the resource of %s', async (cloud, resource) => {
    const folder = mkdtempSync(join(tmpdir(), 'az-'))
    const said = JSON.stringify({ accessToken: 'T', expires_on: 4_000_000_000 })
    writeFileSync(join(folder, 'az'), `#!/bin/sh\necho "$@" >${folder}/asked\necho '${said}'\n`, { mode: 0o755 })
    vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter))
    const asked = tokenScope(cloudOf(cloud).resourceManager)
    const { signal } = new AbortController()
    expect(await getTokenFromCli({ type: 'azure-cli', tenantId: '' }, signal, [asked])).toMatchObject({ token: 'T' })
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(`--resource ${resource}`)
    rmSync(folder, { recursive: true })
  })

  it('as a managed identity needs a runner on Azure, and no proxy', () => {
    const explainIt = () => explainOtherSignIn(new Error('No.'), { type: 'managed-identity', clientId: '' })
    expect(explainIt().message).toBe('Signing in as a managed identity failed: No.')
    expect(toFixJson(explainIt().fix).text).toContain('client-id')
    expect(toFixJson(explainIt().fix).text).not.toContain('NO_PROXY')
    vi.stubEnv('HTTP_PROXY', 'http://user:secret@proxy.corp:3128')
    expect(toFixJson(explainIt().fix).text).toMatch(/http:\/\/proxy\.corp:3128\b.*\b169\.254\.169\.254\b.*\bNO_PROXY\b/)
  })

  it('is a cancellation when the job was cancelled', () => {
    const abort = new DOMException('aborted', 'AbortError')
    expect(explainOtherSignIn(abort, { type: 'azure-cli', tenantId: '' }).code).toBe('CANCELLED')
  })
})
