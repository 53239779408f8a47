import { ESLint, Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { describe, expect, test } from 'vitest'

const configFor = async (file: string): Promise<Linter.Config> =>
  (await new ESLint({ overrideConfigFile: 'config/eslint.config.js' }).calculateConfigForFile(file)) as Linter.Config

/** The distinct complaints about a piece of code, by the real rule for that file. */
async function lint(code: string, file = 'packages/run-report/src/verdict.ts'): Promise<string[]> {
  const rule = (await configFor(file)).rules?.['no-restricted-syntax'] ?? 'off'
  const parser = tseslint.parser as Linter.Parser
  const config = { languageOptions: { parser }, rules: { 'no-restricted-syntax': rule } }
  return [...new Set(new Linter().verify(code, config).map(({ message }) => message))]
}

describe('a sentence that is used as data', () => {
  test.each([
    ['is cut', `error.message.split(': ')[0]`],
    ['is cut after a chain', `error?.reason?.replace('x', 'y')`],
    ['is cut as a variable', `message.startsWith('The ')`],
    ['is matched', `/denied/.test(error.message)`],
    ['is matched as a variable', `/denied/.exec(reason)`],
    ['is searched in another spelling', `error.message.toLowerCase().includes('denied')`],
    ['is compared', `error.message === other.message`],
    ['is compared with a text', `error.reason !== 'it does not exist'`],
    ['is switched on', `switch (error.message) { default: }`],
    ['is the key of a map', `new Map(errors.map(error => [error.message, error]))`],
    ['is the key of a map, taken apart', `new Map(errors.map(({ message }) => [message, 1]))`],
    ['is the advice', `error.fix.text.includes('az acr')`],
  ])('%s, and is found', async (_, code) => {
    expect(await lint(code)).toEqual(['A sentence for people is not data: use or add a field.'])
  })

  test.each([
    ['a sentence that is put together', 'const text = `${failure}: ${reason}.`'],
    ['a sentence that is absent', `error.reason === undefined`],
    ['a field that is compared', `error.code === 'DRIFT'`],
    ['a name that is cut', `name.split('.')`],
  ])('is not %s', async (_, code) => {
    expect(await lint(code)).toEqual([])
  })

  test('may be the words of a service, where these are read', async () => {
    expect(await lint(`/denied/.test(error.message)`, 'packages/azure-clients/src/arm/errors.ts')).toEqual([])
  })
})
