import { describe, expect, test } from 'vitest'
import { readText } from '../../../scripts/readme-tables.js'

/** A script's az and gh calls, split into words, with variables named as in PowerShell: `$clientid`. */
function callsIn(script: string): string[][] {
  const oneLine = script
    .replaceAll(/[\\`]\n\s*/g, '')
    // PowerShell passes a file where bash passes an argument, because its quoting differs between versions.
    .replaceAll(/--parameters "[^]*?]}"|--parameters '@credential\.json'/g, '--parameters JSON')
    .replaceAll(/--condition (?:"\$CONDITION"|'@condition\.txt')/g, '--condition CONDITION')
    .replaceAll(/^(?:@')?\(\(!\(ActionMatches[^]*?\n(?:END\n\)|'@)/gm, '')
  const calls = oneLine.match(/\b(?:az|gh) (?:[\w-]+ )+--[^\n#|]*/g) ?? []
  return calls
    .flatMap(splitNested)
    .map(call =>
      (call.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map(word =>
        word
          .replaceAll(/["'{}]/g, '')
          .replaceAll(/\$(\w+)/g, (_, name: string) => `$${name.replaceAll('_', '').toLowerCase()}`),
      ),
    )
}

/** A call, and the call nested in its arguments. */
function splitNested(call: string): string[] {
  const [, before = call, inner, after = ''] = /^(.* )"?\$?\((az [^)]*)\)"?(.*)$/.exec(call) ?? []
  return inner ? [`${before}NESTED${after}`, inner] : [before.replace(/\)\s*$/, '')]
}

describe('the set-up scripts', () => {
  const inBash = callsIn(readText('docs/set-up.sh'))

  test('make the same calls in bash and in PowerShell', () => {
    expect(inBash.length).toBe(12)
    expect(callsIn(readText('docs/set-up.ps1'))).toEqual(inBash)
  })

  test('set the same names, subject and credential', () => {
    const [bash, powerShell] = ['docs/set-up.sh', 'docs/set-up.ps1'].map(readText)
    for (const [name, value] of [
      ['Cluster', 'aks-prod-1'],
      ['Group', 'rg-shop'],
      ['Registry', 'contosoacr'],
      ['Repository', 'contoso/shop'],
    ]) {
      expect(bash).toContain(`\n${name?.toUpperCase() ?? ''}=${value ?? ''} `.trimEnd())
      expect(powerShell).toContain(`\n$${name ?? ''} = '${value ?? ''}'`)
    }
    expect(bash).toContain('SUBJECT="repo:$REPOSITORY:ref:refs/heads/main"')
    expect(powerShell).toContain('$Subject = "repo:${Repository}:ref:refs/heads/main"')
    for (const value of ['https://token.actions.githubusercontent.com', 'api://AzureADTokenExchange', 'github']) {
      expect(bash).toContain(`\\"${value}\\"`)
      expect(powerShell).toContain(`'${value}'`)
    }
  })
})
