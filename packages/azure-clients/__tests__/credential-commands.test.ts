import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFederatedCredentialCommands } from '../src/entra/credential-commands.js'
import { shellWords } from '../../../__tests__/support/shell-words.js'

const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter(value => !value.includes('\0'))
const nasty = fc.string({ unit: fc.constantFrom(...Array.from(`"'$\`\\!&|;<>()*?[]{}~# \n\tabä`)), maxLength: 20 })

describe('a federated credential', () => {
  const subject = 'repo:o/r:ref:refs/heads/main'
  const token = { clientId: 'the-client', issuer: 'https://issuer', subject, audience: 'aud', repository: 'o/r' }

  // The commands themselves are in refusals/.
  it('has a name that Microsoft Graph accepts', () => {
    const nameIn = (text: string) =>
      /"name": "([^"]*)"/.exec(createFederatedCredentialCommands({ ...token, subject: text }).app)?.[1]
    expect(nameIn(`${'a'.repeat(108)}--b`)).toBe(`attach-acr-${'a'.repeat(108)}`)
    expect(nameIn('repo:o/r:environment: (a)')).toBe('attach-acr-repo-o-r-environment-a')
  })

  // What `docs/set-up.sh --remove` takes back is in __tests__/conformance/printed-commands.test.ts.
  it('has the marks of the set-up, and none of a repository that the token does not name', () => {
    const { app, identity } = createFederatedCredentialCommands(token)
    expect(app).toContain('"description": "attach-acr for o/r"')
    expect(identity).toContain(' --name attach-acr-repo-o-r-ref-refs-heads-main')
    expect(createFederatedCredentialCommands({ ...token, repository: '' }).app).not.toContain('description')
  })
})

describe('the commands that create a federated credential', () => {
  const clientId = '11111111-2222-4333-8444-555555555555'

  it('contain issuer, subject and audience unchanged', () => {
    const audience = 'api://AzureADTokenExchange'
    const issuer = 'https://token.actions.githubusercontent.com'
    const subjects = fc.sample(fc.oneof(text, nasty), 60)
    const commands = subjects.map(subject =>
      createFederatedCredentialCommands({ clientId, issuer, subject, audience, repository: subject }),
    )
    const apps = shellWords(commands.map(({ app }) => app.replace(/^az /, '')))
    const identities = shellWords(commands.map(({ identity }) => identity.replace(/^az /, '')))
    for (const [index, subject] of subjects.entries()) {
      const parameters = JSON.parse(apps[index]?.at(-1) ?? '') as Record<string, unknown>
      expect(parameters).toMatchObject({ issuer, subject, audiences: [audience] })
      expect(parameters.description ?? '').toBe(subject && `attach-acr for ${subject}`)
      expect(parameters.name).toMatch(/^attach-acr[\w-]{0,110}$/)
      const options = identities[index] ?? []
      expect(options[options.indexOf('--subject') + 1]).toBe(subject)
      expect(options[options.indexOf('--name') + 1]).toBe(parameters.name)
    }
  })
})
