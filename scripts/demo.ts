// The main job, without an Azure subscription: starts dist/index.js as GitHub's runner does, against the simulator, and shows what a
// person would see: log, annotations, outputs and job summary of a first run, a second one, and one that is refused.
import { createContoso, type Contoso } from '../simulator/contoso.js'
import { startSimulator, type Simulator } from '../simulator/index.js'
import { runStep, type StepResult } from '../simulator/runner/step.js'
import { createLogReader, type Annotation, type LogEntry } from '../simulator/runner/log.js'

const inputs = { cluster: 'aks-prod-1', 'resource-group': 'rg-shop', registry: 'contosoacr' }

/** About what a runner in the same region as its resources sees. */
const timing = { roundTripMs: 60, readAfterWriteMs: 2500 }

const hasColours = process.stdout.isTTY && !process.env.NO_COLOR
const paint =
  (code: number) =>
  (text: string): string =>
    hasColours ? `\u001b[${code}m${text}\u001b[0m` : text
const bold = paint(1)
const dim = paint(2)
const red = paint(31)
const green = paint(32)
const yellow = paint(33)
const blue = paint(34)

const levels = {
  error: { label: red('Error:'), mark: red('✗') },
  warning: { label: yellow('Warning:'), mark: yellow('⚠') },
  notice: { label: blue('Notice:'), mark: blue('ℹ') },
}

/** Runs the step in a world and shows it. Says whether it ended as it should. */
async function show(title: string, { contoso, simulator }: Stage, expected: Record<string, string>): Promise<boolean> {
  print('', rule(bold(title)))
  const before = simulator.requests.length
  const { outputs, summary, stderr, exitCode } = await runInView(contoso, simulator)
  print('', heading('Outputs'), ...Object.entries(outputs).map(formatOutput))
  print(
    '',
    heading('Job summary'),
    ...summary
      .trim()
      .split('\n')
      .map(line => `  ${dim('│')} ${line}`),
  )

  const differences = [
    ...Object.entries(expected).flatMap(([name, value]) =>
      outputs[name] === value ? [] : [`${name} is ${outputs[name] ?? 'not set'} instead of ${value}`],
    ),
    ...(stderr ? [`standard error: ${stderr}`] : []),
    ...simulator.problems,
  ]
  const writes = simulator.requests.slice(before).filter(({ method }) => method === 'PUT').length
  const end = `exit code ${exitCode} · ${simulator.requests.length - before} requests, ${writes} of them writes`
  print(
    '',
    differences.length === 0 ? `${green('As it should be')} · ${end}` : `${red('Not as it should be')} · ${end}`,
  )
  print(...differences.map(difference => `  ${difference}`))
  return differences.length === 0
}

/** Runs the step and prints its log as it comes. */
async function runInView(contoso: Contoso, simulator: Simulator): Promise<StepResult> {
  const read = createLogReader()
  const annotations: Annotation[] = []
  let shown = 0
  print('', heading('Log'))
  const result = await runStep({
    inputs,
    environment: { ...simulator.environment, ...simulator.runnerEnvironment, ...contoso.variables },
    onOutput: stdout => {
      const end = stdout.lastIndexOf('\n') + 1
      for (const line of stdout.slice(shown, end).split('\n').slice(0, -1)) {
        const entry = read(line)
        if (!entry) continue
        if (entry.kind === 'annotation') annotations.push(entry)
        print(`  ${formatEntry(entry)}`)
      }
      shown = Math.max(shown, end)
    },
  })
  if (annotations.length > 0) print('', heading('Annotations'), ...annotations.map(formatAnnotation))
  return result
}

function formatEntry(entry: LogEntry): string {
  if (entry.kind === 'group') return `${bold(entry.title)} ${dim('(folded on GitHub)')}`
  if (entry.kind === 'annotation') return `${levels[entry.level].label} ${entry.message.replaceAll('\n', '\n  ')}`
  if (entry.grouped) return dim(entry.text)
  if (entry.text.startsWith('▸')) return bold(entry.text)
  if (entry.text.startsWith('✓')) return green(entry.text)
  return entry.text.startsWith('✗') ? red(entry.text) : entry.text
}

function formatAnnotation({ level, title, message }: Annotation): string {
  return `  ${levels[level].mark} ${bold(title)}\n    ${message.replaceAll('\n', '\n    ')}`
}

function formatOutput([name, value]: [string, string]): string {
  const shown = value.length > 110 ? `${value.slice(0, 110)}${dim(`… (${value.length} characters)`)}` : value
  return `  ${name.padEnd(24)} ${shown || dim('(empty)')}`
}

const heading = (text: string): string => bold(blue(text))
const rule = (title: string): string => `${dim('──')} ${title} ${dim('─'.repeat(Math.max(2, 76 - title.length)))}`

function print(...lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}

interface Stage {
  contoso: Contoso
  simulator: Simulator
}

/** A fresh world with a simulator that answers for it. */
async function stage(): Promise<Stage> {
  const contoso = createContoso()
  return { contoso, simulator: await startSimulator({ world: contoso.world, timing }) }
}

print(
  bold('attach-acr against Azure in a box'),
  'The bundle in dist/, started as a runner starts it; only the network is simulated. The step:',
  '',
  '  - uses: ./',
  '    with:',
  ...Object.entries(inputs).map(([name, value]) => `      ${name}: ${value}`),
)

const contoso = await stage()
const first = await show('1 · A cluster that cannot pull yet', contoso, {
  attached: 'true',
  changed: 'true',
  'error-code': '',
})
const second = await show('2 · The same again', contoso, { attached: 'true', changed: 'false', 'error-code': '' })
await contoso.simulator.close()

const refused = await stage()
const { deployer, registry, world } = refused.contoso
for (const assignment of world.roleAssignments.filter(({ scope }) => scope === registry.id))
  world.assignments.remove(assignment)
const third = await show(`3 · ${deployer.displayName} may read, but not assign roles`, refused, {
  attached: 'false',
  changed: 'false',
  'error-code': 'AUTHORIZATION_FAILED',
})
await refused.simulator.close()

print('')
if (![first, second, third].every(Boolean)) process.exitCode = 1
