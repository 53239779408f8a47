import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import type { Annotation } from 'azure-simulator/runner/log'
import type { Report } from 'report-document'
import { stagesOf, takesNothing } from './advised.js'
import { splitCommands, unroll, wordsOf } from './az.js'

/**
 * `az` commands about the tenant or the user, which need no subscription. The URL of `az rest` contains one, and before a sign-in the
 * subscription of an identity is unknown.
 */
const withoutSubscription = /^az (?:ad|account|rest|aks install-cli|identity federated-credential)\b/

/** Downloads or runs the set-up. */
const isSetUp = /^(?:curl -fsSLO|bash) \S*set-up\.sh\b/

/** Options that take no value. */
const flags = new Set(
  [
    'all',
    'all-namespaces',
    'created',
    'enable-aad',
    'enable-managed-identity',
    'include-groups',
    'include-inherited',
    'reset-service-principal',
    'append',
    'show-labels',
    'wait',
    'yes',
    'no-verify',
    'images',
    'detach',
    'run-command',
    'check',
  ].map(name => `--${name}`),
)

/** Reads commands by bash, each in a shell of its own, and prints how each ends. Command substitutions return a value, and nothing is run after a pipe. */
const parsing = `az() { echo found; }
xargs() { cat; }
pass() { :; }
for command; do
  (set -euo pipefail; eval "$command") >/dev/null 2>&1
  echo $?
done`

/** Which of these commands bash can parse, knowing their variables. One bash reads all: starting it takes longest. */
function areParsed(commands: readonly string[]): boolean[] {
  const run = commands.map(command => (command.startsWith('for ') ? command : `pass ${command}`))
  const { stdout } = spawnSync('bash', ['--norc', '-c', parsing, 'bash', ...run], { encoding: 'utf8' })
  const ends = stdout.split('\n')
  return commands.map((_, index) => ends[index] === '0')
}

/** The faults of a command that is printed for people to run. */
function faultsOf(command: string, isParsed: boolean): string[] {
  if (!isParsed) return ['bash does not parse it']
  const [first = ''] = unroll(command)
  const all = wordsOf(first)
  const words = all.slice(0, [...all, '|'].indexOf('|'))
  const [program = ''] = words
  // Assignments at a management group belong to no subscription.
  const isOfSubscription =
    program === 'az' && !withoutSubscription.test(first) && !command.includes(' /providers/Microsoft.Management/')
  return [
    ...(['az', 'kubectl'].includes(program) || isSetUp.test(first) ? [] : ['it is no command of az or kubectl']),
    ...(takesNothing(command) ? [] : ['it may delete or change a role assignment, a condition or a membership']),
    ...(/<[\w -]+>|…|\.\.\.(?!\w)|\b(?:YOUR|OWNER|TODO)\b|\bundefined\b|\[object /.test(command)
      ? ['it has a placeholder']
      : []),
    ...words.flatMap((word, index) => {
      const value = words[index + 1] ?? '--'
      const lacks = /^--[a-z-]+$/.test(word) && !flags.has(word) && (value === '' || /^--[a-z]/.test(value))
      return lacks ? [`${word} has no value`] : []
    }),
    ...(isOfSubscription && !words.includes('--subscription') ? ['it has no --subscription'] : []),
  ]
}

/** The commands of each shell block in Markdown: a person can copy the block as a whole. */
function blocksIn(markdown: string): string[][] {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => splitCommands(block))
}

/** The commands of the shell blocks in Markdown, as a person copies them one by one. */
export function commandsIn(markdown: string): string[] {
  return blocksIn(markdown).flat()
}

/** Commands that must not be pasted together with others: they are alternatives, or are needed only depending on another command's output. */
const alone = [
  /^az (?:ad app|identity) federated-credential create\b/,
  /^az rest --method post .*federatedIdentityCredentials/s,
  /^az aks (?:upgrade|update .*--yes)\b/s,
  /^az acr update .*--sku\b/s,
  /^kubectl create clusterrolebinding\b/,
]

