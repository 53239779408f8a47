import { spawnSync } from 'node:child_process'
import { describe, expect, it, test } from 'vitest'
import { az, json, raw } from 'azure'
import { choices, fix, printFix, wrapCommand, toFixJson } from 'kernel'
import { adviceToMarkdown } from '../src/markdown.js'

const guid = '11111111-2222-4333-8444-555555555555'
const scope = `/subscriptions/${guid}/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/contosoacr`

/** The words that bash passes to az, also to that in a substitution. */
function wordsOf(command: string): string[] {
  const script = `set -eu\naz() { printf '%s\\0' az "$@"; }\nxargs() { cat; printf '%s\\0' xargs "$@"; }\n`
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script + command], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return stdout.split('\0')
}

const group = az`aks show --subscription ${guid} --resource-group ${'rg (a) $b'} --name aks-prod-1 --query nodeResourceGroup --output tsv`
const commands = {
  short: az`account show`,
  options: az`role assignment create --assignee-object-id ${guid} --assignee-principal-type ServicePrincipal --role AcrPull --scope ${scope} --subscription ${guid}`,
  quotes: az`role assignment list --assignee ${guid} --role ${"it's --not an option, and is quite long as a role's name"} --query "[?a=='b'] | [0].{a: b}" --output tsv --all --include-inherited`,
  substitution: az`resource list --resource-group ${raw(`"$(${group})"`)} --query "[?starts_with(type, 'Microsoft.Compute/virtualMachine')].{name: name}" --output table`,
  pipe: az`role assignment list --assignee-object-id ${guid} --role "Some Role" --scope ${scope} --query "[].id" --output tsv | xargs -r az role assignment delete --subscription ${guid} --ids`,
  lines: az`role assignment create --assignee-object-id ${guid}
    --role AcrPull --scope ${scope} --subscription ${guid}
    --condition ${'(a) OR\n --b (c)'}`,
  json: az`ad app federated-credential create --id ${guid} --parameters ${json({ name: "it's", issuer: 'https://token.actions.githubusercontent.com', subject: `repo:contoso/${guid}` })}`,
}

describe('a command with long words', () => {
  const long = 'x'.repeat(60)

  it.each([
    ['before options', [`az a ${long}`, `--b ${long}`, `--c ${long}`]],
    ['before a pipe', [`az a ${long}`, `| cat ${long}`, `--b ${long}`]],
    ['after single quotes, not in them', [`az a ${long}`, `--b 'c "$( --no | no ${long}'`, `--d ${long}`]],
    ['after double quotes, not in them', [`az a ${long}`, `--b "it's --no | no ${long}"`, `--c ${long}`]],
    ['after a quote that is escaped', [`az a it\\'s ${long}`, `--b \\" ${long}`, `--c ${long}`]],
    ['after double quotes with an escaped quote', [`az a "\\" --no ${long}"`, `--b ${long}`]],
    ['in a substitution', [`az a $(az b ${long}`, `--c ${long})`, `--d ${long}`]],
    [
      'in a substitution in double quotes, not after it',
      [`az a "$(az b ${long}`, `--c ${long}) --no ${long}"`, `--d ${long}`],
    ],
    [
      'after quotes in a substitution in quotes',
      [`az a "$(az b "c --no ${long}"`, `--d 'e --no ${long}')"`, `--f ${long}`],
    ],
    [
      'in a subshell, whose bracket closes nothing else',
      [`(az a ${long}`, `--b ${long})`, `| cat ${long}`, `--c ${long}`],
    ],
    ['not before other words', [`az a ${long} ${long} -b ${long} |${long} a--b`]],
  ])('is continued %s', (_, pieces) => {
    expect(wrapCommand(pieces.join(' '))).toBe(pieces.join(' \\\n  '))
  })

  it('has room for the backslash at the end of its lines', () => {
    const start = `az ${'x'.repeat(105)}`
    expect(wrapCommand(`${start} --b c`)).toBe(`${start} --b c`)
    expect(wrapCommand(`${start}x --b c`)).toBe(`${start}x \\\n  --b c`)
    expect(wrapCommand(`${start} --b c --d e`)).toBe(`${start} --b c \\\n  --d e`)
  })
})

describe.each(Object.entries(commands))('a command with %s', (_, command) => {
  const wrapped = wrapCommand(command)

  test('has the same words after it is wrapped', () => {
    expect(wordsOf(wrapped)).toEqual(wordsOf(command))
  })

  test('has lines of 116 columns at most, but for a single option that is longer', () => {
    for (const line of wrapped.split('\n'))
      if (line.length > 116) expect(line.trim().replace(/ \\$/, '')).toMatch(/^--[a-z-]+ \S+$/)
  })

  test('is not changed by being wrapped again', () => {
    expect(wrapCommand(wrapped)).toBe(wrapped)
  })
})

test('a command is continued with a backslash, before an option', () => {
  expect(wrapCommand(commands.short)).toBe('az account show')
  expect(wrapCommand(commands.options)).toBe(
    [
      `az role assignment create --assignee-object-id ${guid} \\`,
      '  --assignee-principal-type ServicePrincipal --role AcrPull \\',
      `  --scope ${scope} \\`,
      `  --subscription ${guid}`,
    ].join('\n'),
  )
})

test('log and summary wrap commands; a report has them as they were written', () => {
  const advice = choices(fix('One:', commands.options), fix('Two:', commands.pipe))
  expect(toFixJson(advice).commands).toEqual([commands.options, commands.pipe])
  for (const command of toFixJson(advice).commands) {
    expect(adviceToMarkdown(advice)).toContain(`\`\`\`sh\n${wrapCommand(command)}\n\`\`\``)
    expect(printFix(advice)).toContain(wrapCommand(command).replace(/^/gm, '  '))
  }
})
