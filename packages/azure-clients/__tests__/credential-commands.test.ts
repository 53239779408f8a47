import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFederatedCredentialCommands, createFlexibleCredentialCommand } from '../src/entra/credential-commands.js'
import { shellWords } from '../../../__tests__/support/shell-words.js'

const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter(value => !value.includes('\0'))
const nasty = fc.string({ unit: fc.constantFrom(...Array.from(`"'$\`\\!&|;<>()*?[]{}~# \n\tabä`)), maxLength: 20 })

describe('a federated credential', () => {
  const token = {
    clientId: 'the-client',
    issuer: 'https://issuer',
    subject: 'repo:o/r:ref:refs/heads/main',
    audience: 'aud',
  }

  it('is created for an app registration and for an identity, with a name that Microsoft Graph accepts', () => {
    const { app, identity } = createFederatedCredentialCommands(token)
    expect(app).toBe(
      [
        "az ad app federated-credential create --id the-client --parameters '{",
        '  "name": "github-repo-o-r-ref-refs-heads-main",',
        '  "issuer": "https://issuer",',
        '  "subject": "repo:o/r:ref:refs/heads/main",',
        '  "audiences": [',
        '    "aud"',
        '  ]',
        "}'",
      ].join('\n'),
    )
    const find = (property: string) =>
      `"$(az identity list --query "[?clientId=='the-client'].${property}" --output tsv)"`
    expect(identity).toBe(
      `az identity federated-credential create --identity-name ${find('name')} \\\n  --resource-group ${find('resourceGroup')} --name github-repo-o-r-ref-refs-heads-main \\\n` +
        '  --issuer https://issuer --subject repo:o/r:ref:refs/heads/main --audiences aud',
    )
    const long = createFederatedCredentialCommands({ ...token, subject: `${'a'.repeat(112)}--b` })
    expect(long.app).toContain(`"name": "github-${'a'.repeat(112)}"`)
    const odd = createFederatedCredentialCommands({ ...token, subject: 'repo:o/r:environment: (a)' })
    expect(odd.app).toContain('"name": "github-repo-o-r-environment-a"')
  })

  it.each([
    ['repo:o/r:ref:refs/heads/main', 'branch', 'repo:o/r:ref:refs/heads/*'],
    ['repo:o/r:ref:refs/tags/v1', 'tag', 'repo:o/r:ref:refs/tags/*'],
    ['repo:o/r:environment:tags/', 'environment', 'repo:o/r:environment:*'],
  ])('for all subjects like %s is for every %s', (subject, kind, pattern) => {
    const flexible = createFlexibleCredentialCommand({ ...token, subject, graph: 'https://graph' })
    expect(flexible?.kind).toBe(kind)
    const [head, body = ''] = (flexible?.command ?? '').split('  --body ')
    expect(head).toBe(
      `az rest --method post --url "https://graph/beta/applications(appId='the-client')/federatedIdentityCredentials" \\\n  --headers Content-Type=application/json \\\n`,
    )
    expect(JSON.parse(body.slice(1, -1).replaceAll(`'\\''`, "'"))).toEqual({
      name: `github-repo-o-r-every-${kind}`,
      issuer: 'https://issuer',
      audiences: ['aud'],
      claimsMatchingExpression: { value: `claims['sub'] matches '${pattern}'`, languageVersion: 1 },
    })
  })

  it.each(['repo:o/r:pull_request', 'x:repo:o/r:environment:y', ''])(
    `for all subjects like "%s" doesn't exist`,
    subject => {
      expect(createFlexibleCredentialCommand({ ...token, subject, graph: 'https://graph' })).toBeUndefined()
    },
  )

  it('for all subjects has a name that is short enough for Microsoft Graph', () => {
    const subject = `repo:${'o'.repeat(150)}/r:environment:x`
    const { command = '' } = createFlexibleCredentialCommand({ ...token, subject, graph: 'https://graph' }) ?? {}
    expect(command).toContain(`"name": "github-repo-${'o'.repeat(88)}-every-environment"`)
  })
})

describe('the commands that create a federated credential', () => {
  const clientId = '11111111-2222-4333-8444-555555555555'

  it('contain issuer, subject and audience unchanged', () => {
    const audience = 'api://AzureADTokenExchange'
    const issuer = 'https://token.actions.githubusercontent.com'
    const subjects = fc.sample(fc.oneof(text, nasty), 60)
    const commands = subjects.map(subject => createFederatedCredentialCommands({ clientId, issuer, subject, audience }))
    const apps = shellWords(commands.map(({ app }) => app.replace(/^az /, '')))
    const identities = shellWords(commands.map(({ identity }) => identity.replace(/^az /, '')))
    for (const [index, subject] of subjects.entries()) {
      const parameters = JSON.parse(apps[index]?.at(-1) ?? '') as Record<string, unknown>
      expect(parameters).toMatchObject({ issuer, subject, audiences: [audience] })
      expect(parameters.name).toMatch(/^github[\w-]{0,114}$/)
      const options = identities[index] ?? []
      expect(options[options.indexOf('--subject') + 1]).toBe(subject)
      expect(options[options.indexOf('--name') + 1]).toBe(parameters.name)
    }
  })

  it('name the credential after the subject, at most 120 characters long', () => {
    const subject = `repo:contoso/${'x'.repeat(200)}:ref:refs/heads/main`
    const { app } = createFederatedCredentialCommands({ clientId, issuer: 'i', subject, audience: 'a' })
    const { name } = JSON.parse(shellWords([app.replace(/^az /, '')])[0]?.at(-1) ?? '') as { name: string }
    expect(name).toHaveLength(120)
    expect(name).toMatch(/^github-repo-contoso-x/)
  })
})
