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

  // The commands themselves are in refusals/.
  it('has a name that Microsoft Graph accepts', () => {
    const nameIn = (subject: string) =>
      /"name": "([^"]*)"/.exec(createFederatedCredentialCommands({ ...token, subject }).app)?.[1]
    expect(nameIn(`${'a'.repeat(112)}--b`)).toBe(`github-${'a'.repeat(112)}`)
    expect(nameIn('repo:o/r:environment: (a)')).toBe('github-repo-o-r-environment-a')
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
})
