// Four stories without an Azure subscription: starts dist/index.js like GitHub's runner, against the simulator.
//
//   npm run demo                   prints the logs, and writes demo.html with summaries, issues and HTML report as people see them
//   npm run demo -- --verbose      also prints annotations and outputs
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createContoso, type Contoso } from 'azure-simulator/contoso'
import { startSimulator, type Simulator } from 'azure-simulator'
import { createLogReader, type LogEntry } from 'azure-simulator/runner/log'
import { runStep, type StepResult } from 'azure-simulator/runner/step'
import { fromSource } from './from-source.js'
import { toPage, type Part } from './page.js'
import { createShop, runFleet, shopInputs, timing, type FleetNight } from './stories.js'

const isVerbose = process.argv.includes('--verbose')

const hasColours = process.stdout.isTTY && !process.env.NO_COLOR
const paint =
  (code: number) =>
  (text: string): string =>
    hasColours ? `\u001b[${code}m${text}\u001b[0m` : text
const [bold, dim, red, green, yellow] = [1, 2, 31, 32, 33].map(paint) as [Paint, Paint, Paint, Paint, Paint]
type Paint = ReturnType<typeof paint>

/** The content of demo.html. */
const parts: Part[] = []

/** Adds a part of a story, which has the name of its story. @param what which part, if it is not the first summary */
const show = (part: { markdown: string } | { page: string }, what = ''): void => {
  parts.push({ title: [story, what].filter(Boolean).join(': '), ...part })
}

/** The name of the story that runs. */
let story = ''

/** Deviations from the expected output. */
const problems: string[] = []

interface Stage extends Contoso {
  simulator: Simulator
}

async function startStage(
  contoso: Contoso,
  runner: Parameters<typeof startSimulator>[0]['runner'] = {},
): Promise<Stage> {
  return { ...contoso, simulator: await startSimulator({ world: contoso.world, timing, runner }) }
}

/** Runs the step, prints its log while it runs, and keeps its summary. @param title the step, in words */
async function run(
  { simulator, variables }: Stage,
  title: string,
  inputs: Record<string, string>,
  expected: Record<string, string>,
): Promise<StepResult> {
  print(dim(`  $ ${title}`))
  const { annotations, onOutput } = createPrinter()
  const all = { cluster: 'aks-prod-1', 'resource-group': 'rg-shop', registry: 'contosoacr', ...inputs }
  const source = fromSource()
  const result = await runStep({
    ...source,
    inputs: all,
    environment: { ...source?.environment, ...simulator.environment, ...simulator.runnerEnvironment, ...variables },
    onOutput,
  })
  if (isVerbose) {
    print(...annotations.map(text => dim(`  annotation  ${text}`)))
    print(...Object.entries(result.outputs).map(([name, value]) => dim(`  output      ${name.padEnd(24)} ${value}`)))
  }
  show({ markdown: result.summary }, parts.some(part => part.title === story) ? title : '')
  for (const [name, value] of Object.entries(expected))
    if (result.outputs[name] !== value) problems.push(`${title}: ${name} is ${result.outputs[name] ?? 'not set'}`)
  if (result.stderr) problems.push(`${title}: ${result.stderr}`)
  return result
}

/** Prints the log of a step while it runs. */
function createPrinter() {
  const read = createLogReader()
  const annotations: string[] = []
  let shown = 0
  const onOutput = (stdout: string): void => {
    const end = stdout.lastIndexOf('\n') + 1
    for (const line of stdout.slice(shown, end).split('\n').slice(0, -1)) {
      const entry = read(line)
      if (entry?.kind === 'annotation') annotations.push(`${entry.level}: ${entry.title}: ${entry.message}`)
      else if (entry && formatEntry(entry).trim()) print(`  ${formatEntry(entry)}`)
    }
    shown = Math.max(shown, end)
  }
  return { annotations, onOutput }
}

function formatEntry(entry: LogEntry): string {
  if (entry.kind !== 'text') return ''
  const { text } = entry
  if (text.startsWith('▸')) return bold(text)
  if (text.startsWith('✓')) return green(text)
  return /^[✗⟳]/.test(text) ? red(text) : text
}

/** The first command in a log that starts like this, as printed. */
function findCommand(log: string, start: string): string {
  // To its end: across line breaks after a backslash, and within quotes.
  const [command = ''] = new RegExp(`^ *${start}(?:'[^']*'|\\\\[^]|[^'\\\\\n])*`, 'm').exec(log) ?? []
  return command.trim()
}

/** Splits a command into words like a shell. */
function wordsOf(command: string): string[] {
  const script = `az() { printf '%s\\0' "$@"; }\n${command}`
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\0')
}

function print(...lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}

/** Begins a story: in the terminal and on the page under the same name. */
const printTitle = (title: string, text: string): void => {
  story = title.replace(/^\d+ +/, '')
  print('', bold(title), dim(text))
}

