import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { az, doubleQuoted, inSubscriptionOf, option, raw, shell, shellQuote } from '../src/az.js'
import { createRoleAssignmentCommand } from '../src/az-role-commands.js'
import { delegationCondition } from '../src/delegation-condition.js'
import { shellWords } from '../../../__tests__/support/shell-words.js'

const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter(value => !value.includes('\0'))
const nasty = fc.string({ unit: fc.constantFrom(...Array.from(`"'$\`\\!&|;<>()*?[]{}~# \n\tabä`)), maxLength: 20 })

describe('shellQuote', () => {
  it('leaves plain words bare', () => {
    expect(shellQuote('/subscriptions/1-2/x.y:z@a=b,c+d_e')).toBe('/subscriptions/1-2/x.y:z@a=b,c+d_e')
    expect(shellQuote('')).toBe("''")
    expect(shellQuote("it's")).toBe(`'it'\\''s'`)
  })
})

describe('the template of commands', () => {
  it('makes one word of each value, whatever it contains', () => {
    const cases = fc.sample(fc.tuple(fc.array(fc.oneof(text, nasty), { maxLength: 20 }), fc.oneof(text, nasty)), 60)
    const commands = cases.map(
      ([values, value]) => shell`--name ${value} ${values} --text ${doubleQuoted(value)}
          --last ${value} ${option('--more', value)}`,
    )
    const expected = cases.map(([values, value]) => {
      const more = value ? ['--more', value] : []
      return ['--name', value, ...values, '--text', value, '--last', value, ...more]
    })
    expect(shellWords(commands)).toEqual(expected)
  })

  it('drops undefined and empty parts, with the space or line break before them', () => {
    const nothing = option('--name', '')
    expect(az`acr list ${undefined} ${nothing} ${[]} ${raw('')} --output table`).toBe('az acr list --output table')
    const broken = az`acr list ${nothing}
      ${nothing}
      --output table
      ${nothing}`
    expect(broken).toBe('az acr list \\\n  --output table')
  })

  it('inserts raw parts as they are, and quotes an empty value', () => {
    expect(az`acr ${raw('task list')} ${''}`).toBe("az acr task list ''")
  })

  it('reads the subscription from the scope', () => {
    expect(az`acr list ${inSubscriptionOf('/SUBSCRIPTIONS/a/resourceGroups/b')}`).toBe('az acr list --subscription a')
    expect(az`acr list ${inSubscriptionOf('/providers/Microsoft.Management/managementGroups/a')}`).toBe('az acr list')
  })

  it.each([
    ['plain', 'plain'],
    ['', '""'],
    ["it's two words", `"it's two words"`],
    ['a "b"', `'a "b"'`],
    ['a $b', `'a $b'`],
    ['a!', `'a!'`],
  ])('puts %s in double quotes if a shell leaves it unchanged there', (value, word) => {
    expect(shell`${doubleQuoted(value)}`).toBe(word)
  })
})

describe('the command that assigns a role', () => {
  const objectId = '11111111-2222-4333-8444-555555555555'

  it('is also safe in an interactive bash, where ! means history', () => {
    const condition = delegationCondition({ principalTypes: ['ServicePrincipal'] })
    const grant = { type: 'ServicePrincipal', objectId, role: 'Owner', scope: '/', condition }
    const command = createRoleAssignmentCommand(grant)
    // Above the lines with IDs, which can't be broken.
    for (const line of command.split('\n').slice(2)) expect(line.length).toBeLessThan(200)
    const script = `set -H; set -o history; ${command.replace(/^az /, 'printf "%s\\0" ')}`
    const output = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\0')
    expect(output).toContain(condition)
  })
})
