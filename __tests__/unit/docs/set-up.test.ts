import { describe, expect, test } from 'vitest'
import { readText } from '../../../scripts/readme-tables.js'
import { documentedRoles } from '../../support/documented-roles.js'

/** A script's az and gh calls, split into words, with variables named as in PowerShell: `$clientid`. */
function callsIn(script: string): string[][] {
  const oneLine = script
    .replaceAll(/[\\`]\n\s*/g, '')
    .replaceAll(/; \}$|(?:"\$@"|@args)/gm, '')
    .replaceAll(/^function assign \{\n *|^assign\(\) \{ /gm, '')
    .replaceAll(/ \}$/gm, '')
    // PowerShell passes a file where bash passes an argument, because its quoting differs between versions.
    .replaceAll(/--parameters "[^]*?]}"|--parameters '@credential\.json'/g, '--parameters JSON')
    .replaceAll(
      /--role-definition (?:"\$(?:PROBE|CHECK)_ROLE"|'@(?:probe|check)-role\.json')/g,
      '--role-definition ROLE',
    )
    .replaceAll(/--condition (?:"\$CONDITION"|'@condition\.txt')/g, '--condition CONDITION')
    .replaceAll(/^(?:@')?\(\(!\(ActionMatches[^]*?\n(?:END\n\)|'@)/gm, '')
  const calls = oneLine.match(/\b(?:az |gh |assign )(?:[\w-]+ )*--[^\n#|]*/g) ?? []
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
    expect(inBash.length).toBe(16)
    expect(callsIn(readText('docs/set-up.ps1'))).toEqual(inBash)
  })

  test('make the same calls for an identity that only checks', () => {
    const check = callsIn(readText('docs/set-up-check.sh'))
    expect(check.length).toBe(10)
    expect(callsIn(readText('docs/set-up-check.ps1'))).toEqual(check)
  })

  test('define the same role for probes: the one of docs/permissions.md', () => {
    const documented = documentedRoles().probing
    for (const path of ['docs/set-up.sh', 'docs/set-up.ps1']) {
      const [role = ''] = /^\{"Name": "AKS Probe"[^]*?\]\}$/m.exec(readText(path)) ?? []
      const sameName = role.replace('$Subscription', '$SUBSCRIPTION')
      expect(JSON.parse(sameName)).toEqual(documented)
    }
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