async function close({ simulator }: Stage): Promise<void> {
  problems.push(...simulator.problems)
  await simulator.close()
}

/** The nodes are refused until the role has reached them; an image is imported in the meantime. */
async function showFirstAttach(): Promise<void> {
  printTitle(
    '1  A new cluster whose pods would fail with ImagePullBackOff',
    'The step assigns the role, imports an image in the meantime, and proves access by pulling on the nodes.',
  )
  const stage = await startStage(createShop())
  await run(stage, 'attach, with images: nginx:1.27 => shop/nginx and verify: pull', shopInputs, {
    ...{ attached: 'true', changed: 'true', verified: 'pull', 'error-code': '' },
  })
  await close(stage)
}

/** The first lines of an issue; the whole is in demo.html. */
function showIssue({ number, title, body }: FleetNight['issue'] = { number: 0, title: '', body: '' }): void {
  const text = body.replaceAll(/<!--[\s\S]*?-->\s*/g, '')
  show({ markdown: text }, `the issue “${title}”`)
  print('', `  ${yellow(`Issue #${number}`)}  ${bold(title)}`)
  const lines = text.split('\n').filter(line => line.trim() && !line.startsWith('```'))
  const shown = lines.slice(0, 5).map(line => `  ${dim('│')} ${line.length > 150 ? `${line.slice(0, 149)}…` : line}`)
  print(...shown, dim(`  │ and ${lines.length - shown.length} more lines: see demo.html`))
}

/** Someone deletes a role assignment, and the nightly check opens an issue. */
async function showDrift(): Promise<void> {
  printTitle('2  Someone has deleted the role assignment', 'The nightly check reports it in an issue, with a fix.')
  const runner = { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' }
  const stage = await startStage(createContoso({ runner }), runner)
  const inputs = { mode: 'check', 'drift-issue': 'true' }
  await run(stage, 'check, with drift-issue: true', inputs, { drift: 'true', 'error-code': 'DRIFT' })
  const [issue] = stage.world.github.issues
  if (!issue) problems.push('no open issue')
  showIssue(issue)
  await close(stage)
}

/** A deployer without permission to assign roles; an Owner runs the printed command. */
async function showRefusal(): Promise<void> {
  printTitle(
    '3  The workflow has no permission to assign roles',
    'The step prints a command that grants it. An Owner runs it unchanged.',
  )
  const stage = await startStage(createContoso())
  const { world, deployer, registry } = stage
  for (const assignment of [...world.roleAssignments])
    if (assignment.principalId === deployer.objectId && assignment.scope === registry.id)
      world.assignments.remove(assignment)
  const refused = await run(stage, 'attach', {}, { attached: 'false', 'error-code': 'AUTHORIZATION_FAILED' })
  const command = findCommand(refused.stdout, 'az role assignment create')
  const words = wordsOf(command)
  const option = (name: string): string => words[words.indexOf(name) + 1] ?? ''
  // The effect of az; __tests__/conformance/ runs the real one.
  world.assignRole({
    principalId: option('--assignee-object-id'),
    role: option('--role'),
    scope: option('--scope'),
    condition: option('--condition'),
  })
  print('', dim(`  $ ${command.split('\n')[0] ?? ''} …`))
  await run(stage, 'attach, again', {}, { attached: 'true', changed: 'true', 'error-code': '' })
  await close(stage)
}

/** A night of a fleet: the checks of four subscriptions, merged. */
async function showFleet(): Promise<void> {
  printTitle(
    '4  A fleet of 60 clusters and 3 registries at night',
    'One job per subscription checks it, and the last one merges them.',
  )
  const title = 'merge, with drift-issue: true and report-html: true'
  print(dim(`  $ ${title}`))
  const { merged, issue, page } = await runFleet(createPrinter().onOutput, what => {
    print(dim(`  … ${what}`))
  })
  show({ markdown: merged.summary })
  showIssue(issue)
  show({ page }, 'the HTML report')
}

print('Runs the bundle in dist/ like a runner. Only the network is simulated, and nothing leaves this machine.')
await showFirstAttach()
await showDrift()
await showRefusal()
await showFleet()
const introduction = `# attach-acr, in a simulated Azure

These are the job summaries, the drift issues and the HTML report of four stories, as GitHub and a browser show them: a first attach and its proof, a night that finds lost
access, a refusal, and a fleet of clusters. The action ran unchanged; Azure, GitHub and the clusters were simulated on this machine, so no link leads anywhere.
`

const file = resolve('demo.html')
print('', dim('  … writes the page'))
writeFileSync(
  file,
  await toPage(parts, 'attach-acr: summaries, issues and HTML report of the demo', 'auto', introduction),
)
print('', `${bold('Summaries, issues and HTML report:')} ${file}`)
for (const problem of problems) print(red(`not as it should be: ${problem}`))
if (problems.length > 0) process.exitCode = 1