/** Whether a command only shows something, as do all stages of a pipe. */
const isLook = (command: string): boolean =>
  stagesOf(command).every(
    stage =>
      /^kubectl (?:get|describe)\b|^az rest --method get\b|^az (?:[a-z-]+ )+(?:list|show|wait|show-[a-z-]+|list-[a-z-]+)\b/.test(
        stage,
      ) && !/\| *xargs|\|\|/.test(stage),
  )

/** Expects that each block of commands does no harm if it is pasted as a whole. */
function expectSafeBlocks(markdown: string): void {
  for (const block of blocksIn(markdown)) {
    for (const command of block)
      if (alone.some(pattern => pattern.test(command)))
        expect(new Set(block.filter(each => !isRole(each)).map(kindOf)).size, block.join('\n')).toBe(1)
    expect(new Set(block.map(isLook)).size, `looks and changes in one block:\n${block.join('\n')}`).toBeLessThan(2)
  }
}

/** Creates a role, which the next command of its block binds: neither is of use without the other. */
const isRole = (command: string): boolean => command.startsWith('kubectl create clusterrole ')

/** What a command does, without its target: the same command for several clusters is not an alternative. */
const kindOf = (command: string): string => command.split(' --')[0] ?? ''

/** All advice of a report, wherever it is. */
export function adviceIn(report: Report): { code: string; text: string; commands: string[] }[] {
  const errors = [report.error, ...[...report.pairs, ...report.images, ...report.manifests].map(({ error }) => error)]
  return [...errors, ...report.findings].flatMap(each => (each ? { code: each.code, ...each.fix } : []))
}

/** A command in which all IDs that differ between worlds are replaced by one: they are equivalent, and a bash for each takes a tenth of the test time. */
const withOneId = (command: string): string =>
  command.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '00000000-0000-0000-0000-000000000000')

const known = new Map<string, string[]>()

/** Expects that a text says what the widest commands below it open. */
function expectNarrow({ code, text, commands }: { code: string; text: string; commands: string[] }): void {
  for (const command of commands) {
    if (/federated-credential create|federatedIdentityCredentials/.test(command))
      expect(text, `${code}: who gets in?\n${command}`).toMatch(/everyone who can \w+/)
    // A scope that is a subscription or a resource group, to read all that `*` stands for; not one that is found by its name.
    if (/ --role Reader\s/.test(command) && !/ --scope(?: \S*\/providers\/| \$id|$)/.test(command.replaceAll('"', '')))
      expect(text, `${code}: wider than a resource\n${command}`).toContain('read everything in it')
  }
}

/** Expects that no annotation and no advice announces what does not follow, and that what an annotation says to do is one sentence. */
export function expectWholeSentences(annotations: readonly Annotation[], report: Report): void {
  for (const { level, message } of annotations) {
    const [, advice = ''] = message.split('\n')
    expect(message, 'an annotation ends with a colon').not.toMatch(/:\s*$/)
    expect(message, 'nothing is below an annotation').not.toMatch(/(?:command|line|row|step)s? below\b/)
    if (level === 'error') expect(advice, 'one sentence').not.toMatch(/[.?!] /)
  }
  for (const { code, text, commands } of adviceIn(report))
    if (/:\s*$/.test(text)) expect(commands, `${code}: ${text}`).not.toEqual([])
}

/** Expects that each command in a report and a summary is valid as printed, as far as that is visible without running it; each is checked once. */
export function expectGoodAdvice({ report, summary }: { report: string | undefined; summary: string }): void {
  const advice = report ? adviceIn(JSON.parse(report) as Report) : []
  for (const each of advice) expectNarrow(each)
  for (const { code, text } of advice)
    expect(text, `${code}: prose has no command lines`).not.toMatch(/^\s*(?:az|kubectl|gh) \S/m)
  const commands = [...advice.flatMap(each => each.commands), ...commandsIn(summary)]
  const fresh = [...new Set(commands.map(withOneId))].filter(kind => !known.has(kind))
  const parsed = fresh.length > 0 ? areParsed(fresh) : []
  for (const [index, kind] of fresh.entries()) known.set(kind, faultsOf(kind, parsed[index] === true))
  for (const command of commands) expect(known.get(withOneId(command)), command).toEqual([])
  expectSafeBlocks(summary)
}
